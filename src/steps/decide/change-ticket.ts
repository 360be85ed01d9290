import type { ProposedAction } from "../../desk/action.ts";
import { lessonsOfAct, type Lesson } from "../../desk/lesson.ts";
import type { TicketStatus } from "../../desk/ticket.ts";
import type { Intention } from "../../review/reading/intention.ts";
import type { Db } from "../../store/database.ts";
import { labelsOfMessage } from "../../store/labels.ts";
import { messageById } from "../../store/messages.ts";
import { reviewById, setReviewActions } from "../../store/reviews.ts";
import { ticketById, ticketByNumber, type TicketRecord } from "../../store/tickets.ts";
import { endDigestItems, moveDraft, moveReview } from "../../store/transition.ts";
import { applyAction } from "../review/apply-action.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { clientSide } from "../filing/file-facts.ts";
import { supersedeDrafts } from "../review/supersede.ts";
import { teach } from "./teach.ts";

/** A person's word needs no confidence: they know. */
export const SURE = { confidence: 1, evidence: ["a technician said so"] } as const;

const ENDS: Readonly<Record<string, { readonly status: TicketStatus; readonly said: string }>> = {
  "mark-spam": { status: "spam", said: "marked as spam" },
  close: { status: "closed", said: "closed" },
  merge: { status: "merged", said: "merged" },
};

export async function act(
  deciding: Deciding,
  state: ItemState,
  line: string,
  verb: string,
  action: ProposedAction,
): Promise<Outcome> {
  const { unit, actor, directory } = deciding;
  const ticket = (await ticketById(unit.db, state.ticket.id)) ?? state.ticket;
  const applied = await applyAction(unit, ticket, action, actor, directory.technicians);
  if (applied === null) {
    const end = ENDS[action.action];
    if (end !== undefined && ticket.status !== end.status)
      return outcome(
        line,
        state.item.number,
        "refused",
        `#${ticket.number} is ${ticket.status}, so it cannot be ${end.said}. Nothing was changed.`,
      );
    return outcome(line, state.item.number, "done", `#${ticket.number} is like that already.`);
  }
  const decisionId = await decision(deciding, state, verb, { action: action.action });
  teach(deciding, state, decisionId, await lessonsIn(deciding, state, ticket, action));
  await dropProposal(deciding, state, action.action);
  return outcome(line, state.item.number, "done", applied.sentence);
}

async function lessonsIn(
  { unit }: Deciding,
  { basedOn }: ItemState,
  before: TicketRecord,
  action: ProposedAction,
): Promise<readonly Lesson[]> {
  if (action.action === "merge") return lessonsOfMerge(unit.db, action.intoTicketId);
  const message = basedOn ?? (await messageById(unit.db, before.lastClientMessageId ?? 0));
  const { client, contact } = await clientSide(unit.db, before.requesterAddress);
  return lessonsOfAct(action, before, {
    triage: message?.triage ?? null,
    vip: client?.vip === true || contact?.vip === true,
  });
}

/** Two tickets about one thing: what people have said of the one holds for the other. */
async function lessonsOfMerge(db: Db, intoTicketId: number): Promise<readonly Lesson[]> {
  const into = await ticketById(db, intoTicketId);
  if (into === null || into.lastClientMessageId === null) return [];
  const said = await labelsOfMessage(db, into.lastClientMessageId);
  return [...said].map(([field, label]) => ({ field, label, refuted: false }));
}

/** A person has decided this part; what was proposed for it must not come back with a later `approve`. */
async function dropProposal(
  deciding: Deciding,
  { review }: ItemState,
  kind: ProposedAction["action"],
): Promise<void> {
  // An earlier line of the same reply may have dropped another.
  const now = review === null ? null : await reviewById(deciding.unit.db, review.id);
  if (now === null) return;
  const kept = now.actions.filter(({ action }) => action.action !== kind);
  if (kept.length < now.actions.length) await setReviewActions(deciding.unit.db, now.id, kept);
}

export function performCategory(
  deciding: Deciding,
  state: ItemState,
  line: string,
  category: string,
): Promise<Outcome> {
  return act(deciding, state, line, "category", {
    action: "categorise",
    category,
    type: state.ticket.type,
    ...SURE,
  });
}

export function performPriority(
  deciding: Deciding,
  state: ItemState,
  intention: Extract<Intention, { kind: "priority" }>,
): Promise<Outcome> {
  const { impact, urgency, priority } = state.ticket;
  return act(deciding, state, intention.line, "priority", {
    action: "set-priority",
    priority: intention.priority,
    from: priority,
    impact,
    urgency,
    ...SURE,
  });
}

/** `spam` and `close` end the question: nothing is sent, and the draft goes with it. */
export async function performEnd(
  deciding: Deciding,
  state: ItemState,
  line: string,
  verb: "spam" | "close",
): Promise<Outcome> {
  const stale = wroteAgain(state);
  if (stale !== null) return outcome(line, state.item.number, "refused", stale);
  const result = await act(deciding, state, line, verb, {
    action: verb === "spam" ? "mark-spam" : "close",
    ...SURE,
  });
  if (result.line.outcome === "refused") return result;
  await dropQuestion(deciding, state, verb);
  // `approve` and `close` go together; a reply to what is spam is called back while it is held.
  if (verb === "spam")
    await supersedeDrafts(
      deciding.unit,
      state.ticket.id,
      deciding.actor,
      `${deciding.technician.name} marked it as spam`,
    );
  return result;
}

/** A word about a message that is no longer the last one must not end what the client has just said. */
function wroteAgain({ item, draft, ticket }: ItemState): string | null {
  const newer = draft !== null && draft.basedOnMessageId !== ticket.lastClientMessageId;
  return newer || item.status === "void"
    ? `It was not done: this item of the digest is no longer current (${newer ? "the client wrote again" : (item.voidReason ?? "it was taken back")}). Say it in reply to the newer digest.`
    : null;
}

export async function performMerge(
  deciding: Deciding,
  state: ItemState,
  line: string,
  intoNumber: number,
): Promise<Outcome> {
  const stale = wroteAgain(state);
  if (stale !== null) return outcome(line, state.item.number, "refused", stale);
  const into = await ticketByNumber(deciding.unit.db, intoNumber);
  if (into === null || into.id === state.ticket.id || into.status === "merged" || into.status === "spam")
    return outcome(line, state.item.number, "refused", `#${intoNumber} is no ticket to merge into.`);
  if (into.clientId !== state.ticket.clientId)
    return outcome(
      line,
      state.item.number,
      "refused",
      `#${intoNumber} belongs to another client. Tickets of two clients are never merged.`,
    );
  const result = await act(deciding, state, line, "merge", {
    action: "merge",
    intoTicketId: into.id,
    ...SURE,
  });
  if (result.line.outcome === "refused") return result;
  await dropQuestion(deciding, state, "merge");
  return result;
}

async function dropQuestion(deciding: Deciding, state: ItemState, verb: string): Promise<void> {
  const { unit, actor, technician } = deciding;
  if (state.draft !== null)
    await moveDraft(
      unit,
      { id: state.draft.id, verb: "reject" },
      {
        stream: `ticket:${state.ticket.id}`,
        actor,
        kind: "draft.rejected",
        sentence: `Draft ${state.draft.revision} fell away: ${technician.name} said “${verb}”.`,
        evidence: { draftId: state.draft.id, verb },
      },
    );
  if (state.review === null) return;
  await moveReview(unit, { id: state.review.id, verb: "decide" }, null);
  await endDigestItems(unit, { reviewId: state.review.id }, { status: "used" });
}
