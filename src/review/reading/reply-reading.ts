/** Reads the words of a review reply as commands (protocol §2), and the edits between the marker lines beside them. */
import { parseCommandLine, plainLine } from "./command-grammar.ts";
import type { Command, DraftEdit, ReplyReading, Signer } from "../command.ts";
import { findMarkers } from "./draft-markers.ts";
import { draftEditsIn } from "./edited-draft.ts";
import { readQuotedLines } from "./quoted-lines.ts";
import { htmlToReplyText, signaturesIn } from "./reply-html.ts";
import { aboveDigest, quoteStart, typedWords } from "./reply-top.ts";
import { rolesOf, type LineRole } from "./sign-off.ts";
import { DEFAULT_VOCABULARY, type Vocabulary } from "./vocabulary.ts";

/**
 * Four for each item of the largest digest. Commands are compared with one another, and a log full of words that read like
 * them is nobody's decision: what comes beyond is not understood, so that no draft is sent beside it.
 */
const MOST_COMMANDS = 200;

/**
 * The commands of the text typed above the quote. Greetings, names after them, signatures and disclaimers are passed
 * over; a `note`, `reject`, `redraft` or `send` takes the lines below it up to the next command or signature.
 */
export function readCommands(
  top: string,
  signer: Signer | null = null,
  vocabulary: Vocabulary = DEFAULT_VOCABULARY,
): ReplyReading {
  const lines = top.split(/\r\n|\n|\r/);
  const roles = rolesOf(lines, signer, (line) => parseCommandLine(line, vocabulary) !== null);
  const commands: Command[] = [];
  const notUnderstood: string[] = [];
  let open: OpenText | null = null;
  for (const [at, line] of lines.entries()) {
    const role = roles[at] ?? "";
    const command = role === "signature" ? null : parseCommandLine(line, vocabulary);
    const full = commands.length >= MOST_COMMANDS;
    if (command !== null && !full && !(open?.command.verb === "send" && command.items === "implied")) {
      if (open) commands.push(closed(open));
      open = takesText(command) ? { command, lines: [], doubt: null } : null;
      if (open === null) commands.push(command);
    } else if (open !== null && goesOn(open, role)) {
      // In a text for a client, a bare `close` may be a word of it as well as a command.
      if (command !== null) open.doubt = `the line "${command.line}" could be a command or part of the text`;
      if (role === "legal")
        open.doubt = `"${line.trim().slice(0, 60)}…" could be a disclaimer or part of the text`;
      open.lines.push(line.trimEnd());
    } else {
      if (open && role !== "") {
        commands.push(closed(open));
        open = null;
      }
      if (role === "" && line.trim() !== "" && !line.trimStart().startsWith(">"))
        notUnderstood.push(line.trim());
    }
  }
  if (open) commands.push(closed(open));
  return { commands, notUnderstood };
}

interface OpenText {
  readonly command: Command;
  readonly lines: string[];
  doubt: string | null;
}

function takesText(command: Command): boolean {
  return (
    command.verb === "note" ||
    command.verb === "reject" ||
    command.verb === "redraft" ||
    (command.verb === "send" && command.text !== null)
  );
}

/** A client's text has its own greeting and name; a reason ends where the technician says goodbye. */
function goesOn(open: OpenText, role: LineRole): boolean {
  return role === "" || ((role === "courtesy" || role === "legal") && open.command.verb === "send");
}

/** The lines below belong to the command; those of a note to the desk are shown with it, a client's text stands elsewhere. */
function closed({ command, lines, doubt }: OpenText): Command {
  const with_ = (first: string): string => [first, ...lines].join("\n").trim();
  const line = with_(command.line);
  switch (command.verb) {
    case "note":
      return { ...command, line, text: with_(command.text) };
    case "reject":
      return { ...command, line, reason: with_(command.reason) };
    case "redraft":
      return { ...command, line, instruction: with_(command.instruction) };
    case "send":
      return { ...command, text: with_(command.text ?? ""), doubt };
    default:
      return command;
  }
}

/** What the desk knows of the digest that a reply answers. */
interface AnsweredDigest extends Signer {
  /** The words of the commands; without it those that the grammar knows. */
  readonly vocabulary?: Vocabulary;
  readonly items: readonly { readonly number: number; readonly draftText: string }[];
}

/** A reply to a digest: what its words say, and what became of each draft. Never throws. */
export function readReviewReply(
  reply: {
    readonly text: string;
    readonly newText: string;
    readonly quotedText: string;
    readonly html: string | null;
  },
  digest: AnsweredDigest,
): { readonly reading: ReplyReading; readonly edits: ReadonlyMap<number, DraftEdit> } {
  const vocabulary = digest.vocabulary ?? DEFAULT_VOCABULARY;
  const typed = typedWords(reply.text, reply.newText, insideDrafts(reply.text), vocabulary);
  const signers = signersOf(digest, reply.html);
  const read = (text: string): ReplyReading => readAs(text, signers, vocabulary);
  const top = read(typed.top);
  const bottom = typed.bottom === "" ? { commands: [], notUnderstood: [] } : read(typed.bottom);
  const said = {
    commands: [...top.commands, ...bottom.commands],
    notUnderstood: [
      ...top.notUnderstood,
      ...typed.inside.map((line) => line.trim()),
      ...bottom.notUnderstood,
    ],
  };
  const editOf = draftEditsIn(reply, vocabulary);
  const edits = new Map(digest.items.map((item) => [item.number, editOf(item)] as const));
  return {
    reading: reply.html === null ? said : onlyVisible(said, reply, reply.html, read, typed.bottom !== ""),
    edits,
  };
}

/** The technician's signature as the desk knows it, or as the mail program marks it: whichever leaves least unexplained. */
function signersOf(digest: AnsweredDigest, html: string | null): readonly Signer[] {
  const marked =
    html === null
      ? []
      : signaturesIn(html).map((ownSignature) => ({ technicianName: digest.technicianName, ownSignature }));
  return [digest, ...marked];
}

function readAs(text: string, signers: readonly Signer[], vocabulary: Vocabulary): ReplyReading {
  let best: ReplyReading | null = null;
  for (const signer of signers) {
    const reading = readCommands(text, signer, vocabulary);
    if (best === null || reading.notUnderstood.length < best.notUnderstood.length) best = reading;
  }
  return best ?? { commands: [], notUnderstood: [] };
}

/**
 * A command counts only where the person could see it: a line that the HTML part does not show, or shows only in the
 * quote, came from no keyboard. Such a line is kept as words, and so are words that only the HTML part shows.
 */
function onlyVisible(
  said: ReplyReading,
  reply: { readonly text: string },
  html: string,
  read: (text: string) => ReplyReading,
  anywhere: boolean,
): ReplyReading {
  const shown = htmlToReplyText(html);
  if (shown === "") return said;
  const lines = shown.split("\n");
  const top = lines.slice(0, quoteStart(lines, 0));
  const visible = new Set((anywhere ? lines : aboveDigest(lines)).map(comparable));
  const isSeen = (command: Command): boolean => visible.has(comparable(command.line.split("\n", 1)[0] ?? ""));
  const unseen = said.commands.filter((command) => !isSeen(command)).map((command) => command.line);
  const told = comparable(reply.text);
  const extra = read(top.slice(0, 200).join("\n")).notUnderstood.filter(
    (line) => !told.includes(comparable(line)),
  );
  return {
    commands: said.commands.filter(isSeen),
    notUnderstood: [...unseen, ...said.notUnderstood, ...extra],
  };
}

/** Letters and digits: the two parts of a mail agree on little else, and links stand in one of them only. */
function comparable(line: string): string {
  return plainLine(line.replace(/<(?:https?|mailto|tel):[^<>]*>/gi, ""))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

function insideDrafts(text: string): (line: number) => boolean {
  const inside = new Set<number>();
  let start: number | null = null;
  for (const marker of findMarkers(readQuotedLines(text))) {
    if (marker.kind === "start") start = marker.from.line;
    else if (start !== null) {
      for (let line = start; line <= marker.to.line; line++) inside.add(line);
      start = null;
    }
  }
  return (line) => inside.has(line);
}
