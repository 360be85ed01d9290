import { contentRoots } from "../../assistant/local/knowledge.ts";
import { sentencesOf } from "../../assistant/local/letter.ts";
import { clientPart } from "../../assistant/local/reply-article.ts";
import type { Client, Device } from "../../desk/ticket.ts";
import type { ArticleHit, RelatedTicket, Triage } from "../../desk/triage.ts";
import type { KnownLineView } from "../../review/digest-view.ts";
import { shortened } from "../../review/presentation.ts";
import type { ClientTicket } from "../../store/client-tickets.ts";
import type { MessageRecord } from "../../store/messages.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { KnownFacts } from "./known-facts.ts";
import { clockTime } from "../words.ts";

export interface ToTell {
  readonly ticket: TicketRecord;
  readonly client: Client | null;
  readonly message: MessageRecord | null;
  readonly known: KnownFacts;
  readonly clock: { readonly now: Date; readonly timeZone: string };
  /** The console as others reach it; "" where there is none to point to. */
  readonly consoleUrl: string;
}

/** More than this is a page to read, not a card to decide from. */
const MOST_LINES = 6;
const MOST_SUBJECT = 60;
const MOST_EVIDENCE = 150;

/**
 * The research that a technician would do before answering, a line each with what it rests on: the mail's attachments and signature, who the client
 * is, the same elsewhere, like tickets, devices, articles, other open work. The least telling lines go first where there are too many.
 */
export function whatWeKnow(input: ToTell): readonly KnownLineView[] {
  const triage = input.message?.triage ?? null;
  const related = (triage?.related ?? []).slice(0, 2);
  const articles = (triage?.articles ?? []).slice(0, 2);
  const lines: (Line | null)[] = [
    attached(input.message),
    smime(input.message),
    record(input),
    elsewhere(input, triage),
    ...related.map((one, index) => relatedLine(input, one, index)),
    devices(input),
    ...articles.map((one, index) => articleLine(input, one, index)),
    openTickets(input, triage),
  ];
  const told = lines.filter((line) => line !== null);
  const kept = new Set(told.toSorted((a, b) => a.rank - b.rank).slice(0, MOST_LINES));
  return told.filter((line) => kept.has(line)).map(({ parts, evidence }) => ({ parts, evidence }));
}

/** A smaller rank stays longer. */
type Line = KnownLineView & { readonly rank: number };

const plain = (text: string): KnownLineView["parts"][number] => ({ text, url: null });

/** RFC 8551 §3: the signature beside the mail, or around it; the second is also the form of an encrypted mail. */
const SMIME = /^application\/(?:x-)?pkcs7-(?:signature|mime)$/i;

/** A name or a greeting, and no more: then a picture in the text is the mail, not a logo below a signature. */
const NEXT_TO_NO_WORDS = 4;

/** What the client attached, by name: a screenshot is often the whole report. Pictures of a signature are inline. */
function attached(message: MessageRecord | null): Line | null {
  const words = (message?.newText ?? "").split(/\s+/).filter((word) => word !== "");
  const names = (message?.attachments ?? [])
    .filter((attachment) => !attachment.inline || words.length < NEXT_TO_NO_WORDS)
    .filter((attachment) => !SMIME.test(attachment.contentType))
    .map(({ filename, contentType }) => filename || (KINDS[contentType.toLowerCase()] ?? contentType));
  if (names.length === 0) return null;
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return { rank: 2, parts: [plain(`Attached: ${names.slice(0, 3).join(", ")}${more}`)], evidence: "" };
}

/** What often comes without a name. */
const KINDS: Readonly<Record<string, string>> = {
  "text/calendar": "an invitation to the calendar",
  "message/rfc822": "another mail",
};

/** Nobody's certificate is checked: who takes the signature in a mail program for proof should not take it for ours. */
function smime(message: MessageRecord | null): Line | null {
  if (message === null || !message.attachments.some(({ contentType }) => SMIME.test(contentType)))
    return null;
  const says =
    (message.newText ?? "").trim() === ""
      ? "Closed with S/MIME: the desk can read nothing in it"
      : "Signed with S/MIME; the desk did not check the signature";
  return { rank: 2, parts: [plain(says)], evidence: "" };
}

/** Only what asks for care or was noted: that a client is VIP stands in the head of the card. */
function record({ client, known: { contact } }: ToTell): Line | null {
  const says = [
    ...(client?.regulated === true ? ["Regulated client"] : []),
    ...(contact?.vip === true ? [`${contact.name} is VIP`] : []),
  ].join(", ");
  const notes = [
    ...(client !== null && client.notes !== "" ? [`${client.name}: ${oneLine(client.notes)}`] : []),
    ...(contact !== null && contact.notes !== "" ? [`${contact.name}: ${oneLine(contact.notes)}`] : []),
  ].map((note) => shortened(note, MOST_EVIDENCE));
  if (says === "" && notes.length === 0) return null;
  const [first = "", ...rest] = says === "" ? notes : [says, ...notes];
  return { rank: 1, parts: [plain(first)], evidence: rest.join(" · ") };
}

const oneLine = (text: string): string => text.split(/\s+/).join(" ").trim();

/** A number and a time, never a name: what other clients write is theirs. */
function elsewhere({ clock }: ToTell, triage: Triage | null): Line | null {
  const same = triage?.sameElsewhere ?? null;
  if (same === null || same.count === 0) return null;
  const since = clockTime(new Date(same.since), clock.now, clock.timeZone);
  const who = same.count === 1 ? "1 other client reports" : `${same.count} other clients report`;
  return { rank: 0, parts: [plain(`${who} the like since ${since}`)], evidence: "" };
}

function relatedLine(input: ToTell, found: RelatedTicket, index: number): Line {
  const ticket = input.known.tickets.find((one) => one.id === found.ticketId);
  const words = ticket === undefined ? [] : sharedWords(input, ticket);
  const evidence = [
    ticket === undefined ? "" : stateOf(ticket, input),
    words.length === 0 ? "" : `both say ${words.map((word) => `“${word}”`).join(", ")}`,
  ];
  return {
    rank: 3 + index,
    parts: [
      plain(found.relation === "duplicate" ? "Same as " : "Like "),
      ticketLink(input, found.number, found.subject),
    ],
    evidence: evidence.filter((one) => one !== "").join(" · "),
  };
}

function ticketLink(
  { consoleUrl }: Pick<ToTell, "consoleUrl">,
  number: number,
  subject: string,
): KnownLineView["parts"][number] {
  return {
    text: `#${number} ${shortened(subject, MOST_SUBJECT)}`,
    url: consoleUrl === "" ? null : `${consoleUrl}/tickets/${number}`,
  };
}

/** `open since 09:05`, `closed Monday 16:20`. */
function stateOf(ticket: ClientTicket, { clock }: Pick<ToTell, "clock">): string {
  const at = (time: string): string => clockTime(new Date(time), clock.now, clock.timeZone);
  if (ticket.status === "closed" || ticket.status === "resolved")
    return `${ticket.status} ${at(ticket.closedAt ?? ticket.createdAt)}`;
  return `${ticket.status === "pending" ? "waits for the client" : "open"} since ${at(ticket.createdAt)}`;
}

/** At most three words that the mail and the other ticket have in common, in the mail's order. */
function sharedWords({ ticket, message }: ToTell, other: ClientTicket): readonly string[] {
  const theirs = contentRoots(other.words);
  const shared: string[] = [];
  const said = `${ticket.subject} ${message?.newText ?? ""}`.slice(0, 2000);
  for (const [word] of said.matchAll(/[\p{L}\p{N}][\p{L}\p{N}'’-]{2,30}/gu)) {
    const [root] = contentRoots(word);
    if (root === undefined || !theirs.has(root) || shared.some((one) => contentRoots(one).has(root)))
      continue;
    shared.push(word.toLowerCase());
    if (shared.length === 3) break;
  }
  return shared;
}

function devices({ ticket, known }: ToTell): Line | null {
  if (known.devices.length === 0) return null;
  const shown = known.devices.slice(0, 2).map((device) => deviceWords(device, ticket, known));
  const more = known.devices.length > 2 ? ` and ${known.devices.length - 2} more` : "";
  const notes = known.devices.slice(0, 2).map((device) => device.notes);
  return {
    rank: 5,
    parts: [plain(shown.join("; ") + more)],
    evidence: shortened(notes.filter((note) => note !== "").join(" · "), MOST_EVIDENCE),
  };
}

/** `LT-0042, Ana’s laptop, Windows 11`, `DR-214, printer, named in the mail`. */
function deviceWords(device: Device, { contactId }: TicketRecord, { contact }: KnownFacts): string {
  const own = device.contactId !== null && device.contactId === contactId;
  const kind = device.type === "" ? "device" : device.type;
  return [
    device.name,
    own && contact !== null ? `${contact.name}’s ${kind}` : kind,
    device.os,
    own ? "" : "named in the mail",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function articleLine({ ticket, message }: ToTell, article: ArticleHit, index: number): Line {
  const url = /^https?:\/\//.test(article.source) ? article.source : null;
  const asked = `${ticket.subject} ${message?.newText ?? ""}`;
  return {
    rank: index === 0 ? 4 : 8,
    parts: [{ text: `Article “${shortened(article.title, MOST_SUBJECT)}”`, url }],
    evidence: shortened(
      `${article.byMeaningAlone === true ? "Found by its meaning. " : ""}${answeringSentence(article.excerpt, asked)}`,
      MOST_EVIDENCE,
    ),
  };
}

/** What the article says to technicians, else the sentence that shares most words with the mail, the earlier of two. */
export function answeringSentence(excerpt: string, asked: string): string {
  const forClients = clientPart(excerpt);
  const rest = excerpt.split("\n").filter((line) => !forClients.includes(line.trim()));
  const inside = oneLine(rest.join(" ")).replace(/^[^:]{0,40}:\s*/, "");
  if (inside !== "") return inside;
  const roots = contentRoots(asked);
  let [best, most] = ["", -1];
  for (const sentence of sentencesOf(forClients).slice(0, 60)) {
    const bare = sentence.replace(/^(?:\d{1,2}[.)]|#+)\s+/, "");
    const shared = [...contentRoots(bare)].filter((root) => roots.has(root)).length;
    if (shared > most) [best, most] = [bare, shared];
  }
  return best;
}

const OPEN: ReadonlySet<string> = new Set(["new", "open", "pending"]);

/** Other open work of this client, the requester's own first; what is named as like this one is left out. */
function openTickets(input: ToTell, triage: Triage | null): Line | null {
  const { ticket, client, known } = input;
  const named = new Set((triage?.related ?? []).slice(0, 2).map((one) => one.ticketId));
  const open = known.tickets.filter((one) => OPEN.has(one.status) && !named.has(one.id));
  if (open.length === 0 || client === null) return null;
  // Both were normalised when they were stored; only providers' habit with case is left.
  const requester = ticket.requesterAddress.toLowerCase();
  const own = new Set(open.filter((one) => one.requesterAddress.toLowerCase() === requester));
  const ordered = open.toSorted((a, b) => Number(own.has(b)) - Number(own.has(a)) || b.id - a.id);
  const shown = ordered.slice(0, 2);
  const more = ordered.length - shown.length;
  return {
    rank: 6,
    parts: [
      plain("Also open: "),
      ...shown.flatMap((one, index) => [
        ...(index === 0 ? [] : [plain(", ")]),
        ticketLink(input, one.number, shortened(one.subject, 40)),
        plain(` (${stateOf(one, input).replace(/^open /, "")})`),
      ]),
      ...(more === 0 ? [] : [plain(` and ${more} more`)]),
    ],
    evidence: "",
  };
}
