import { sameAddress } from "../../mail/address.ts";
import type { Intention } from "../../review/reading/intention.ts";
import { canonicalSha256 } from "../../review/canonical.ts";
import { checkItem, mailMayRelease } from "../../review/item-gate.ts";
import type { ReplyContent } from "../../review/release.ts";
import { diffWords } from "../../review/reading/word-diff.ts";
import { draftById, insertDraft, type DraftRecord } from "../../store/drafts.ts";
import { moveDraft } from "../../store/transition.ts";
import { filesOfReply, type FilesToSend } from "./attach.ts";
import { closeReview, learnApproval } from "./close-review.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { recordOutcome } from "./draft-outcome.ts";
import { holdRelease } from "../delivery/release.ts";
import { clockTimeToTheSecond } from "../words.ts";
import { refusalFor } from "./refusal.ts";

type ReleaseIntention = Extract<Intention, { kind: "release" }>;

/** `approve`, an edited draft, `send`: the second signature. Token, decision, authorisation, release and job commit together. */
export async function performRelease(
  deciding: Deciding,
  state: ItemState,
  intention: ReleaseIntention,
): Promise<Outcome> {
  const { unit } = deciding;
  const { item, review, draft, ticket } = state;
  const attached = intention.attach ? await filesOfReply(deciding) : NO_FILES;
  if (typeof attached === "string") return outcome(intention.line, item.number, "asked", attached);
  if (draft === null && review !== null && item.status === "live" && review.status !== "decided")
    return approveActionsOnly(deciding, state, intention.line);

  const unknown = draft === null ? undefined : notAmong(draft, intention.without);
  // A slip of the finger must not send the mail to the very person who was to be left out.
  if (unknown !== undefined)
    return outcome(
      intention.line,
      item.number,
      "asked",
      `${unknown} is not among the recipients of draft ${item.number}. Nothing was sent. Write the address as the draft shows it.`,
    );
  const content = draft === null ? null : contentFor(draft, intention, attached.attachments);
  const edited = content !== null && draft !== null && canonicalSha256(content) !== draft.canonicalSha256;
  const refusal = checkItem({
    itemStatus: item.status,
    draft,
    shownSha256: item.canonicalSha256,
    lastClientMessageId: ticket.lastClientMessageId,
    byMail:
      deciding.channel === "mail" && review !== null
        ? mailMayRelease(review.risk.codes, draft?.template ?? null)
        : "anything",
    risks: review?.risk.codes ?? [],
    edited,
    recipients: (content?.to.length ?? 0) + (content?.cc.length ?? 0),
  });
  if (refusal !== null || draft === null || content === null)
    return refuse(
      deciding,
      state,
      intention.line,
      refusal ?? { code: "no-draft", sentence: "There is no draft to send." },
    );

  const final = edited ? await revise(deciding, state, draft, content) : draft;
  const decisionId = await decision(
    deciding,
    state,
    verbOf(intention, edited),
    { edited, without: intention.without, attached: attached.attachments.map(({ filename }) => filename) },
    final,
  );
  const held = await holdRelease(deciding.desk, unit, {
    draft: final,
    files: attached.files,
    ticketNumber: ticket.number,
    language: state.basedOn?.triage?.language.value ?? "en",
    source: { kind: "decision", decisionId },
    actor: deciding.actor,
  });
  // Somebody was first between our look and our write; throwing runs the transaction again, which then sees it.
  if (held === null) throw Object.assign(new Error("the draft was decided meanwhile"), { code: "40001" });
  const done = await closeReview(deciding, state);
  await recordOutcome(deciding, draft, edited ? "edited" : "approved", final);
  await learnApproval(deciding, state, decisionId, true);
  const { settings } = deciding.desk;
  const leavesAt =
    settings.review.holdMs === 0 ? null : clockTimeToTheSecond(held.holdUntil, settings.timeZone);
  const sentence = leavesAt === null ? "The reply leaves now." : `The reply leaves at ${leavesAt}.`;
  return {
    line: {
      line: intention.line,
      item: item.number,
      outcome: leavesAt === null ? "done" : "held",
      sentence: [sentence, ...done].join(" "),
    },
    release: {
      item: item.number,
      ticketNumber: ticket.number,
      leavesAt,
      ...shown(content),
      diff: intention.text === null || !edited ? null : diffWords(draft.content.body, content.body),
    },
  };
}

/** What leaves, as the technician reads it in the answer. */
function shown(
  content: ReplyContent,
): Pick<NonNullable<Outcome["release"]>, "to" | "cc" | "subject" | "attachments" | "text"> {
  return {
    to: content.to.map((mailbox) => mailbox.address),
    cc: content.cc.map((mailbox) => mailbox.address),
    subject: content.subject,
    attachments: content.attachments.map(({ filename }) => filename),
    text: content.body,
  };
}

/** The gate said no: the technician is told why, and the ticket's log keeps it. */
async function refuse(
  deciding: Deciding,
  state: ItemState,
  line: string,
  refusal: NonNullable<ReturnType<typeof checkItem>>,
): Promise<Outcome> {
  const { item, ticket } = state;
  const sentence = await refusalFor(deciding, state, refusal.code, refusal.sentence);
  deciding.unit.record({
    stream: `ticket:${ticket.id}`,
    actor: deciding.actor,
    kind: "review.refused",
    sentence: `A release verb for #${ticket.number} was refused: ${sentence}`,
    evidence: { code: refusal.code, item: item.number, digestId: deciding.digestId },
  });
  return outcome(line, item.number, "refused", sentence);
}

function notAmong(draft: DraftRecord, without: readonly string[]): string | undefined {
  const recipients = [...draft.content.to, ...draft.content.cc];
  return without.find((address) => !recipients.some((mailbox) => sameAddress(address, mailbox.address)));
}

const NO_FILES: FilesToSend = { attachments: [], files: new Map() };

function verbOf(intention: ReleaseIntention, edited: boolean): string {
  if (!edited) return "approve";
  if (intention.text !== null) return "edit";
  return intention.attach ? "attach" : "approve-without";
}

/** The draft's content with the technician's text and files, and without the recipients they left out. */
function contentFor(
  draft: DraftRecord,
  intention: ReleaseIntention,
  attachments: ReplyContent["attachments"],
): ReplyContent {
  const kept = (mailbox: { readonly address: string }): boolean =>
    !intention.without.some((address) => sameAddress(address, mailbox.address));
  const { content } = draft;
  return {
    ...content,
    body: intention.text ?? content.body,
    to: content.to.filter(kept),
    cc: content.cc.filter(kept),
    attachments: [...content.attachments, ...attachments],
  };
}

/** An edit makes a new revision; the one that the digest showed is superseded by it. */
async function revise(
  deciding: Deciding,
  state: ItemState,
  draft: DraftRecord,
  content: ReplyContent,
): Promise<DraftRecord> {
  const { unit, technician } = deciding;
  const superseded = await moveDraft(
    unit,
    { id: draft.id, verb: "supersede" },
    {
      stream: `ticket:${state.ticket.id}`,
      actor: deciding.actor,
      kind: "draft.edited",
      sentence: `${technician.name} edited draft ${draft.revision}.`,
      evidence: { draftId: draft.id, revision: draft.revision },
    },
  );
  if (!superseded) throw Object.assign(new Error("the draft was decided meanwhile"), { code: "40001" });
  const { id } = await insertDraft(
    unit.db,
    {
      ticketId: draft.ticketId,
      kind: draft.kind,
      template: draft.template,
      content,
      canonicalSha256: canonicalSha256(content),
      basedOnMessageId: draft.basedOnMessageId,
      author: technician.email,
      editedFromDraftId: draft.id,
      findings: draft.findings,
    },
    unit.now,
  );
  const revision = await draftById(unit.db, id);
  if (revision === null) throw new Error("the edited draft was not stored");
  return revision;
}

/** A review without a draft: `approve` carries out its actions. */
async function approveActionsOnly(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const decisionId = await decision(deciding, state, "approve", {
    actions: state.review?.actions.map(({ action }) => action.action) ?? [],
  });
  const done = await closeReview(deciding, state);
  await learnApproval(deciding, state, decisionId, false);
  return outcome(
    line,
    state.item.number,
    "done",
    done.length === 0 ? "There was nothing left to do." : done.join(" "),
  );
}
