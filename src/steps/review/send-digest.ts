import { splitDigest } from "../../review/digest.ts";
import { actsToShow } from "../../store/acts.ts";
import type { Db } from "../../store/database.ts";
import { digestsSince } from "../../store/digests.ts";
import { reviewById, reviewsToAsk, type ReviewRecord } from "../../store/reviews.ts";
import type { Desk, Directory, MailingDesk } from "../desk.ts";
import { noteworthyInsight } from "../learning/digest-note.ts";
import { transact } from "../unit.ts";
import { itemView, type ItemSource } from "./digest-item.ts";
import { digestSources } from "./digest-sources.ts";
import { sendQueued } from "./inside-mail.ts";
import { shownActs } from "./shown-acts.ts";
import { writeDigest, type Card } from "./write-digest.ts";

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
  for (const [index, cards] of groups.entries()) {
    const queued = await transact(desk, "digest", (unit) =>
      writeDigest(desk, unit, directory, { technician, cards, loose: index === 0 ? loose : [], insight }),
    );
    if (queued === null) continue;
    desk.log.info({ technician: technician.email, items: cards.length }, "digest written");
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

/** Mails of less than 90 KB each, in order of urgency. */
function group(sources: readonly ItemSource[], directory: Directory): readonly (readonly Card[])[] {
  const cards = sources
    .map((source) => ({ source, view: itemView(source, directory.technicians) }))
    .toSorted((a, b) => a.view.priority.localeCompare(b.view.priority));
  let start = 0;
  return splitDigest(cards.map(({ view }) => view)).map((part) => cards.slice(start, (start += part.length)));
}
