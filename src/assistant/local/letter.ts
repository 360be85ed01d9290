import { isDeviceLine, isSignatureDelimiter } from "../../mail/reply/signature.ts";
import { remembered } from "../remembered.ts";
import { fold } from "./words.ts";

/** A client's new text in its parts. A phone number in a signature says nothing about telephones. */
export interface Letter {
  /** Without greeting, closing and signature. */
  readonly body: string;
  /** Sentences of the body, in order, on one line each. */
  readonly sentences: readonly string[];
  /** The name in or below the closing; "" when there is none that looks like one. */
  readonly signedBy: string;
}

const GREETING =
  /^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|guten (?:tag|morgen|abend)|moin|servus|grüezi|sehr geehrte[rs]?|liebe[rs]?|bonjour|bonsoir|salut|hola|buenos d[ií]as|buenas(?: tardes)?|estimad[oa]s?|beste|geachte|goede(?:morgen|middag|ndag)|goedendag|dag|ciao|buongiorno|salve|ol[áa]|bom dia|dzień dobry|witam|cześć)(?![\p{L}\p{N}])/iu;

const CLOSING =
  /^(?:(?:kind|best|warm|many)(?:est)? (?:regards|wishes|thanks)|kind regards and thanks|regards|greetings|best|sincerely|yours(?: sincerely| faithfully| truly)?|cheers|thanks|thank you|thanx|thx|many thanks|thanks (?:so much|a lot|in advance|again)|mit (?:freundlichen?|besten|herzlichen|lieben) gr(?:u|ü|ue)(?:ß|ss)(?:en)?|freundliche gr(?:ü|ue)(?:ß|ss)e|(?:viele|liebe|beste|herzliche|schöne) gr(?:ü|ue)(?:ß|ss)e|gr(?:u|ü)(?:ß|ss)|gr(?:ü|ue)(?:ß|ss)e|mfg|vg|lg|danke|vielen dank|besten dank|herzlichen dank|danke (?:im voraus|schön|und gruß)|cordialement|bien cordialement|bien à vous|merci(?: d'avance| beaucoup)?|salutations|saludos(?: cordiales)?|un saludo|atentamente|(?:muchas )?gracias|met vriendelijke groet(?:en)?|vriendelijke groet(?:en)?|groet(?:en|jes)?|mvg|(?:alvast )?bedankt|dank je wel|cordiali saluti|saluti|grazie(?: mille)?|atenciosamente|obrigad[oa]|cumprimentos|pozdrawiam|z poważaniem|dziękuję)(?![\p{L}\p{N}])/iu;

/** A line longer than this holds more than a closing. */
const CLOSING_LENGTH = 50;
/** Non-empty lines that a signature has at most; a "thanks" further up is part of the text. */
const SIGNATURE_LINES = 14;

/** Messages that are read side by side, and a few more; one that is as long as a log is read each time. */
const KEPT = { most: 8, longest: 20_000 };

/** Reads a new text; linear in its length. Triage and each draft ask for the same one. */
export const readLetter: (newText: string) => Letter = remembered(read, KEPT);

function read(newText: string): Letter {
  const lines = newText.replaceAll(/\r\n?/g, "\n").split("\n");
  const end = endOfBody(lines);
  const body = lines.slice(0, end).map((line) => line.trimEnd());
  const first = body.findIndex((line) => line.trim() !== "");
  if (first !== -1) body[first] = withoutGreeting(body[first] ?? "");
  const after = lines.slice(end, end + SIGNATURE_LINES);
  const text = body.join("\n").trim();
  return { body: text, sentences: sentencesOf(text), signedBy: nameIn(after) };
}

function endOfBody(lines: readonly string[]): number {
  const filled = lines.map((line) => line.trim() !== "");
  let below = 0;
  const linesBelow: number[] = [];
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    linesBelow[at] = below;
    if (filled[at]) below += 1;
  }
  const opened = filled.indexOf(true);
  for (const [at, line] of lines.entries()) {
    if (at === opened || (linesBelow[at] ?? 0) > SIGNATURE_LINES) continue;
    const delimited = line.startsWith("--") && isSignatureDelimiter(lines, at);
    if (delimited || isClosing(line.trim()) || (filled[at] && isDeviceLine(line))) return at;
  }
  // Many sign with the bare name on the last line.
  const last = filled.lastIndexOf(true);
  return last > opened && looksLikeName((lines[last] ?? "").trim()) ? last : lines.length;
}

/** `Thanks,` and `Many thanks, Ana` close; `Thanks, that worked but the printer …` does not. */
function isClosing(line: string): boolean {
  if (line === "" || line.length > CLOSING_LENGTH) return false;
  const closing = CLOSING.exec(line)?.[0];
  if (closing === undefined) return false;
  const rest = line
    .slice(closing.length)
    .replace(
      /^(?:[\s,.!–-]+(?:and|und|et|y|en)?\s?(?:best|kind|viele|beste|liebe)?\s?(?:regards|grüße|groet)?)/iu,
      "",
    )
    .trim();
  return rest === "" || rest.split(/\s+/).length <= 3;
}

/** `Hi team, my printer …` → `my printer …`; a line that only greets goes. */
function withoutGreeting(line: string): string {
  const greeting = GREETING.exec(line.trimStart())?.[0];
  if (greeting === undefined) return line;
  const rest = line.trimStart().slice(greeting.length);
  const comma = rest.search(/[,!:–]|\s-\s/u);
  if (comma !== -1 && rest.slice(0, comma).split(/\s+/).length <= 6) return rest.slice(comma + 1).trim();
  return rest.trim().split(/\s+/).length <= 4 ? "" : rest.trim();
}

/** Sentences on one line each. Lines that a mail program wrapped are joined; list items stay apart. */
export function sentencesOf(body: string): readonly string[] {
  const sentences: string[] = [];
  for (const paragraph of joined(body)) {
    let from = 0;
    for (const stop of paragraph.matchAll(/[.!?…]{1,8}["'”)]{0,3}(?=\s)/gu)) {
      const to = stop.index + stop[0].length;
      if (endsInAbbreviation(paragraph.slice(Math.max(from, to - 12), to))) continue;
      sentences.push(paragraph.slice(from, to));
      from = to;
    }
    sentences.push(paragraph.slice(from));
  }
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

const endsInAbbreviation = (text: string): boolean =>
  /(?:^|[\s(])(?:e\.g|i\.e|z\.b|d\.h|u\.a|bzw|ca|nr|no|st|mr|mrs|ms|dr|hr|fr|etc|inkl|incl|approx|(?:\d{1,2}\.)?\d{1,2})\.$/i.test(
    text,
  );

/** White space other than single blanks. */
const UNEVEN = /[^\S ]|\s\s/;

function joined(body: string): readonly string[] {
  const paragraphs: string[] = [];
  let wrapped = false;
  for (const raw of body.split("\n")) {
    const trimmed = raw.trim();
    const line = UNEVEN.test(trimmed) ? trimmed.replaceAll(/\s+/g, " ") : trimmed;
    const item = /^(?:[-*•]|\d{1,2}[.)])\s/.test(line);
    const last = paragraphs.at(-1);
    if (line !== "" && wrapped && !item && last !== undefined)
      paragraphs[paragraphs.length - 1] = `${last} ${line}`;
    else if (line !== "") paragraphs.push(line.replace(/^[-*•]\s/, ""));
    // A short line was ended by the writer, not by the mail program.
    wrapped = line.length >= 50;
  }
  return paragraphs;
}

/** One to three capitalised words on the first lines: `Thanks, Ana` or the line below `Regards,`. */
function nameIn(lines: readonly string[]): string {
  const [closing = "", ...below] = lines.map((line) => line.trim());
  if (looksLikeName(closing) && !CLOSING.test(closing)) return closing;
  const behind = closing.replace(CLOSING, "").replace(/^[\s,.!–-]+/u, "");
  const below1 = below.find((line) => line !== "") ?? "";
  return [behind, below1].find((text) => looksLikeName(text)) ?? "";
}

export function looksLikeName(text: string): boolean {
  if (text === "" || text.length > 40) return false;
  const words = text.replace(/[,.]$/, "").split(/\s+/);
  if (words.length > 3) return false;
  if (NO_NAMES.has(fold(words[0] ?? ""))) return false;
  return words.every(
    (word) => /^\p{Lu}[\p{L}'’.-]*$/u.test(word) && !(word.length > 3 && word === word.toUpperCase()),
  );
}

/** Words that stand where a name could. */
const NO_NAMES = new Set(
  (
    "sent von gesendet the best kind regards thanks support info office team it service helpdesk hotline admin buero buro " +
    "sales accounts reception empfang buchhaltung sekretariat tel phone mobile mobil"
  ).split(" "),
);
