import { desk as deskActor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { DigestItemView } from "../../review/digest-view.ts";
import { durationInWords } from "../../review/digest-view.ts";
import { renderDigest, splitDigest } from "../../review/digest.ts";
import { deriveToken, digestReference, reviewAddress, tokenHash } from "../../review/token.ts";
import { actsToShow, markShown } from "../../store/acts.ts";
import type { Db } from "../../store/database.ts";
import { digestsSince, insertDigest, type NewDigest } from "../../store/digests.ts";
import {
  askAgain,
  claimForDigest,
  reviewById,
  reviewsToAsk,
  type ReviewRecord,
} from "../../store/reviews.ts";
import type { InsideMail } from "../../store/outbox.ts";
import { ticketsByIds, type TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory, MailingDesk } from "../desk.ts";
import { doneAlone, itemView, numbered, type ItemSource } from "./digest-item.ts";
import { digestSources } from "./digest-sources.ts";
import { queueToSend, sendQueued } from "./inside-mail.ts";
import { insightNote, noteworthyInsight } from "../learning/digest-note.ts";
import type { DraftInsight } from "../learning/insights.ts";
import { shownActs, type ShownAct } from "./shown-acts.ts";
import { transact, type Unit } from "../unit.ts";
import { clockTime, firstName } from "../words.ts";

type Digesting = MailingDesk & Pick<Desk, "key" | "learner">;

/** A digest has room for so many items; what is left goes into the next one, at once. */
const MAX_ITEMS = 50;
/** Urgent reviews go alone, but a flood of them must not bury a technician: beyond so many they are gathered. */
const ALONE_AT_MOST = 20;
const ALONE_WITHIN_MS = 10 * 60_000;
const GATHERED_EVERY_MS = 60_000;

/**
 * Mail a technician what waits for their word: one urgent review alone, or all that gathered. Nothing waits, nothing is
 * sent. Reviews that another worker took meanwhile are left to it.
 */
export async function sendDigest(
  desk: Digesting,
  technicianId: number,
  urgentReviewId: number | null,
): Promise<void> {
  const directory = await desk.directory.current();
  // `thaw` asks for it again.
  if (directory.frozen) return;
  const db = desk.database.reader;
  const urgent = urgentReviewId === null ? null : await onlyThis(db, urgentReviewId);
  // Handed over since this job was queued: whoever has it now is asked, in whose name the draft is.
  const asked = urgent?.[0]?.technicianId ?? technicianId;
  const technician = directory.technicians.find((one) => one.id === asked);
  if (technician === undefined || !technician.active) return;
  if (urgent !== null && urgent.length > 0 && (await gatherInstead(desk, technician.id))) return;
  const reviews = urgent ?? (await reviewsToAsk(db, asked, MAX_ITEMS));
  // What was done alone waits for the next gathered digest, except on the ticket that is asked about.
  const clock = { now: desk.clock(), timeZone: desk.settings.timeZone };
  const acts = await shownActs(db, await actsToShow(db, asked, MAX_ITEMS), clock);
  const shown =
    urgentReviewId === null
      ? acts
      : acts.filter((act) => reviews.some((review) => review.ticketId === act.ticketId));
  if (reviews.length === 0 && shown.length === 0) return;
  const sources = await digestSources(desk, directory, reviews, shown);
  const groups = reviews.length === 0 ? [[]] : group(sources, directory);
  const insight = await noteworthyInsight(desk);
  const loose = shown.filter((act) => !reviews.some((review) => review.ticketId === act.ticketId));
  for (const [index, some] of groups.entries()) {
    const queued = await transact(desk, "digest", (unit) =>
      writeDigest(desk, unit, directory, technician, some, index === 0 ? loose : [], insight),
    );
    if (queued === null) continue;
    desk.log.info({ technician: technician.email, items: some.length }, "digest sent");
    await sendQueued(desk, queued);
  }
  // There may be more: requests with this one's key were folded into it while it waited.
  if (urgentReviewId === null && reviews.length === MAX_ITEMS) {
    await desk.queue.add(desk.database.db, [
      { kind: "send-digest", payload: { technicianId }, key: `technician-${technicianId}` },
    ]);
  }
}

/** Whether this technician had so many digests lately that the urgent ones now come together, once a minute. */
async function gatherInstead(desk: Digesting, technicianId: number): Promise<boolean> {
  // "0s" asks for each review at once, whatever comes.
  if (desk.settings.review.digestEveryMs === 0) return false;
  const now = desk.clock().getTime();
  const since = new Date(now - ALONE_WITHIN_MS).toISOString();
  if ((await digestsSince(desk.database.reader, technicianId, since)) < ALONE_AT_MOST) return false;
  const every = Math.min(GATHERED_EVERY_MS, desk.settings.review.digestEveryMs);
  const runAt = new Date(Math.ceil((now + 1) / every) * every).toISOString();
  await desk.queue.add(desk.database.db, [
    { kind: "send-digest", payload: { technicianId }, runAt, key: `technician-${technicianId}-urgent` },
  ]);
  return true;
}

async function onlyThis(db: Db, reviewId: number): Promise<readonly ReviewRecord[]> {
  const review = await reviewById(db, reviewId);
  return review !== null && review.status === "open" && review.digestId === null ? [review] : [];
}

/** What an item is made of, and its card. */
interface Card {
  readonly source: ItemSource;
  readonly view: DigestItemView;
}

/** Mails of less than 90 KB each, in order of urgency. */
function group(sources: readonly ItemSource[], directory: Directory): readonly (readonly Card[])[] {
  const cards = sources
    .map((source) => ({ source, view: itemView(source, directory.technicians) }))
    .toSorted((a, b) => a.view.priority.localeCompare(b.view.priority));
  let start = 0;
  return splitDigest(cards.map(({ view }) => view)).map((part) => cards.slice(start, (start += part.length)));
}

async function writeDigest(
  desk: Digesting,
  unit: Unit,
  directory: Directory,
  technician: Technician,
  gathered: readonly Card[],
  loose: readonly ShownAct[],
  insight: DraftInsight | null,
): Promise<InsideMail | null> {
  const { settings } = desk;
  const id = desk.random(16).toString("hex");
  const taken = await take(unit, gathered, technician, id);
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
    doneAlone: looseItems.flatMap((item) =>
      item.acts.map((act) => ({
        ...doneAlone(act, item.number, directory.technicians),
        act: `#${item.ticketNumber}: ${doneAlone(act, item.number, directory.technicians).act}`,
      })),
    ),
    insight: await insightNote(unit, insight, technician),
    headHash: headLine(directory.auditHead),
  });
  const queued = await queueToSend(desk, unit, {
    kind: "digest",
    technician,
    mail,
    ticketId: sources.length === 1 ? (sources[0]?.ticket.id ?? null) : null,
    replyTo,
  });
  const items: NewDigest["items"] = [
    ...sources.map(({ review, ticket, draft, acts }, index) => ({
      number: index + 1,
      reviewId: review.id,
      ticketId: ticket.id,
      draftId: draft?.id ?? null,
      draftRevision: draft?.revision ?? null,
      canonicalSha256: draft?.canonicalSha256 ?? null,
      actId: acts[0]?.id ?? null,
    })),
    ...looseItems.map((item) => ({
      number: item.number,
      reviewId: null,
      ticketId: item.ticketId,
      draftId: null,
      draftRevision: null,
      canonicalSha256: null,
      actId: item.acts[0]?.id ?? null,
    })),
  ];
  await insertDigest(
    unit.db,
    {
      id,
      tokenSha256: tokenHash(token),
      technicianId: technician.id,
      outboxId: queued.id,
      expiresAt: expiresAt.toISOString(),
      items,
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

function urgentSentence(views: readonly DigestItemView[]): string | null {
  const urgent = views.filter((view) => view.priority === "P1" || view.priority === "P2");
  const [first] = urgent;
  if (first === undefined) return null;
  return urgent.length === 1
    ? `One is urgent: #${first.ticketNumber} is ${first.priority}.`
    : `${urgent.length} are urgent.`;
}

const headLine = (hash: string): string | null =>
  hash === "" ? null : `audit log so far: ${hash.slice(0, 16)}`;
