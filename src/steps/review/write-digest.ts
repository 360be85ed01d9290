import { desk as deskActor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { DigestItemView } from "../../review/digest-view.ts";
import { durationInWords, isPressing } from "../../review/digest-view.ts";
import { renderDigest } from "../../review/digest.ts";
import { deriveToken, digestReference, reviewAddress, tokenHash } from "../../review/token.ts";
import { markShown } from "../../store/acts.ts";
import { insertDigest, type NewDigest } from "../../store/digests.ts";
import { askAgain, claimForDigest } from "../../store/reviews.ts";
import type { InsideMail } from "../../store/outbox.ts";
import { ticketsByIds, type TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory, MailingDesk } from "../desk.ts";
import { insightNote } from "../learning/digest-note.ts";
import type { DraftInsight } from "../learning/insights.ts";
import type { Unit } from "../unit.ts";
import { clockTime, firstName } from "../words.ts";
import { doneAlone, numbered, type ItemSource } from "./digest-item.ts";
import { queueToSend } from "./inside-mail.ts";
import type { ShownAct } from "./shown-acts.ts";

/** What an item is made of, and its card. */
export interface Card {
  readonly source: ItemSource;
  readonly view: DigestItemView;
}

interface ToWrite {
  readonly technician: Technician;
  readonly cards: readonly Card[];
  /** Acts on tickets that no card is about. */
  readonly loose: readonly ShownAct[];
  readonly insight: DraftInsight | null;
}

/**
 * One digest, with its token, its items and its mail in the outbox, in the caller's transaction. `null` where another worker took
 * all that it was to ask.
 */
export async function writeDigest(
  desk: MailingDesk & Pick<Desk, "key">,
  unit: Unit,
  directory: Directory,
  input: ToWrite,
): Promise<InsideMail | null> {
  const { settings } = desk;
  const { technician, loose } = input;
  const id = desk.random(16).toString("hex");
  const taken = await take(unit, input.cards, technician, id);
  const sources = taken.map(({ source }) => source);
  if (sources.length === 0 && loose.length === 0) return null;

  const token = deriveToken(desk.key, id);
  const replyTo = reviewAddress(settings.reviewAddress, token);
  const expiresAt = new Date(unit.at.getTime() + settings.review.expiresMs);
  const views = taken.map(({ view }, index) => numbered(view, index + 1));
  const looseItems = looseActs(
    loose,
    sources.length,
    await ticketsByIds(
      unit.db,
      loose.map((act) => act.ticketId),
    ),
  );
  const mail = renderDigest(directory.templates, {
    deskName: settings.name,
    technician: { firstName: firstName(technician.name), address: technician.email },
    urgent: urgentSentence(views),
    reference: digestReference(desk.key, id),
    replyTo,
    expiresAt: clockTime(expiresAt, unit.at, settings.timeZone),
    hold: durationInWords(settings.review.holdMs),
    items: views,
    colleague: colleagueOf(technician, directory.technicians),
    doneAlone: looseItems.flatMap((item) => linesOf(item, directory.technicians)),
    insight: await insightNote(unit, input.insight, technician),
    headHash: headLine(directory.auditHead),
  });
  const queued = await queueToSend(desk, unit, {
    kind: "digest",
    technician,
    mail,
    ticketId: sources.length === 1 ? (sources[0]?.ticket.id ?? null) : null,
    replyTo,
  });
  await insertDigest(
    unit.db,
    {
      id,
      tokenSha256: tokenHash(token),
      technicianId: technician.id,
      outboxId: queued.id,
      expiresAt: expiresAt.toISOString(),
      items: itemsOf(sources, looseItems),
    },
    unit.now,
  );
  await markShown(
    unit.db,
    [...sources.flatMap((source) => source.acts), ...loose].map((act) => act.id),
    id,
  );
  for (const { review, ticket, draft } of sources) {
    unit.record({
      stream: `ticket:${ticket.id}`,
      actor: deskActor("review"),
      kind: "review.sent",
      sentence: `${technician.name} was asked by mail${draft === null ? "" : ` about draft ${draft.revision}`}.`,
      evidence: { reviewId: review.id, digestId: id, technicianId: technician.id },
    });
  }
  return queued;
}

/** The reviews that this digest may ask: free still, and about what was read. One that changed waits for its new request. */
async function take(
  unit: Unit,
  gathered: readonly Card[],
  technician: Technician,
  digestId: string,
): Promise<readonly Card[]> {
  const taken = await claimForDigest(
    unit.db,
    gathered.map(({ source }) => source.review.id),
    digestId,
  );
  const asRead = ({ source: { review } }: Card): boolean => {
    const now = taken.get(review.id);
    return now !== undefined && now.draftId === review.draftId && now.technicianId === technician.id;
  };
  for (const card of gathered) {
    const { id } = card.source.review;
    if (taken.has(id) && !asRead(card)) await askAgain(unit.db, id, null);
  }
  return gathered.filter(asRead);
}

/** What the digest's numbers stand for: the reviews as they were shown, then acts on other tickets. */
function itemsOf(sources: readonly ItemSource[], loose: readonly LooseItem[]): NewDigest["items"] {
  return [
    ...sources.map(({ review, ticket, draft, acts }, index) => ({
      number: index + 1,
      reviewId: review.id,
      ticketId: ticket.id,
      draftId: draft?.id ?? null,
      draftRevision: draft?.revision ?? null,
      canonicalSha256: draft?.canonicalSha256 ?? null,
      actId: acts[0]?.id ?? null,
    })),
    ...loose.map((item) => ({
      number: item.number,
      reviewId: null,
      ticketId: item.ticketId,
      draftId: null,
      draftRevision: null,
      canonicalSha256: null,
      actId: item.acts[0]?.id ?? null,
    })),
  ];
}

interface LooseItem {
  readonly number: number;
  readonly ticketId: number;
  readonly ticketNumber: number;
  readonly acts: readonly ShownAct[];
}

/** Acts on tickets that no item is about: one number a ticket, after the items'. */
function looseActs(
  acts: readonly ShownAct[],
  after: number,
  tickets: ReadonlyMap<number, TicketRecord>,
): readonly LooseItem[] {
  const ids = [...new Set(acts.map((act) => act.ticketId))];
  return ids.map((ticketId, index) => ({
    number: after + index + 1,
    ticketId,
    ticketNumber: tickets.get(ticketId)?.number ?? 0,
    acts: acts.filter((act) => act.ticketId === ticketId),
  }));
}

/** Each says on which ticket, since no card does. */
function linesOf(item: LooseItem, technicians: readonly Technician[]): ReturnType<typeof doneAlone>[] {
  return item.acts.map((act) => {
    const line = doneAlone(act, item.number, technicians);
    return { ...line, act: `#${item.ticketNumber}: ${line.act}` };
  });
}

/** By the first name where nobody else has it, since that is what people type. */
function colleagueOf(own: Technician, technicians: readonly Technician[]): string {
  const others = technicians.filter((one) => one.id !== own.id && one.active);
  const [colleague] = others;
  if (colleague === undefined) return "";
  const first = firstName(colleague.name);
  return technicians.filter((one) => firstName(one.name) === first).length === 1 ? first : colleague.name;
}

/** What presses, in a sentence: the one item with its promise, or how many. */
function urgentSentence(views: readonly DigestItemView[]): string | null {
  const urgent = views.filter(isPressing);
  const [first] = urgent;
  if (first === undefined) return null;
  if (urgent.length > 1) return `${urgent.length} are urgent.`;
  const { ticketNumber, priority, answerDue } = first;
  const due =
    answerDue === null
      ? ""
      : `, its first answer ${answerDue.state === "missed" ? "" : "is "}${answerDue.words}`;
  return `One is urgent: #${ticketNumber} is ${priority}${due}.`;
}

const headLine = (hash: string): string | null =>
  hash === "" ? null : `audit log so far: ${hash.slice(0, 16)}`;
