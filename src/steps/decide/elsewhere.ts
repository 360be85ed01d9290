import { desk as deskActor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { Refusal } from "../../review/gate.ts";
import { renderAdminAlert, renderElsewhere, renderPlainReviewAddress } from "../../review/notices.ts";
import { revokeDigest, type DigestRecord } from "../../store/digests.ts";
import { askAgain, reviewsByIds, type ReviewRecord } from "../../store/reviews.ts";
import { lockTicket, ticketsByIds } from "../../store/tickets.ts";
import { moveReview } from "../../store/transition.ts";
import { takeWarning, warnedSince } from "../../store/warnings.ts";
import type { Directory } from "../desk.ts";
import { isStaff } from "../filing/file-facts.ts";
import { queueInside } from "../review/inside-mail.ts";
import { handOver } from "../review/hand-over.ts";
import { nextReviewer } from "../review/next-reviewer.ts";
import { askForDigest } from "../review/request-review.ts";
import type { Unit } from "../unit.ts";
import { clockTime, firstName } from "../words.ts";
import type { DecidingDesk, Reply } from "./reply.ts";

/** However many replies are forged, a technician and the admins hear of them at most this often; the others are counted. */
const EVERY_MS = 60 * 60 * 1000;
const DAY_MS = 24 * EVERY_MS;
/** So many digests of one technician may reach somebody else before mail to them counts as passed on. */
const WITHDRAWN_A_DAY = 5;

/**
 * A program's answer, and the technician's own mail that came twice, alarm nobody: the event is enough. A copy under another
 * Message-ID is somebody's work.
 */
const isHarmless = ({ code, check }: Refusal): boolean =>
  code === "automatic" || (code === "replayed" && check !== "signature-new");

/**
 * Somebody who has not proven to be the technician used the token: no answer goes to that address. The technician is told
 * at the registered one, admins are alerted, and where the sender is no technician at all the digest is withdrawn
 * (threats 9 and 21).
 */
export async function refusedUnproven(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  reply: Reply,
  gate: Refusal,
): Promise<readonly number[]> {
  const { digest, technician, message } = reply;
  if (technician === null || isHarmless(gate)) return [];
  if (digest === null) return tellOfPlainAddress(desk, unit, directory, reply, technician);
  if (digest.purpose === "probe" || digest.revokedAt !== null || digest.expiresAt <= unit.now) return [];
  const from = message.from[0]?.address ?? "(no readable From)";
  const reason = gate.sentence;
  if (gate.code === "sender-not-registered" && !isStaff(directory.technicians, from))
    return (await withdrawLeaked(desk, unit, directory, { digest, technician, from, reason })) ?? [];
  return warn(desk, unit, directory, { digest, technician, from, reason, live: true });
}

const withdrawnOf = (technicianId: number): string => `withdrawn digests of technician ${technicianId}`;

interface Misuse {
  readonly digest: DigestRecord;
  readonly technician: Technician;
  /** Who used the token, as the mail claims. */
  readonly from: string;
  readonly reason: string;
}

/** A token that somebody outside holds is void at once, its reviews are asked anew, and people are told: once a digest. `null`: it was void. */
export async function withdrawLeaked(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  misuse: Misuse,
): Promise<readonly number[] | null> {
  const { digest, from } = misuse;
  if (!(await revokeDigest(unit.db, digest.id, `its token came from ${from}`, unit.now))) return null;
  const before = await takeWarning(unit.db, withdrawnOf(digest.technicianId), unit.at, DAY_MS);
  if (before.sends || before.heldBack < WITHDRAWN_A_DAY) {
    await askAnew(desk, unit, digest);
    return tell(desk, unit, directory, { ...misuse, live: false }, 0);
  }
  // Their mail is passed on to somebody: another digest to them would go the same way, and be answered from there.
  await askOthers(desk, unit, directory, digest);
  return warn(desk, unit, directory, { ...misuse, live: false });
}

async function warn(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  misuse: Misuse & { readonly live: boolean },
): Promise<readonly number[]> {
  const { sends, heldBack } = await takeWarning(
    unit.db,
    `review replies of technician ${misuse.technician.id}`,
    unit.at,
    EVERY_MS,
  );
  return sends ? tell(desk, unit, directory, misuse, heldBack) : [];
}

async function tell(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  { digest, technician, from, reason, live }: Misuse & { readonly live: boolean },
  heldBack: number,
): Promise<readonly number[]> {
  const { name: deskName, timeZone } = desk.settings;
  const tickets = await ticketsByIds(
    unit.db,
    digest.items.map((item) => item.ticketId),
  );
  // Its own words, not the reply's: whoever forged that could write to technicians in the desk's name.
  const about = [...tickets.values()].map((ticket) => `#${ticket.number}`).slice(0, 10);
  const digestName = `of ${clockTime(new Date(digest.createdAt), unit.at, timeZone)}${about.length === 0 ? "" : `, about ${about.join(", ")}`}`;
  const ids: number[] = [];
  if (technician.active) {
    const mail = renderElsewhere(directory.templates, {
      deskName,
      firstName: firstName(technician.name),
      digest: digestName,
      from,
      receivedAt: clockTime(unit.at, unit.at, timeZone),
      reason,
      live,
      heldBack,
    });
    ids.push(await queueInside(desk, unit, { kind: "notice", technician, mail, ticketId: null }));
  }
  const alert = renderAdminAlert(directory.templates, {
    deskName,
    title: live ? "A review reply could not be trusted" : "A review address reached somebody else",
    sentences: [
      live
        ? `A reply to a digest of ${technician.name} was refused. Nothing was sent to any client.`
        : `${from} wrote to the review address of a digest of ${technician.name}. Nothing was sent to any client.`,
      live
        ? "The digest stays valid for its technician."
        : "Its token is void now, and the drafts are asked anew. Where that goes on, the next in line are asked: look whether mail to this technician is passed on.",
      ...(heldBack > 0 ? [heldBackSentence(heldBack)] : []),
    ],
    facts: [
      { label: "Digest", text: digestName },
      { label: "From", text: from },
      { label: "Reason", text: reason },
    ],
    diagnostic: "",
  });
  for (const admin of adminsBeside(directory, technician))
    ids.push(
      await queueInside(desk, unit, { kind: "alert", technician: admin, mail: alert, ticketId: null }),
    );
  return ids;
}

const heldBackSentence = (count: number): string =>
  `${count} more such ${count === 1 ? "reply was" : "replies were"} refused since the last mail about it; each is in the console.`;

/** The admins, but for the technician concerned, who gets a notice anyway. */
function adminsBeside(directory: Directory, technician: Technician): readonly Technician[] {
  return directory.technicians.filter(
    (one) => one.active && one.role === "admin" && (one.id !== technician.id || !technician.active),
  );
}

/**
 * A mail with a technician's From came to the plain review address, and nothing proves whose it is: the registered address is
 * told how to reply, at most once a window.
 */
async function tellOfPlainAddress(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  reply: Reply,
  technician: Technician,
): Promise<readonly number[]> {
  if (!technician.active) return [];
  const subject = `replies without a token of technician ${technician.id}`;
  const { sends, heldBack } = await takeWarning(unit.db, subject, unit.at, EVERY_MS);
  if (!sends) return [];
  const mail = renderPlainReviewAddress(directory.templates, {
    deskName: desk.settings.name,
    firstName: firstName(technician.name),
    reviewAddress: desk.settings.reviewAddress,
    from: reply.message.from[0]?.address ?? "",
    receivedAt: clockTime(unit.at, unit.at, desk.settings.timeZone),
    heldBack,
  });
  return [await queueInside(desk, unit, { kind: "notice", technician, mail, ticketId: null })];
}

async function askAnew(desk: DecidingDesk, unit: Unit, digest: DigestRecord): Promise<void> {
  for (const review of await openReviews(unit, digest)) {
    await askAgain(unit.db, review.id, null);
    askForDigest(desk, unit, digest.technicianId, review.urgent ? review.id : null);
  }
}

/** The next in line are asked whose own digests went nowhere else; where there is nobody, the same technician an hour later. */
async function askOthers(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  digest: DigestRecord,
): Promise<void> {
  const actor = deskActor("gate");
  const since = new Date(unit.at.getTime() - DAY_MS).toISOString();
  const ids = directory.technicians.map(({ id }) => id);
  const withdrawn = await warnedSince(unit.db, ids.map(withdrawnOf), since);
  const passedOn = ids.filter((id) => withdrawn.has(withdrawnOf(id)));
  for (const review of await openReviews(unit, digest)) {
    const ticket = await lockTicket(unit.db, review.ticketId);
    if (ticket === null) continue;
    const stream = `ticket:${ticket.id}`;
    const next = nextReviewer(desk, directory, ticket, unit.at, passedOn);
    if (next.technician !== null) {
      unit.record({
        stream,
        actor,
        kind: "review.asked-another",
        sentence: `The digest reached somebody else once more, so another is asked: ${next.reason}`,
        evidence: { reviewId: review.id, from: digest.technicianId, technicianId: next.technician.id },
      });
      const reason = "its digest reached somebody else";
      await handOver(desk, unit, review, next.technician, { actor, reason, alone: true });
      continue;
    }
    await askAgain(unit.db, review.id, null);
    const until = new Date(unit.at.getTime() + EVERY_MS).toISOString();
    await moveReview(
      unit,
      { id: review.id, verb: "snooze", also: { snoozed_until: until } },
      {
        stream,
        actor,
        kind: "review.snoozed",
        sentence: `The digest reached somebody else once more, and there is nobody else to ask: it is asked again at ${until}.`,
        evidence: { reviewId: review.id },
      },
    );
  }
}

/** What it still asks; a review that went to somebody else, or stands in a newer digest, stays there. */
async function openReviews(unit: Unit, digest: DigestRecord): Promise<readonly ReviewRecord[]> {
  const live = digest.items.filter(({ status }) => status === "live");
  const reviews = await reviewsByIds(
    unit.db,
    live.map((item) => item.reviewId).filter((id) => id !== null),
  );
  return [...reviews.values()].filter((review) => review.status === "open");
}
