import { sameAddress } from "../mail/address.ts";
import type { Intention } from "../review/intention.ts";
import { canonicalSha256 } from "../review/canonical.ts";
import { checkItem, mailMayRelease } from "../review/gate.ts";
import type { ReplyContent } from "../review/release.ts";
import { withoutTokens } from "../review/token.ts";
import { diffWords } from "../review/word-diff.ts";
import { lastDecisionOn } from "../store/decisions.ts";
import { draftById, insertDraft, type DraftRecord } from "../store/drafts.ts";
import { releaseByDraft, releasesOf } from "../store/releases.ts";
import { ticketById } from "../store/tickets.ts";
import { endDigestItems, moveDraft, moveRelease, moveReview, moveTicket } from "../store/transition.ts";
import { applyAction } from "./apply-action.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { holdRelease } from "./release.ts";
import { clockTime, clockTimeToTheSecond } from "./words.ts";

type ReleaseIntention = Extract<Intention, { kind: "release" }>;

/** `approve`, an edited draft, `send`: the second signature. Token, decision, authorisation, release and job commit together. */
export async function performRelease(
  deciding: Deciding,
  state: ItemState,
  intention: ReleaseIntention,
): Promise<Outcome> {
  const { unit } = deciding;
  const { item, review, draft, ticket } = state;
  if (intention.attach)
    return outcome(
      intention.line,
      item.number,
      "asked",
      "Files of a reply cannot be attached yet. Nothing was sent.",
    );
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
  const content = draft === null ? null : contentFor(draft, intention);
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
    edited,
    recipients: (content?.to.length ?? 0) + (content?.cc.length ?? 0),
  });
  if (refusal !== null || draft === null || content === null) {
    const sentence = await refusalFor(
      deciding,
      state,
      refusal?.code ?? "no-draft",
      refusal?.sentence ?? "There is no draft to send.",
    );
    unit.record({
      stream: `ticket:${ticket.id}`,
      actor: deciding.actor,
      kind: "review.refused",
      sentence: `A release verb for #${ticket.number} was refused: ${sentence}`,
      evidence: { code: refusal?.code ?? "no-draft", item: item.number, digestId: deciding.digestId },
    });
    return outcome(intention.line, item.number, "refused", sentence);
  }

  const final = edited ? await revise(deciding, state, draft, content) : draft;
  const decisionId = await decision(
    deciding,
    state,
    edited ? (intention.text === null ? "approve-without" : "edit") : "approve",
    { edited, without: intention.without },
    final,
  );
  const held = await holdRelease(deciding.desk, unit, {
    draft: final,
    ticketNumber: ticket.number,
    language: state.basedOn?.triage?.language.value ?? "en",
    source: { kind: "decision", decisionId },
    actor: deciding.actor,
  });
  // Somebody was first between our look and our write; throwing runs the transaction again, which then sees it.
  if (held === null) throw Object.assign(new Error("the draft was decided meanwhile"), { code: "40001" });
  const done = await closeReview(deciding, state);
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
      to: content.to.map((mailbox) => mailbox.address),
      cc: content.cc.map((mailbox) => mailbox.address),
      subject: content.subject,
      attachments: [],
      text: content.body,
      diff: intention.text === null || !edited ? null : diffWords(draft.content.body, content.body),
    },
  };
}

function notAmong(draft: DraftRecord, without: readonly string[]): string | undefined {
  const recipients = [...draft.content.to, ...draft.content.cc];
  return without.find((address) => !recipients.some((mailbox) => sameAddress(address, mailbox.address)));
}

/** The draft's content with the technician's text and without the recipients they left out. */
function contentFor(draft: DraftRecord, intention: ReleaseIntention): ReplyContent {
  const kept = (mailbox: { readonly address: string }): boolean =>
    !intention.without.some((address) => sameAddress(address, mailbox.address));
  const { content } = draft;
  return {
    ...content,
    body: intention.text ?? content.body,
    to: content.to.filter(kept),
    cc: content.cc.filter(kept),
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

/** The item is used, in every digest that asks it, and what was proposed beside the reply is carried out. */
async function closeReview(deciding: Deciding, state: ItemState): Promise<readonly string[]> {
  const { unit, directory, actor } = deciding;
  const { review } = state;
  if (review === null) return [];
  if (!(await moveReview(unit, { id: review.id, verb: "decide" }, null))) return [];
  await endDigestItems(unit, { reviewId: review.id }, { status: "used" });
  const sentences: string[] = [];
  for (const { action } of review.actions) {
    const ticket = (await ticketById(unit.db, state.ticket.id)) ?? state.ticket;
    const applied = await applyAction(unit, ticket, action, actor, directory.technicians);
    if (applied !== null) sentences.push(applied.sentence);
  }
  return sentences;
}

/** A review without a draft: `approve` carries out its actions. */
async function approveActionsOnly(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  await decision(deciding, state, "approve", {
    actions: state.review?.actions.map(({ action }) => action.action) ?? [],
  });
  const done = await closeReview(deciding, state);
  return outcome(
    line,
    state.item.number,
    "done",
    done.length === 0 ? "There was nothing left to do." : done.join(" "),
  );
}

/** Why it cannot be released, with who was first or since when. */
async function refusalFor(
  deciding: Deciding,
  state: ItemState,
  code: string,
  sentence: string,
): Promise<string> {
  const { unit, directory, technician, desk } = deciding;
  const { item, review } = state;
  if (code === "item-void")
    return `It is no longer current: ${item.voidReason ?? "it was taken back"}. Nothing was sent; what still waits comes in a new digest.`;
  if (code === "needs-console") return `${sentence} Sign in at ${desk.settings.webUrl}. Nothing was sent.`;
  if (code !== "item-used" && code !== "draft-not-current") return `${sentence} Nothing was sent.`;
  const last = review === null ? null : await lastDecisionOn(unit.db, review.id);
  if (last === null) return `${sentence} Nothing was sent.`;
  const who =
    last.technicianId === technician.id
      ? "you"
      : (directory.technicians.find((one) => one.id === last.technicianId)?.name ?? "a colleague");
  const when = clockTime(new Date(last.createdAt), unit.at, desk.settings.timeZone);
  const releases = await releasesOf(unit.db, state.ticket.id);
  const held = releases.find((release) => release.status === "held");
  if (held !== undefined)
    return `It was decided already: ${who} said “${last.verb}” at ${when}. That reply leaves at ${clockTimeToTheSecond(new Date(held.holdUntil), desk.settings.timeZone)}; to call it back, reply “stop ${item.number}”.`;
  return `It was decided already: ${who} said “${last.verb}” at ${when}. Nothing was sent twice.`;
}

/** `reject`: nothing is sent; the reason is kept for the assistant. */
export async function performReject(
  deciding: Deciding,
  state: ItemState,
  line: string,
  reason: string,
): Promise<Outcome> {
  const { unit } = deciding;
  const { item, review, draft, ticket } = state;
  if (item.status !== "live")
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(
        deciding,
        state,
        item.status === "used" ? "item-used" : "item-void",
        "It was decided already.",
      ),
    );
  const event = {
    stream: `ticket:${ticket.id}`,
    actor: deciding.actor,
    kind: "draft.rejected",
    sentence: `${deciding.technician.name} rejected the draft on #${ticket.number}.`,
    evidence: { draftId: draft?.id ?? null },
  };
  if (draft !== null && !(await moveDraft(unit, { id: draft.id, verb: "reject" }, event)))
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(deciding, state, "draft-not-current", "The draft has changed since that digest."),
    );
  if (draft === null) unit.record(event);
  await decision(deciding, state, "reject", { reason });
  if (review !== null) {
    await moveReview(unit, { id: review.id, verb: "decide" }, null);
    await endDigestItems(unit, { reviewId: review.id }, { status: "used" });
  }
  return outcome(
    line,
    item.number,
    "done",
    `The draft on #${ticket.number} was rejected. Nothing was sent, and the ticket stays open.`,
  );
}

/** `redraft`: the assistant writes again and asks again; the old draft cannot be released any more. */
export async function performRedraft(
  deciding: Deciding,
  state: ItemState,
  line: string,
  instruction: string,
): Promise<Outcome> {
  const { unit } = deciding;
  const { item, review, draft, ticket } = state;
  if (item.status !== "live" || draft === null || review === null)
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(
        deciding,
        state,
        item.status === "void" ? "item-void" : "item-used",
        "There is no draft to write anew.",
      ),
    );
  const superseded = await moveDraft(
    unit,
    { id: draft.id, verb: "supersede" },
    {
      stream: `ticket:${ticket.id}`,
      actor: deciding.actor,
      kind: "draft.redraft-asked",
      sentence: `${deciding.technician.name} asked for another draft on #${ticket.number}.`,
      evidence: { draftId: draft.id },
    },
  );
  if (!superseded)
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(deciding, state, "draft-not-current", "The draft has changed since that digest."),
    );
  await decision(deciding, state, "redraft", { instruction });
  // Put off before: somebody wants it now.
  await moveReview(unit, { id: review.id, verb: "wake", also: { snoozed_until: null } }, null);
  await endDigestItems(
    unit,
    { reviewId: review.id },
    { status: "void", reason: "a new draft was asked for" },
  );
  unit.enqueue({
    kind: "redraft",
    payload: {
      reviewId: review.id,
      draftId: draft.id,
      instruction: withoutTokens(instruction),
      technicianId: deciding.technician.id,
    },
    priority: 8,
  });
  return outcome(line, item.number, "done", `A new draft for #${ticket.number} is on its way to you.`);
}

/** `stop`: within the hold the release is called back; later the truth. */
export async function performStop(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const { unit, desk } = deciding;
  const { item, ticket } = state;
  const releases = await releasesOf(unit.db, ticket.id);
  const shown = item.draftId === null ? null : await releaseByDraft(unit.db, item.draftId);
  // An edit released a later revision than the digest showed: the newest release of the ticket is the one meant.
  const release = shown ?? releases.at(-1) ?? null;
  if (release === null)
    return outcome(line, item.number, "refused", `Nothing was about to leave for #${ticket.number}.`);
  const event = {
    stream: `ticket:${ticket.id}`,
    actor: deciding.actor,
    kind: "release.cancelled",
    sentence: `${deciding.technician.name} stopped the reply on #${ticket.number}.`,
    evidence: { releaseId: release.id },
  };
  if (await moveRelease(unit, { id: release.id, verb: "cancel", also: { finished_at: unit.now } }, event)) {
    await moveDraft(unit, { id: release.draftId, verb: "cancel" }, null);
    // Deferred by the relay, it had left the hold, and the ticket waited for a client who got nothing.
    await moveTicket(
      unit,
      { id: ticket.id, verb: "reopen", only: { status: "pending" } },
      { ...event, kind: "ticket.reopened", sentence: "Nothing was sent, so the ticket is open again." },
    );
    await decision(deciding, state, "stop", { releaseId: release.id });
    return outcome(
      line,
      item.number,
      "cancelled",
      `Stopped: the reply on #${ticket.number} was not sent. The ticket stays open.`,
    );
  }
  return outcome(
    line,
    item.number,
    "refused",
    tooLate(release.status, release.finishedAt, unit.at, desk.settings.timeZone),
  );
}

function tooLate(status: string, finishedAt: string | null, now: Date, timeZone: string): string {
  const at = finishedAt === null ? "" : ` at ${clockTime(new Date(finishedAt), now, timeZone)}`;
  if (status === "accepted") return `Too late: it was sent${at}.`;
  if (status === "cancelled") return `It was stopped already${at}. Nothing was sent.`;
  if (status === "rejected") return "There is nothing to stop: the relay refused it, and it was not sent.";
  if (status === "uncertain")
    return "Too late to stop: the line was lost while it was handed over, and nobody knows whether it arrived.";
  return "Too late: it is being handed to the relay this moment.";
}
