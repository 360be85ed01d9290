/** Where the marker lines of a digest's drafts stand in a reply, however quoting and wrapping left them. */
import type { QuotedLine } from "./quoted-lines.ts";

interface MarkerPlace {
  readonly line: number;
  readonly column: number;
}

export interface Marker {
  /** `broken`: words of a marker that is none any more. */
  readonly kind: "start" | "end" | "broken";
  /** `null` where a broken marker does not tell. */
  readonly item: number | null;
  readonly from: MarkerPlace;
  /** Behind its last character. */
  readonly to: MarkerPlace;
}

/** A digest has a hundred markers at most, and a thread a few digests; of more, nothing could be told anyway. */
const MOST = 2000;

/** A marker is some 60 characters long; wrapped and with a changed dot it is hardly longer. */
const LONGEST = 200;

/** In order of appearance. Case, spaces, the dot, emphasis and a wrap over up to three lines do not matter. */
export function findMarkers(lines: readonly QuotedLine[]): readonly Marker[] {
  const markers: Marker[] = [];
  const covered = new Set<number>();
  for (let at = 0; at < lines.length && markers.length < MOST; at++) {
    const text = lines[at]?.text ?? "";
    let letter = -1;
    for (
      let open = text.indexOf("[[");
      open >= 0 && markers.length < MOST;
      open = text.indexOf("[[", open + 2)
    ) {
      if (letter < open) letter = firstLetter(text, open);
      if (letter - open > LONGEST || !OPENING.test(text.slice(letter, letter + 40))) continue;
      const marker = readMarker(lines, at, open);
      if (marker === null) continue;
      markers.push(marker);
      for (let line = at; line <= marker.to.line; line++) covered.add(line);
    }
    if (!covered.has(at)) {
      const broken = brokenMarker(text);
      if (broken !== null)
        markers.push({ ...broken, from: { line: at, column: 0 }, to: { line: at, column: text.length } });
    }
  }
  return markers;
}

function firstLetter(text: string, from: number): number {
  const found = text.slice(from).search(/[\p{L}\p{N}]/u);
  return found < 0 ? text.length : from + found;
}

/** The letters of a marker's first words up to its number, or as many as the line holds: others may stand on the next one. */
const OPENING = new RegExp(`^(?:$|${spread("draft")}|${spread("endofdraft")})`, "iu");

function spread(word: string): string {
  return word.split("").reduceRight((rest, letter) => `${letter}[^\\p{L}\\p{N}]*(?:$|${rest})`, "\\d");
}

function readMarker(lines: readonly QuotedLine[], at: number, open: number): Marker | null {
  const from = { line: at, column: open };
  let words = "";
  for (let line = at; line < at + 3 && line < lines.length; line++) {
    const text = lines[line]?.text ?? "";
    const start = line === at ? open + 2 : 0;
    const close = text.slice(start, start + LONGEST).indexOf("]]");
    words += ` ${close < 0 ? text.slice(start, start + LONGEST) : text.slice(start, start + close)}`;
    if (close < 0) continue;
    const read = readWords(words);
    return read === null ? null : { ...read, from, to: { line, column: start + close + 2 } };
  }
  const text = lines[at]?.text ?? "";
  return /^(?:endof)?draft\d/.test(compact(text.slice(open, open + LONGEST)))
    ? { kind: "broken", item: null, from, to: { line: at, column: text.length } }
    : null;
}

function readWords(words: string): Pick<Marker, "kind" | "item"> | null {
  const letters = compact(words);
  const end = /^endofdraft(\d{1,4})$/.exec(letters);
  if (end) return { kind: "end", item: Number(end[1]) };
  // Up to four letters for a dot that a wrong charset made of it (`Â·`).
  const start = /^draft(\d{1,4})\D{0,4}(?:editbetweenthesetwolinesthenreply|goesoutonlyasitstands)$/.exec(
    letters,
  );
  if (start) return { kind: "start", item: Number(start[1]) };
  return /^(?:endof)?draft\d/.test(letters) ? { kind: "broken", item: null } : null;
}

function brokenMarker(text: string): Pick<Marker, "kind" | "item"> | null {
  if (!/draft|lines/i.test(text)) return null;
  const letters = compact(text.slice(0, 2000));
  if (!/editbetweenthesetwolines|goesoutonlyasitstands|endofdraft\d/.test(letters)) return null;
  return { kind: "broken", item: null };
}

function compact(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
