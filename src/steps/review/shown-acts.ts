import type { ActRecord } from "../../store/acts.ts";
import type { Db } from "../../store/database.ts";
import { draftsByIds } from "../../store/drafts.ts";
import { releaseStates } from "../../store/waiting.ts";
import { clockTime } from "../words.ts";

/** What the desk did alone, with the mail that went out by it. */
export interface ShownAct extends ActRecord {
  readonly letter: {
    readonly to: readonly string[];
    readonly text: string;
    /** In words; `null` once it has begun to leave. */
    readonly leavesAt: string | null;
  } | null;
}

export async function shownActs(
  db: Db,
  acts: readonly ActRecord[],
  clock: { readonly now: Date; readonly timeZone: string },
): Promise<readonly ShownAct[]> {
  const written = acts.filter((act) => act.draftId !== null);
  if (written.length === 0) return acts.map((act) => ({ ...act, letter: null }));
  const drafts = await draftsByIds(
    db,
    written.map((act) => act.draftId).filter((id) => id !== null),
  );
  const releases = await releaseStates(
    db,
    written.map((act) => act.ticketId),
  );
  return acts.map((act) => {
    const draft = drafts.get(act.draftId ?? 0);
    if (draft === undefined) return { ...act, letter: null };
    const held = releases.find(
      (release) =>
        release.draftId === draft.id &&
        release.status === "held" &&
        release.holdUntil > clock.now.toISOString(),
    );
    return {
      ...act,
      letter: {
        to: draft.content.to.map((mailbox) => mailbox.address),
        text: draft.content.body,
        leavesAt: held === undefined ? null : clockTime(new Date(held.holdUntil), clock.now, clock.timeZone),
      },
    };
  });
}
