/** The edit of a draft, found between its marker lines wherever a mail program put them (protocol §2). */
import type { DraftEdit } from "../command.ts";
import { findMarkers, type Marker } from "./draft-markers.ts";
import { compareWithDraft, wordingOf } from "./draft-text.ts";
import { generationsOf, readQuotedLines, type QuotedLine } from "./quoted-lines.ts";
import { htmlToReplyText, STRUCK_OUT } from "./reply-html.ts";
import { commandAmong, unsafeReason } from "./unsafe-text.ts";
import { DEFAULT_VOCABULARY, type Vocabulary } from "./vocabulary.ts";

interface ReplyParts {
  readonly text: string;
  readonly html: string | null;
}

interface Item {
  readonly number: number;
  readonly draftText: string;
}

/** What became of one item's draft in a reply, see `draftEditsIn`. */
export function findDraftEdit(
  reply: ReplyParts,
  item: Item,
  vocabulary: Vocabulary = DEFAULT_VOCABULARY,
): DraftEdit {
  return draftEditsIn(reply, vocabulary)(item);
}

/**
 * What became of the drafts in a reply. Both parts of the mail are read where both are there: what only one of them says
 * is doubt, and doubt is `damaged`. They are read once for all items: a digest may ask about fifty.
 */
export function draftEditsIn(reply: ReplyParts, vocabulary: Vocabulary): (item: Item) => DraftEdit {
  const text = readPart(reply.text);
  const html = reply.html === null ? "" : htmlToReplyText(reply.html, "markdown");
  const shown = html === "" ? null : readPart(html);
  return (item) => agreed(item, editIn(text, item, vocabulary), shown && editIn(shown, item, vocabulary));
}

/** Of what the text part and the HTML part say of a draft. */
function agreed(item: Item, plain: EditRead, rich: EditRead | null): DraftEdit {
  if (rich === null) return plain.edit;
  if (rich.edit.kind === "absent") return plain.edit;
  if (plain.edit.kind === "absent") return rich.edit;
  if (rich.edit.kind === "damaged") return rich.edit;
  // Programs that make text of HTML lose link targets; the HTML shows that nothing was edited.
  if (rich.edit.kind === "unchanged" && plain.sameButForLinks) return rich.edit;
  if (plain.edit.kind === "damaged") return plain.edit;
  if (rich.edit.kind === "unchanged" && plain.edit.kind === "unchanged") return plain.edit;
  if (rich.edit.kind === "edited" && plain.wording === rich.wording) return rich.edit;
  const text =
    rich.edit.kind === "edited"
      ? rich.edit.text
      : plain.edit.kind === "edited"
        ? plain.edit.text
        : item.draftText;
  return damaged("the text part and the HTML part of the mail do not hold the same draft", text);
}

interface EditRead {
  readonly edit: DraftEdit;
  readonly wording: string;
  readonly sameButForLinks: boolean;
}

function read(edit: DraftEdit, wording = "", sameButForLinks = false): EditRead {
  return { edit, wording, sameButForLinks };
}

function damaged(reason: string, text: string): DraftEdit {
  return { kind: "damaged", reason, text };
}

interface Candidate {
  readonly generation: number;
  readonly read: EditRead;
}

/** One part of a reply, with the markers in it. */
interface Part {
  readonly lines: readonly QuotedLine[];
  readonly markers: readonly Marker[];
  /** Every marker stands behind `| `. */
  readonly piped: boolean;
  /** The markers of what was typed and of the newest quote, with their generation. */
  readonly looked: readonly { readonly generation: number; readonly here: readonly Marker[] }[];
  /** Items whose markers a program translated; looked for where no marker is left. */
  readonly translated: ReadonlySet<number>;
}

function readPart(text: string): Part {
  const lines = readQuotedLines(text);
  const found = findMarkers(lines);
  // The digest shows the client's own words behind `| `; a marker in them is the client's.
  const own = found.filter((marker) => lines[marker.from.line]?.piped !== true);
  const markers = own.length > 0 ? own : found;
  const generations = generationsOf(lines, insideOf(markers));
  const age = (marker: Marker): number => generations[marker.from.line] ?? 0;
  const quoted = markers.map(age).filter((generation) => generation > 0);
  const newest = Math.min(...quoted.slice(0, 1000), Number.MAX_SAFE_INTEGER);
  return {
    lines,
    markers,
    piped: own.length === 0,
    // Only what was typed and the newest quote count: an older digest's item of that number is another draft.
    looked: [0, newest].map((generation) => ({
      generation,
      here: markers.filter((marker) => age(marker) === generation),
    })),
    translated: found.length === 0 ? translatedMarkers(lines) : new Set(),
  };
}

function editIn(
  { lines, markers, piped, looked, translated }: Part,
  item: Item,
  vocabulary: Vocabulary,
): EditRead {
  if (markers.length === 0)
    return translated.has(item.number)
      ? read(damaged("its marker lines were translated, so nobody can tell whether it was edited", ""))
      : read({ kind: "absent" });
  const candidates = looked.flatMap(({ generation, here }): Candidate[] => {
    const region = readRegion(lines, here, markers, item);
    if (region === null) return [];
    return [
      {
        generation,
        read:
          typeof region === "string"
            ? read(damaged(region, ""))
            : judge(region, item, { generation, piped, vocabulary }),
      },
    ];
  });
  const [first, second] = candidates;
  if (first === undefined) return read({ kind: "absent" });
  if (second === undefined) return first.read;
  const settled =
    ["unchanged", "absent"].includes(second.read.edit.kind) || second.read.wording === first.read.wording;
  if (settled) return first.read;
  if (first.read.edit.kind === "unchanged" && second.read.edit.kind === "edited") return second.read;
  const shown =
    first.read.edit.kind === "edited" || first.read.edit.kind === "damaged" ? first.read.edit.text : "";
  return read(damaged("the draft stands twice in the mail, with different words", shown));
}

/** `[[ Entwurf 1 · zwischen diesen beiden Zeilen … ]]`: a program that translates mail quotes what it made of it. */
function translatedMarkers(lines: readonly QuotedLine[]): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const { text, piped } of lines) {
    const words = piped
      ? null
      : /^\s*\[\[ ?(\p{L}[\p{L}\p{M} ]{1,60}?) ?(\d{1,4})\b[^\d[\]]{0,150}\]\]\s*$/u.exec(text.slice(0, 300));
    if (words !== null) numbers.add(Number(words[2]));
  }
  return numbers;
}

function insideOf(markers: readonly Marker[]): (line: number) => boolean {
  const inside = new Set<number>();
  let start: Marker | null = null;
  for (const marker of markers) {
    if (marker.kind === "start") start ??= marker;
    else if (marker.kind === "end" && start !== null) {
      for (let line = start.from.line; line <= marker.to.line; line++) inside.add(line);
      start = null;
    }
  }
  return (line) => inside.has(line);
}

interface Region {
  readonly lines: readonly QuotedLine[];
  readonly depth: number;
}

/** The lines between the item's two markers, a reason why there are none, or `null` where the item is not there. */
function readRegion(
  lines: readonly QuotedLine[],
  here: readonly Marker[],
  all: readonly Marker[],
  item: { readonly number: number },
): Region | string | null {
  const mine = here.filter((marker) => marker.item === item.number);
  if (mine.length === 0 && !here.some((marker) => marker.kind === "broken")) return null;
  const [start, end] = mine;
  if (here.some((marker) => marker.kind === "broken")) return "a marker line is damaged";
  if (start === undefined || end === undefined) return "one of the two marker lines is missing";
  if (mine.length > 2 || start.kind === end.kind) return "a marker line stands there twice";
  if (start.kind === "end") return "the two marker lines are in the wrong order";
  const from = all.indexOf(start);
  if (all[from + 1] !== end) return "another marker stands between the two marker lines";
  const inside = lines.slice(start.to.line, end.from.line + 1).map((line, at, region) => {
    const stop = at === region.length - 1 ? end.from.column : line.text.length;
    return { ...line, text: line.text.slice(at === 0 ? start.to.column : 0, stop) };
  });
  return { lines: inside, depth: lines[start.from.line]?.depth ?? 0 };
}

/** Where the region stands, and in which words a command may have slipped into it. */
interface Place {
  readonly generation: number;
  readonly piped: boolean;
  readonly vocabulary: Vocabulary;
}

function judge(
  region: Region,
  item: { readonly draftText: string },
  { generation, piped, vocabulary }: Place,
): EditRead {
  const draft = item.draftText.replace(/\r\n?/g, "\n");
  const unpiped = piped
    ? region.lines.map((line) => ({ ...line, text: line.text.replace(/^\s{0,3}\|\s?/, "") }))
    : region.lines;
  const text = unpiped.map((line) => line.text).join("\n");
  const compared = compareWithDraft(withoutQuoteSigns(draft), text.replaceAll(STRUCK_OUT, ""));
  const wording = wordingOf(text);
  const done = (edit: DraftEdit): EditRead => read(edit, wording, compared.sameButForLinks);
  const unsafe = (reason: string): EditRead => done(damaged(reason, compared.text));
  if (text.includes(STRUCK_OUT)) return unsafe("words in it are struck out");
  if (compared.same) return done({ kind: "unchanged" });
  if (compared.text.trim() === "") return unsafe("nothing is left between the marker lines");
  if (generation > 1) return unsafe("the edited draft stands in an older mail below the quote");
  if (piped && compared.kept < 0.5) return unsafe("the text between the marker lines is not this draft");
  if (compared.opaqueLink)
    return unsafe("it holds a link that a mail scanner rewrote, and its target is not known");
  if (compared.lostCharacters) return unsafe("its characters were damaged on the way");
  const quoteSigns = region.lines.some((line) => line.text.trim() !== "" && line.depth > region.depth);
  if (quoteSigns && withoutQuoteSigns(draft) === draft) return unsafe("quote signs are mixed into it");
  const reason = unsafeReason(text, draft) ?? unsafeReason(compared.text, draft);
  if (reason !== null) return unsafe(reason);
  const command = commandAmong(compared.addedLines, vocabulary);
  if (command !== null)
    return unsafe(`the line "${command.slice(0, 80)}" between the marker lines reads like a command`);
  return done({ kind: "edited", text: compared.text });
}

/** A draft may itself hold lines with `>`; the reply's lost theirs with the quote signs. */
function withoutQuoteSigns(draft: string): string {
  return draft.includes(">")
    ? readQuotedLines(draft)
        .map((line) => line.text)
        .join("\n")
    : draft;
}
