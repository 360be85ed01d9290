/** The answer to a review reply: line by line what was done, what is held until when, what was not understood. */
import { safeHtml, type TemplateSet } from "../templates.ts";
import { escapeHtml } from "../mail/compose/markdown.ts";
import type { RenderedMail } from "./digest-view.ts";
import type { DiffSegment } from "./reading/word-diff.ts";
import {
  COMMANDS,
  type Fact,
  fact,
  harmless,
  people,
  plain,
  shortened,
  textAsHtml,
  TONES,
} from "./presentation.ts";

export interface TranscriptView {
  readonly deskName: string;
  readonly firstName: string;
  /** Subject of the reply that this answers, without `Re:`; holds the digest's reference. */
  readonly subject: string;
  /** Why nothing of the reply could be carried out; `null` when it was read line by line. */
  readonly refusal: Refusal | null;
  readonly lines: readonly TranscriptLine[];
  readonly releases: readonly ReleaseView[];
  /** Texts that were not sent and are asked about. */
  readonly askedBack: readonly AskedBackView[];
  /** Lines that are no commands; kept as a note on the ticket. */
  readonly notUnderstood: readonly string[];
  /** Items of the digest that still wait, as `1 · #1042 VPN drops every hour`. */
  readonly stillWaiting: readonly string[];
  /** Lists the commands; set it for `help` and where something was not understood. */
  readonly showCommands: boolean;
  /** Where a reply to this transcript goes: the digest's review address, so that `stop` works from here. */
  readonly replyTo: string;
}

export type RefusalReason =
  | "expired"
  | "used"
  | "superseded"
  | "revoked"
  | "no-token"
  | "unknown-token"
  | "probe-answered"
  | "other-technician"
  | "sender-not-registered"
  | "identity-unproven"
  | "console-needed"
  | "several-approved-bare";

export interface Refusal {
  readonly reason: RefusalReason;
  /** What completes the sentence: when it expired, who decided first, which rule. `""` for nothing to add. */
  readonly detail: string;
}

export interface TranscriptLine {
  /** As written in the reply; `""` for an edit between marker lines. */
  readonly line: string;
  /** `null` for a line about the whole desk. */
  readonly item: number | null;
  readonly outcome: "done" | "held" | "cancelled" | "refused" | "asked";
  /** What happened, as a sentence: `Rerouted #1043 to Kim.` */
  readonly sentence: string;
}

/** A reply that a person released: exactly what leaves, to whom and when. */
export interface ReleaseView {
  readonly item: number;
  readonly ticketNumber: number;
  /** In words, in the technician's time zone: `10:04:30`; `null` when it leaves at once. */
  readonly leavesAt: string | null;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly attachments: readonly string[];
  /** Exactly the text that leaves. */
  readonly text: string;
  /** From the draft to the text; `null` where the draft leaves as it was. */
  readonly diff: readonly DiffSegment[] | null;
}

export interface AskedBackView {
  readonly item: number;
  readonly ticketNumber: number;
  /** Why it was not sent, as a sentence. */
  readonly reason: string;
  readonly text: string;
}

/**
 * Text and HTML with the same words; no marker line stands in it, so that a reply to it is never read as an edit.
 * @throws PermanentError when a template is missing or names an unknown variable.
 */
export function renderTranscript(templates: TemplateSet, view: TranscriptView): RenderedMail {
  const subject = `Re: ${harmless(view.subject).replace(/^(?:re: *)+/i, "")}`;
  const variables = {
    subject,
    title: title(view),
    intro: intro(view),
    lines: lineViews(view.lines, view.askedBack),
    releases: view.releases.map(release),
    askedBack: view.askedBack.map(askedBack),
    notUnderstood: someOf(view.notUnderstood),
    stillWaiting: view.stillWaiting.map(harmless),
    commands: view.showCommands ? COMMANDS : [],
    footer: harmless(view.deskName),
  };
  return {
    subject,
    text: templates.render("review/transcript.txt", variables),
    html: templates.render("review/transcript.html", variables),
  };
}

/** Enough to see what is meant: the note keeps all of it. */
function someOf(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MOST_LINES).map((line) => shortened(harmless(line), 2000));
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `… and ${left} more ${left === 1 ? "line" : "lines"}`];
}

const MOST_LINES = 60;

/** A reason may go on over lines; a long one is cut. */
function writtenLines(line: string): readonly string[] {
  return line
    .split("\n")
    .map((one) => shortened(harmless(one), 400))
    .filter((one) => one.trim() !== "")
    .slice(0, 12);
}

/** A line is quoted once, in the place where it is first answered: “approve 1 3” has an answer for each item. */
function lineViews(lines: readonly TranscriptLine[], asked: readonly AskedBackView[]): readonly object[] {
  const quoted = Map.groupBy(lines, ({ line, item }) =>
    line === "" ? `edit ${item ?? ""}` : `line ${line}`,
  );
  return [...quoted.values()].map((all) => {
    const shown = shownLines(all[0]);
    return {
      written: shown,
      writtenHtml: textAsHtml(shown.join("\n")),
      answers: all.map((one) => answer(one, asked, all.length > 1)),
    };
  });
}

function shownLines(first: TranscriptLine | undefined): readonly string[] {
  const written = writtenLines(first?.line ?? "");
  if (written.length > 0) return written;
  const item = first?.item ?? null;
  return [item === null ? "your reply" : `your edit of draft ${item}`];
}

function answer(
  { item, sentence, outcome }: TranscriptLine,
  asked: readonly AskedBackView[],
  oneOfSeveral: boolean,
): object {
  // The reason stands once, above the text that did not go out.
  const told = asked.some(({ reason }) => reason === sentence)
    ? `Draft ${item ?? ""} was not sent; the reason stands with it below.`
    : harmless(sentence);
  return {
    sentence: oneOfSeveral && item !== null ? `${item} · ${told}` : told,
    tone: outcome === "refused" || outcome === "asked" ? TONES.warn : TONES.ink,
  };
}

function title({ firstName, refusal, releases, lines }: TranscriptView): string {
  const name = harmless(firstName);
  if (refusal !== null) return `Nothing was done, ${name}`;
  const [first] = releases;
  if (first) {
    const count = releases.length === 1 ? "1 reply leaves" : `${releases.length} replies leave`;
    const times = new Set(releases.map(({ leavesAt }) => leavesAt));
    if (times.size > 1) return `${count} soon, ${name}`;
    return first.leavesAt === null ? `${count} now, ${name}` : `${count} at ${first.leavesAt}, ${name}`;
  }
  const cancelled = lines.filter(({ outcome }) => outcome === "cancelled").length;
  if (cancelled > 0) return `Stopped, ${name}`;
  return lines.some(({ outcome }) => outcome === "done") ? `Done, ${name}` : `Nothing was sent, ${name}`;
}

function intro({ refusal, releases, lines, notUnderstood, askedBack, stillWaiting }: TranscriptView): string {
  if (refusal !== null) return refusalSentence(refusal);
  const sentences: string[] = [];
  if (releases.some(({ leavesAt }) => leavesAt !== null)) {
    sentences.push(`Until then, reply “stop” to call ${releases.length === 1 ? "it" : "them"} back.`);
  } else if (
    releases.length === 0 &&
    lines.some(({ outcome }) => outcome === "done" || outcome === "cancelled")
  ) {
    sentences.push("No client gets mail from this.");
  }
  if (askedBack.length > 0) sentences.push("One text was not sent; please look at it below.");
  if (notUnderstood.length > 0) sentences.push("Some lines were not understood; they are kept as a note.");
  // “ok, send it” is what people write between two calls; the one word that they lack comes before all the others.
  const [waiting] = stillWaiting;
  if (waiting !== undefined && lines.length + releases.length + askedBack.length === 0)
    sentences.push(
      stillWaiting.length === 1
        ? `To send the draft as it is, reply “approve ${/^\d+/.exec(waiting)?.[0] ?? ""}”.`
        : "To send a draft as it is, reply “approve” and its number.",
    );
  return sentences.join(" ");
}

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  expired: "This digest has expired, so nothing was sent. What still waits comes to you in a new one.",
  used: "This was decided already, so nothing more was sent.",
  superseded:
    "The client has written again since that digest, so its draft was not sent. A new one is on its way.",
  revoked:
    "This digest was withdrawn, because its address reached somebody else. Nothing was sent; a new one is on its way.",
  "no-token":
    "This reply came without the code of its digest, so nobody can say what it is about, and nothing was done. Open the digest and press Reply there: the address it offers holds the code. Leave that address as it is.",
  "unknown-token":
    "The desk does not know the code in the address of this reply, so nothing was done. Reply to the newest digest; if none comes, tell an admin.",
  "probe-answered": "That was a test of your replies, and it has been answered. Nothing was done.",
  "other-technician": "A colleague decided first, so nothing was sent twice.",
  "sender-not-registered":
    "This reply came from an address that is not registered for you. Nothing was sent.",
  "identity-unproven":
    "This reply does not prove that it comes from you: its signature is missing or does not hold. Nothing was sent.",
  "console-needed": "No reply to this one goes out by mail; call the client. Nothing was sent.",
  "several-approved-bare":
    "“approve” alone is not clear, as this digest holds several drafts. Nothing was sent; name the numbers.",
};

/** The sentence for a reason code, for mails and pages. */
export function refusalSentence({ reason, detail }: Refusal): string {
  return [REFUSALS[reason], harmless(detail)].filter((sentence) => sentence !== "").join(" ");
}

function release(view: ReleaseView): object {
  const when = view.leavesAt === null ? "leaves now" : `leaves at ${view.leavesAt}`;
  return {
    heading: `${view.item} · #${view.ticketNumber} ${when}`,
    stop: view.leavesAt === null ? null : `stop ${view.item}`,
    facts: releaseFacts(view),
    text: harmlessText(view.text),
    html: textAsHtml(harmlessText(view.text)),
    diffText: view.diff === null ? null : diffText(view.diff),
    diffHtml: view.diff === null ? null : diffHtml(view.diff),
  };
}

function releaseFacts({ to, cc, subject, attachments }: ReleaseView): readonly Fact[] {
  const copy = cc.length === 0 ? "nobody in copy" : `copy to ${people(cc)}`;
  return [
    fact("Sends to", [plain(`${people(to)}, ${copy}`)]),
    fact("Subject", [plain(subject)]),
    ...(attachments.length > 0 ? [fact("Attached", [plain(attachments.join(", "))])] : []),
  ];
}

function askedBack({ item, ticketNumber, reason, text }: AskedBackView): object {
  return {
    heading: `${item} · #${ticketNumber} was not sent`,
    reason: harmless(reason),
    text: harmlessText(text),
    html: textAsHtml(harmlessText(text)),
    ask: `To send this text, reply “send ${item}:” with the text below it. To send the draft as it was, reply “approve ${item}”.`,
  };
}

/** Line breaks stay; a marker line in it does not. */
function harmlessText(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").split("\n").map(harmless).join("\n").trim();
}

/** `as before [-removed-] {+added+}`, the notation of word diffs. */
function diffText(segments: readonly DiffSegment[]): string {
  const signs = { same: ["", ""], added: ["{+", "+}"], removed: ["[-", "-]"] } as const;
  return aroundChanges(segments)
    .map(({ kind, text }) => signs[kind][0] + text + signs[kind][1])
    .join("")
    .trim();
}

/** Underlined and struck through, not coloured alone. */
function diffHtml(segments: readonly DiffSegment[]): unknown {
  const html = aroundChanges(segments).map(({ kind, text }) => {
    const shown = escapeHtml(text).replaceAll("\n", "<br>");
    if (kind === "added") {
      return `<ins class="added" style="color:${TONES.added.colour};font-weight:600;text-decoration:underline">${shown}</ins>`;
    }
    if (kind === "removed") {
      return `<del class="soft" style="color:${TONES.soft.colour};text-decoration:line-through">${shown}</del>`;
    }
    return shown;
  });
  return safeHtml(html.join(""));
}

/** How much of an unchanged stretch is shown on each side of a change; the whole text stands above. */
const CONTEXT = 60;

/** Unchanged stretches cut to what lies next to a change, and a space between what was removed and what replaced it. */
function aroundChanges(segments: readonly DiffSegment[]): readonly DiffSegment[] {
  return segments.flatMap(({ kind, text }, index): readonly DiffSegment[] => {
    const shown = text.replaceAll("[[", "[ [");
    if (kind !== "same") {
      const next = segments[index + 1];
      const touching =
        next !== undefined && next.kind !== "same" && !/\s$/.test(shown) && !/^\s/.test(next.text);
      return touching
        ? [
            { kind, text: shown },
            { kind: "same", text: " " },
          ]
        : [{ kind, text: shown }];
    }
    if (shown.length <= 2 * CONTEXT + 20) return [{ kind, text: shown }];
    const after = index === 0 ? "" : shown.slice(0, shown.lastIndexOf(" ", CONTEXT) + 1 || CONTEXT);
    const from = shown.indexOf(" ", shown.length - CONTEXT);
    const before = index === segments.length - 1 ? "" : shown.slice(from < 0 ? -CONTEXT : from);
    return [{ kind, text: `${after}…${before}` }];
  });
}
