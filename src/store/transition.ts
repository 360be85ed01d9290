import type { NewEvent } from "../desk/event.ts";
import {
  DRAFT_TRANSITIONS,
  RELEASE_TRANSITIONS,
  REVIEW_TRANSITIONS,
  TICKET_TRANSITIONS,
} from "../desk/lifecycle.ts";
import type { Recorder } from "./events.ts";

/**
 * THE ONE DOOR FOR STATE. Nothing else writes a `status`; each move is a compare-and-set with its event,
 * in the caller's transaction. Each answers whether it happened: false means that somebody else was first.
 */

interface Transition {
  readonly from: string;
  readonly verb: string;
  readonly to: string;
}

interface Move {
  readonly id: number;
  readonly verb: string;
  /** Columns that change with the status. */
  readonly also?: Readonly<Record<string, unknown>>;
  /** Further conditions: `{ fence: 3 }`. */
  readonly only?: Readonly<Record<string, unknown>>;
}

async function move(
  table: string,
  transitions: readonly Transition[],
  unit: Recorder,
  request: Move,
  event: NewEvent | null,
): Promise<boolean> {
  const legal = transitions.filter((transition) => transition.verb === request.verb);
  if (legal.length === 0) throw new Error(`${table}: no transition is called "${request.verb}"`);
  const targets = new Set(legal.map((transition) => transition.to));
  const cases = legal.map(() => "WHEN ? THEN ?").join(" ");
  const status =
    targets.size === 1
      ? legal[0]?.to
      : unit.db.raw(
          `CASE status ${cases} END`,
          legal.flatMap((t) => [t.from, t.to]),
        );
  const moved = await unit
    .db(table)
    .where({ id: request.id, ...request.only })
    .whereIn(
      "status",
      legal.map((transition) => transition.from),
    )
    .update({ ...request.also, status });
  if (moved === 0) return false;
  if (event !== null) unit.record(event);
  return true;
}

export function moveTicket(unit: Recorder, request: Move, event: NewEvent): Promise<boolean> {
  return move(
    "tickets",
    TICKET_TRANSITIONS,
    unit,
    { ...request, also: { updated_at: unit.now, ...request.also } },
    event,
  );
}

export function moveDraft(unit: Recorder, request: Move, event: NewEvent | null): Promise<boolean> {
  return move("drafts", DRAFT_TRANSITIONS, unit, request, event);
}

export function moveReview(unit: Recorder, request: Move, event: NewEvent | null): Promise<boolean> {
  return move("reviews", REVIEW_TRANSITIONS, unit, request, event);
}

export function moveRelease(unit: Recorder, request: Move, event: NewEvent | null): Promise<boolean> {
  return move("releases", RELEASE_TRANSITIONS, unit, request, event);
}

/**
 * A message is received, then filed or quarantined, once; a quarantined one may be tried again by a person. A review reply
 * that could not be checked is set aside after it was filed.
 */
export async function moveMessage(
  unit: Recorder,
  id: number,
  verb: "file" | "quarantine" | "set-aside" | "retry",
  also: Readonly<Record<string, unknown>>,
  event: NewEvent,
): Promise<boolean> {
  const [from, to] = {
    file: ["received", "filed"],
    quarantine: ["received", "quarantined"],
    "set-aside": ["filed", "quarantined"],
    retry: ["quarantined", "received"],
  }[verb] as [string, string];
  const moved = await unit
    .db("messages")
    .where({ id, status: from })
    .update({ ...also, status: to });
  if (moved === 0) return false;
  unit.record(event);
  return true;
}

/** A live item of a digest is used by a release verb, or void when its draft is no longer the one shown. */
export async function endDigestItems(
  unit: Recorder,
  where: { readonly reviewId: number } | { readonly digestId: string; readonly number: number },
  end: { readonly status: "used" } | { readonly status: "void"; readonly reason: string },
): Promise<number> {
  const condition =
    "reviewId" in where ? { review_id: where.reviewId } : { digest_id: where.digestId, number: where.number };
  return unit
    .db("digest_items")
    .where({ ...condition, status: "live" })
    .update({ status: end.status, void_reason: end.status === "void" ? end.reason : null });
}

/** Mail inside the desk: queued, then sent or, after many tries, failed; what was sent may still come back. */
export async function moveOutbox(
  db: Recorder["db"],
  id: number,
  to: "sent" | "failed" | "bounced",
  also: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const [from, status] = to === "bounced" ? ["sent", "failed"] : ["queued", to];
  return (
    (await db("outbox")
      .where({ id, status: from })
      .update({ ...also, status })) > 0
  );
}
