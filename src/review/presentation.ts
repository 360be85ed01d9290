/** Shared by the mails of the review: tones, rows of facts, and text that is safe beside marker lines. */
import { escapeHtml } from "../mail/compose/markdown.ts";
import { safeHtml } from "../templates.ts";

/** Class and colour in the light scheme; the class brings the dark one. No tone carries meaning alone. */
export interface Tone {
  readonly name: "ink" | "soft" | "warn" | "harm" | "added";
  readonly colour: string;
}
export const TONES = {
  ink: { name: "ink", colour: "#1b1f1d" },
  soft: { name: "soft", colour: "#5d645f" },
  warn: { name: "warn", colour: "#8a4b00" },
  harm: { name: "harm", colour: "#a3261e" },
  added: { name: "added", colour: "#1f6f54" },
} as const satisfies Record<string, Tone>;

/** A row of a card. The parts stand behind each other as they are; separators are parts too. */
export interface Fact {
  readonly label: string;
  readonly tone: Tone;
  /** The tone is another than the text's own. */
  readonly coloured: boolean;
  readonly parts: readonly FactPart[];
  /** In place of parts, where there is more than one thing to say: a line each. */
  readonly lines: readonly (readonly FactPart[])[];
}
export interface FactPart {
  readonly text: string;
  readonly url: string | null;
  readonly soft: boolean;
}

export const plain = (text: string): FactPart => ({ text: harmless(text), url: null, soft: false });
export const soft = (text: string): FactPart => ({ text: harmless(text), url: null, soft: true });
/** Only http and https become links; anything else is shown as text. */
export function linked(text: string, url: string | null): FactPart {
  return url !== null && /^https?:\/\//i.test(url) && URL.canParse(url)
    ? { text: harmless(text), url, soft: false }
    : plain(text);
}

export function fact(label: string, parts: readonly FactPart[], tone: Tone = TONES.ink): Fact {
  return { label, tone, coloured: tone.name !== TONES.ink.name, parts, lines: [] };
}

/** The same with a line for each thing. */
export function factLines(label: string, lines: readonly (readonly FactPart[])[]): Fact {
  return { ...fact(label, []), lines };
}

/** Parts with a separator between them. */
export function between(parts: readonly FactPart[], separator: string): readonly FactPart[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [soft(separator), part]));
}

/**
 * Text from outside, fit to stand beside marker lines: a client who writes `[[ end of draft 1 ]]` must neither end the
 * draft nor make a technician's edit look damaged. Controls become spaces, so that nothing starts a line of its own, and
 * what turns text round is shown as what it is.
 */
export function harmless(text: string): string {
  if (imitatesMarker(text)) return "(left out: it imitates a marker line of this mail)";
  // oxlint-disable-next-line no-control-regex
  const oneLine = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  return withVisibleDirection(oneLine).replaceAll("[[", "[ [");
}

/** Direction overrides and isolates (UAX 9 §2) turn round what stands behind them, the desk's own words too. */
function withVisibleDirection(text: string): string {
  return text.replaceAll(
    /[\u202a-\u202e\u2066-\u2069]/g,
    (character) => `‹U+${character.charCodeAt(0).toString(16).toUpperCase()}›`,
  );
}

/** A draft without lines that a reader of replies could take for a marker: those could be neither shown nor edited. */
export function withoutMarkers(draft: string): string {
  return draft
    .split("\n")
    .filter((line) => !imitatesMarker(line))
    .join("\n");
}

/** Whether a reader of replies could take a line for a marker, whatever spaces, brackets and case it has. */
export function imitatesMarker(line: string): boolean {
  if (!/draft|lines/i.test(line)) return false;
  const letters = line.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  if (letters.includes("goesoutonlyasitstands")) return true;
  return letters.includes("editbetweenthesetwolines") || /endofdraft\d/.test(letters);
}

/**
 * Text in HTML that reads back as exactly that text, in a mail program's editor as well: line breaks are `<br>`, and
 * spaces that HTML would swallow are no-break spaces.
 */
export function textAsHtml(text: string): unknown {
  const lines = text
    .split("\n")
    .map((line) => escapeHtml(line).replaceAll("  ", " &nbsp;").replace(/^ | $/g, "&nbsp;"));
  return safeHtml(lines.join("<br>"));
}

/** `ana@contoso.example, kim@contoso.example`; `nobody` for none. */
export const people = (addresses: readonly string[]): string =>
  addresses.length === 0 ? "nobody" : addresses.join(", ");

/** `sure 97 %`, rounded down: 99.7 is not certain. */
export const sure = (confidence: number): string => `sure ${Math.floor(confidence * 100 + 1e-9)} %`;

/** The first part of a text, cut at a space, at most `length` characters with its ellipsis. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length - 1);
  const space = cut.lastIndexOf(" ");
  return (space > length / 2 ? cut.slice(0, space) : cut).trimEnd() + "…";
}

export const COMMANDS: readonly { readonly command: string; readonly does: string }[] = [
  { command: "approve 1", does: "sends draft 1 as it is and does what the card says beside it" },
  { command: "approve all", does: "does so for every item that is not high-risk" },
  { command: "send 1:", does: "and text below it sends that text in place of the draft" },
  { command: "send 1 without bob@client.example", does: "leaves a recipient out" },
  { command: "attach 1", does: "beside “approve 1” or “send 1:” sends the files of your reply along" },
  { command: "reject 1: why", does: "sends nothing; the reason teaches the desk" },
  { command: "redraft 1: what to change", does: "asks for a new draft" },
  { command: "reroute 1 to Kim", does: "hands the ticket to a person or a queue" },
  { command: "take 1", does: "makes the ticket yours" },
  { command: "priority 1 p2", does: "sets the priority; “category 1 vpn” files it elsewhere" },
  { command: "note 1: text", does: "keeps a note that no client sees" },
  { command: "snooze 1 until 15:00", does: "asks again later" },
  { command: "close 1", does: "closes the ticket; “spam 1” marks it as spam" },
  { command: "merge 1 into #1038", does: "makes it part of another ticket of the same client" },
  { command: "undo 1", does: "takes back what the desk did alone, or a merge" },
  { command: "stop", does: "calls back what has not left yet" },
];
