/** The review mail: one question a card, may this go out? (protocol §1) */
import { PermanentError } from "../errors.ts";
import type { TemplateSet } from "../templates.ts";
import {
  isPressing,
  type DigestItemView,
  type DigestView,
  type DraftView,
  type GuessView,
  type RenderedMail,
} from "./digest-view.ts";
import {
  between,
  type Fact,
  fact,
  factLines,
  type FactPart,
  harmless,
  imitatesMarker,
  linked,
  people,
  plain,
  shortened,
  soft,
  sure,
  textAsHtml,
  TONES,
} from "./presentation.ts";

/** The line before a draft. It starts with neither `>` nor `-`, so that quoting and signature cutting leave it alone. */
export const draftMarker = (item: number): string =>
  `[[ draft ${item} · edit between these two lines, then reply ]]`;
/** The same where mail releases the text only as it stands. */
const unedited = (item: number): string => `[[ draft ${item} · goes out only as it stands ]]`;
/** The line after a draft. */
export const endMarker = (item: number): string => `[[ end of draft ${item} ]]`;

/** Gmail clips a mail at 102 KB; what is clipped cannot be edited. Bytes of the HTML part, which is the larger one. */
export const MAX_DIGEST_BYTES = 90_000;
/** Some mail programs cut a longer `mailto:` without a word. */
const MAX_MAILTO = 1800;

/**
 * Text and HTML with the same words.
 * @throws PermanentError when a template is missing or names an unknown variable, or when a draft holds a marker line.
 */
export function renderDigest(templates: TemplateSet, view: DigestView): RenderedMail {
  const subject = digestSubject(view);
  const variables = {
    subject,
    title: title(view),
    intro: intro(view),
    items: view.items.map((item) => card(item, view, subject)),
    doneAloneTitle: "Done alone since your last digest",
    doneAlone: view.doneAlone.map(doneAlone),
    commands: commandWords(view),
    footer: footer(view),
  };
  return {
    subject,
    text: templates.render("review/digest.txt", variables),
    html: templates.render("review/digest.html", variables),
  };
}

/**
 * Groups items into digests that stay under 90 KB, in their order; the numbers are the caller's to give afterwards.
 * An item larger than that stands alone.
 */
export function splitDigest(items: readonly DigestItemView[]): readonly (readonly DigestItemView[])[] {
  const groups: DigestItemView[][] = [];
  let room = 0;
  for (const item of items) {
    const size = itemBytes(item);
    if (size > room || groups.length === 0) {
      groups.push([]);
      room = MAX_DIGEST_BYTES - FRAME_BYTES;
    }
    groups.at(-1)?.push(item);
    room -= size;
  }
  return groups;
}

/** Head, styles and foot of the mail. */
const FRAME_BYTES = 6_000;
/** Mark-up of a card with every row, without its words. */
const CARD_BYTES = 3_000;

/** An upper estimate: every word of the item may be escaped, and the draft stands in the Edit link once more. */
function itemBytes(item: DigestItemView): number {
  const words = Buffer.byteLength(JSON.stringify(item), "utf8");
  const rows =
    item.whatWeKnow.flatMap((line) => line.parts).length +
    item.whatWeKnow.length +
    item.doneAlone.length +
    item.risks.length +
    item.snippets.length +
    item.earlier.length;
  const lines = item.draft === null ? 0 : item.draft.text.split("\n").length;
  return CARD_BYTES + MAX_MAILTO + 120 * rows + 10 * lines + Math.ceil(words * 1.3);
}

/** `[Review] 2 drafts waiting · P2 Contoso: VPN drops every hour · ref k3m9wq2a`, on one line. */
function digestSubject(view: DigestView): string {
  const [first] = view.items;
  const end = ` · ref ${view.reference}`;
  const alone = view.doneAlone.length;
  if (!first) return `[Review] Nothing waiting${alone === 0 ? "" : ` · ${alone} done alone`}${end}`;
  const head = `[Review] ${counted(view)} waiting · ${first.priority} `;
  const about = harmless(`${first.clientName ?? first.requester.address}: ${first.headline}`);
  const others = view.items.length === 1 ? "" : ` and ${view.items.length - 1} more`;
  return head + shortened(about, 72) + others + end;
}

function counted(view: DigestView): string {
  const count = view.items.length;
  const noun = view.items.every((item) => item.draft !== null) ? "draft" : "decision";
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function title(view: DigestView): string {
  const name = harmless(view.technician.firstName);
  if (view.items.length === 0) return `Nothing waits for your word, ${name}`;
  return `${counted(view)} ${view.items.length === 1 ? "waits" : "wait"} for your word, ${name}`;
}

function intro(view: DigestView): string {
  const sent = [...view.doneAlone, ...view.items.flatMap((item) => item.doneAlone)].some(
    ({ said }) => said !== "",
  );
  const nothing = view.items.length === 0 || sent ? "" : "Nothing has been sent.";
  return [nothing, harmless(view.urgent ?? "")].filter((sentence) => sentence !== "").join(" ");
}

function card(item: DigestItemView, view: DigestView, subject: string): object {
  const urgent = isPressing(item);
  const name = harmless(item.requester.name).trim();
  const said = item.clientWords
    .split("\n")
    .map((line) => harmless(line).trim())
    .filter((line) => line !== "");
  return {
    number: item.number,
    ticketNumber: item.ticketNumber,
    priority: item.priority,
    urgent,
    typeLabel: item.typeLabel,
    client: harmless(item.clientName ?? "no known client") + (item.vip ? " (VIP)" : ""),
    from: `from ${name === "" ? "" : `${name} `}<${harmless(item.requester.address)}>`,
    headline: harmless(item.headline),
    warnings: [
      ...(item.highRisk ? [{ text: harmless(item.highRisk.needs), tone: TONES.harm }] : []),
      ...limits(item).map((text) => ({ text, tone: TONES.warn })),
      ...item.risks.map((risk) => ({ text: harmless(risk), tone: TONES.warn })),
    ],
    said,
    saidHtml: textAsHtml(said.join("\n")),
    earlier: item.earlier.map(({ who, when, words }) => ({
      who: harmless(who),
      when: when === "" ? "" : `, ${harmless(when)}`,
      words: words === "" ? "" : `: ${harmless(words)}`,
    })),
    facts: facts(item),
    draft: item.draft === null ? null : draft(item, item.draft),
    ...buttons(item, view, subject),
    ways: ways(item),
  };
}

function facts(item: DigestItemView): readonly Fact[] {
  const rows: (Fact | false)[] = [
    item.answerDue !== null &&
      fact(
        "First answer",
        [plain(item.answerDue.words)],
        item.answerDue.state === "on-track" ? TONES.ink : TONES.warn,
      ),
    item.looksLike !== null && fact("Looks like", guess(item.looksLike)),
    item.goesTo !== null && fact("Goes to", guess(item.goesTo)),
    item.doneAlone.length > 0 && doneAloneFact(item.doneAlone.map(doneAloneParts)),
    item.whatWeKnow.length > 0 &&
      factLines(
        "What we know",
        item.whatWeKnow.map(({ parts, evidence }) => [
          ...parts.map(({ text, url }) => linked(text, url)),
          ...(evidence === "" ? [] : [soft(` · ${evidence}`)]),
        ]),
      ),
    item.missing.length > 0 &&
      fact("Missing", [
        plain(item.missing.join(item.missing.some((need) => need.includes(",")) ? "; " : ", ")),
        ...(item.draft === null ? [] : [soft(": the draft asks for it")]),
      ]),
    item.alsoDoes.length > 0 && fact("Approve also", [plain(item.alsoDoes.join(" "))]),
  ];
  return [...rows.filter((row) => row !== false), ...(item.draft === null ? [] : sendsTo(item.draft))];
}

function sendsTo(draft: DraftView): readonly Fact[] {
  const copy = draft.cc.length === 0 ? "nobody in copy" : `copy to ${people(draft.cc)}`;
  const dropped = draft.dropped.map(({ address, reason }) => plain(`${address} (${reason})`));
  return [
    fact("Sends to", [plain(`${people(draft.to)}, ${copy}`)]),
    ...(dropped.length > 0 ? [fact("Left out", between(dropped, ", "), TONES.warn)] : []),
    fact("Subject", [plain(draft.subject)]),
  ];
}

/** `VPN client, sure 97 % · you closed 14 like it` */
function guess({ label, confidence, reason }: GuessView): readonly FactPart[] {
  return [plain(label), soft(", "), soft(sure(confidence)), soft(reason === "" ? "" : ` · ${reason}`)];
}

interface DoneAloneWords {
  readonly act: string;
  readonly reason: string;
  readonly undo: string | null;
  readonly said: string;
}

function doneAlone({ act, reason, undo, said }: DigestView["doneAlone"][number]): DoneAloneWords {
  // The reason is a sentence, and more follows it on the line.
  return {
    act: harmless(act),
    reason: harmless(reason).replace(/\.$/, ""),
    undo: undo === null ? null : `undo ${undo}`,
    said: harmless(said),
  };
}

/** Each on a line of its own: behind one's number the next would read as part of it. */
function doneAloneFact(acts: readonly (readonly FactPart[])[]): Fact {
  const [only = [], ...more] = acts;
  return more.length === 0 ? fact("Done alone", only) : factLines("Done alone", acts);
}

function doneAloneParts(done: DigestView["doneAlone"][number]): readonly FactPart[] {
  const { act, reason, undo, said } = doneAlone(done);
  return [
    plain(act),
    soft(` · ${reason}`),
    ...(said === "" ? [] : [soft(` · “${said}”`)]),
    ...(undo === null ? [] : [soft(" · "), plain(undo)]),
  ];
}

function draft(
  { number, highRisk }: DigestItemView,
  { text, unsourced, sources, openQuestions, saysSo }: DraftView,
): object {
  const lines = text.replaceAll(/\r\n?/g, "\n").trim();
  if (lines.split("\n").some((line) => imitatesMarker(line))) {
    throw new PermanentError(`draft ${number} holds a marker line: it cannot be shown for editing`);
  }
  const byMail = highRisk?.byMail ?? "anything";
  return {
    // Where no edit can go out, none is asked for; the markers stay, so that one made all the same is seen and refused.
    ...(byMail === "nothing"
      ? { start: null, end: null, label: "Drafted, and not sent by mail:" }
      : {
          start: byMail === "anything" ? draftMarker(number) : unedited(number),
          end: endMarker(number),
          label: null,
        }),
    text: lines,
    html: textAsHtml(lines),
    unsourced: unsourced.map(
      (sentence) => `“${harmless(sentence)}” has no source. Keep it only if you are sure.`,
    ),
    open: openQuestions.map(
      (question) =>
        `They ask: “${harmless(question)}” ${saysSo ? "The draft says that a technician will answer." : "The draft does not answer it."}`,
    ),
    // Not "From …": quoted as ">From " that is the escape of mbox files, and no quote.
    sources: sources.length === 0 ? "" : `Rests on ${sources.map((source) => harmless(source)).join(", ")}.`,
  };
}

/** The apostrophe too: some mail programs end a link there. */
const percent = (text: string): string => encodeURIComponent(text.toWellFormed()).replaceAll("'", "%27");

interface Button {
  readonly label: string;
  readonly href: string;
}

/** Both open a mail to send; neither acts by being opened, since scanners open every link. */
function buttons(
  item: DigestItemView,
  view: DigestView,
  subject: string,
): { readonly approve: Button | null; readonly edit: Button | null } {
  const byMail = item.highRisk?.byMail ?? "anything";
  const mailto = (body: string): string =>
    `mailto:${view.replyTo}?subject=${percent(`Re: ${subject}`)}&body=${percent(body)}`;
  const approve = { label: "Approve", href: mailto(`approve ${item.number}`) };
  if (item.draft === null || byMail !== "anything") {
    return { approve: byMail === "nothing" ? null : approve, edit: null };
  }
  // RFC 6068 §5: line breaks in a body are CRLF.
  const body = [draftMarker(item.number), item.draft.text.trim(), endMarker(item.number)].join("\n");
  const href = mailto(body.replaceAll(/\r\n?|\n/g, "\r\n"));
  return { approve, edit: href.length > MAX_MAILTO ? null : { label: "Edit", href } };
}

/** What cannot be released here; it stands above the draft, since below it somebody has edited already. */
function limits({ number, highRisk }: DigestItemView): readonly string[] {
  if (highRisk?.byMail === "unedited")
    return [
      `Only this text can go out, as it stands: “approve ${number}” sends it, “reject ${number}: why” does not. Tell the client anything else on the phone.`,
    ];
  if (highRisk?.byMail === "nothing")
    return [
      `No reply to this one goes out from here. Call the client on the number you hold, then “close ${number}” or “reject ${number}: why”.`,
    ];
  return [];
}

/** What else can be done with this item, in small print. */
function ways(item: DigestItemView): readonly object[] {
  const { highRisk } = item;
  const byNumber =
    highRisk?.byMail === "anything"
      ? [
          {
            command: null,
            does: "It goes out only when you name it by its number; “approve all” leaves it.",
            url: null,
          },
        ]
      : [];
  return [
    ...byNumber,
    ...item.snippets.map(({ command, does }) => ({
      command: harmless(command),
      does: harmless(does),
      url: null,
    })),
  ];
}

/** The words to reply with, for the numbers at hand. */
function commandWords({
  items,
  colleague,
  doneAlone: acts,
}: DigestView): readonly { readonly word: boolean; readonly text: string }[] {
  const open = items.filter((item) => item.highRisk?.byMail !== "nothing");
  const [first] = open.length > 0 ? open : items;
  if (!first) {
    const undo = acts.find((act) => act.undo !== null)?.undo ?? null;
    return [...(undo === null ? [] : [`undo ${undo}`]), "help"].map((text) => ({ word: true, text }));
  }
  const easy = open.filter((item) => item.highRisk === null).map((item) => item.number);
  const approve = (easy.length > 0 ? easy : open.map((item) => item.number)).join(" ");
  return [
    ...(approve === "" ? [] : [{ word: true, text: `approve ${approve}` }]),
    ...(easy.length > 0 ? [{ word: false, text: "an edited draft" }] : []),
    { word: true, text: `reject ${first.number}: why` },
    ...(colleague === "" ? [] : [{ word: true, text: `reroute ${first.number} to ${harmless(colleague)}` }]),
    { word: true, text: "help" },
  ];
}

function footer(view: DigestView): readonly string[] {
  const leaves =
    view.hold === null
      ? "What you approve leaves at once."
      : `What you approve leaves after ${view.hold}; until then, “stop” calls it back.`;
  return [
    ...(view.items.length === 0 ? [] : [leaves]),
    ...(view.insight === null ? [] : [harmless(view.insight)]),
    `This mail is for you alone: a reply counts only from ${view.technician.address}, until ${view.expiresAt}.`,
    harmless(view.deskName) + (view.headHash === null ? "" : ` · ${view.headHash}`),
  ];
}
