import { findSensitive } from "../../assistant/sensitive.ts";
import { isFixedTemplate } from "../../assistant/local/template-choice.ts";
import type { ProposedAction } from "../../desk/action.ts";
import { onShiftIn } from "../../desk/routing.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { Triage } from "../../desk/triage.ts";
import type { DigestItemView, DoneAloneView, EarlierView, GuessView } from "../../review/digest-view.ts";
import { mailMayRelease } from "../../review/item-gate.ts";
import { shortened } from "../../review/presentation.ts";
import { answerDueView } from "./answer-due.ts";
import type { ShownAct } from "./shown-acts.ts";
import type { DraftRecord } from "../../store/drafts.ts";
import type { ReviewRecord } from "../../store/reviews.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import { whatWeKnow, type ToTell } from "../triage/what-we-know.ts";
import { evidenceWords, plainly, TYPE_LABELS } from "../words.ts";

/** Everything that one card of a digest is made of. */
export interface ItemSource extends ToTell {
  readonly review: ReviewRecord;
  readonly draft: DraftRecord | null;
  /** When the next digest comes. */
  readonly round: Date;
  /** What was said before that message. */
  readonly earlier: readonly EarlierView[];
  /** What the desk did alone on this ticket since the last digest. */
  readonly acts: readonly ShownAct[];
}

const MAX_WORDS = 600;
/** Of what went out alone. */
const MAX_SAID = 300;

/** One review as a card, which has no number before it is known which cards its digest holds: `numbered` gives it. */
export function itemView(source: ItemSource, technicians: readonly Technician[]): DigestItemView {
  const { review, ticket, client, draft, message } = source;
  const triage = message?.triage ?? null;
  const find = <K extends ProposedAction["action"]>(
    kind: K,
  ): Extract<ProposedAction, { action: K }> | undefined =>
    review.actions
      .map((one) => one.action)
      .find((action): action is Extract<ProposedAction, { action: K }> => action.action === kind);
  const priority = find("set-priority")?.priority ?? ticket.priority;
  return {
    number: 0,
    ticketNumber: ticket.number,
    priority,
    typeLabel: TYPE_LABELS[triage?.type.value ?? ticket.type],
    clientName: client?.name ?? null,
    vip: client?.vip ?? false,
    requester: { name: ticket.requesterName, address: ticket.requesterAddress },
    answerDue: answerDueView(review, ticket, { ...source.clock, round: source.round }),
    headline: ticket.subject,
    clientWords: excerpt(message?.newText ?? "", MAX_WORDS),
    earlier: source.earlier,
    looksLike: looksLike(triage, find("mark-spam")),
    goesTo: goesTo(find("route"), triage, ticket, technicians),
    whatWeKnow: [...whatWeKnow(source), ...answeredInstead(triage, draft)],
    missing: triage?.missing ?? [],
    draft:
      draft === null
        ? null
        : {
            to: draft.content.to.map((mailbox) => mailbox.address),
            cc: draft.content.cc.map((mailbox) => mailbox.address),
            dropped: draft.findings.dropped,
            subject: draft.content.subject,
            text: draft.content.body,
            unsourced: draft.findings.unsourced,
            ...restsOn(draft),
          },
    alsoDoes: review.actions
      .map((one) => alsoDoes(one.action, technicians))
      .filter((words) => words !== null)
      .map((words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`),
    risks: [
      // What makes the item high-risk is said once, with what it needs.
      ...(triage?.risks
        .filter((risk) => !review.risk.codes.some((code) => code === risk.kind))
        .map((risk) => `${RISK_LABELS[risk.kind]}: ${plainly(risk.evidence)}`) ?? []),
      ...mood(triage),
      ...passwordIn(message?.newText ?? ""),
      ...(draft?.findings.warnings ?? []),
    ],
    highRisk: highRisk(source),
    doneAlone: source.acts.map((act) => doneAlone(act, 0, technicians)),
    snippets: [],
  };
}

/** The card with the number that a technician answers by; what was done alone on its ticket is undone by the same one. */
export function numbered(view: DigestItemView, number: number): DigestItemView {
  const doneAloneHere = view.doneAlone.map((act) => (act.undo === null ? act : { ...act, undo: number }));
  return { ...view, number, doneAlone: doneAloneHere };
}

/** From so sure on that somebody is cross the reviewer hears of it: a reply from a template may not be what calms them. */
const CROSS = 0.65;

function mood(triage: Triage | null): readonly string[] {
  const sentiment = triage?.sentiment;
  if (sentiment === undefined || sentiment.value === "calm" || sentiment.confidence < CROSS) return [];
  const words = sentiment.evidence.slice(0, 3).map((one) => `“${one.replaceAll(/^"|"$/g, "")}”`);
  return [`They sound ${sentiment.value}${words.length === 0 ? "" : `: ${words.join(", ")}`}.`];
}

/** Of a mail, in characters: where somebody gives a password away it is among the first things that they say. */
const LOOKED_AT = 5000;

const passwordIn = (text: string): readonly string[] =>
  findSensitive(text.slice(0, LOOKED_AT)).some(({ kind }) => kind === "password")
    ? ["A password seems to stand in the mail: have it changed."]
    : [];

const RISK_LABELS = {
  identity: "Identity",
  security: "Security",
  legal: "Legal",
  payment: "Payment",
  spoofing: "Sender",
  "hidden-text": "Hidden characters",
} as const;

function looksLike(triage: Triage | null, spam: ProposedAction | undefined): GuessView | null {
  if (spam !== undefined)
    return { label: "spam", confidence: spam.confidence, reason: evidenceWords(spam.evidence) };
  if (triage === null || triage.category.value === "") return null;
  return {
    label: triage.category.value,
    confidence: triage.category.confidence,
    reason: evidenceWords(triage.category.evidence),
  };
}

function goesTo(
  route: Extract<ProposedAction, { action: "route" }> | undefined,
  triage: Triage | null,
  ticket: TicketRecord,
  technicians: readonly Technician[],
): GuessView | null {
  const name = (id: number | null): string => technicians.find((one) => one.id === id)?.name ?? "";
  const label = (queue: string, id: number | null): string =>
    [queue, name(id)].filter((part) => part !== "").join(", ");
  if (route !== undefined)
    return {
      label: label(route.queue, route.technicianId),
      confidence: route.confidence,
      // Who and where stand just before it.
      reason: evidenceWords(route.evidence.slice(-1)).replace(
        onShiftIn(name(route.technicianId), route.queue),
        "on shift",
      ),
    };
  return triage === null || ticket.queue === ""
    ? null
    : {
        label: label(ticket.queue, ticket.assigneeId),
        confidence: triage.queue.confidence,
        reason: "where it is already",
      };
}

/** What a draft rests on, in a few words: article and template by name, most of its sentences first. */
function restsOn({
  findings: { sources, questions },
  template,
}: DraftRecord): Pick<NonNullable<DigestItemView["draft"]>, "sources" | "openQuestions" | "saysSo"> {
  const counts = new Map<string, number>();
  for (const { kind, name } of sources) {
    const words =
      kind === "article" ? `article “${name}”` : kind === "ticket" ? name : `${SOURCE_LABELS[kind]} ${name}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return {
    sources: [...counts].sort((a, b) => b[1] - a[1]).map(([words]) => words),
    openQuestions: questions.filter((one) => one.answeredBy === "open").map((one) => one.question),
    saysSo: !isFixedTemplate(template),
  };
}

const SOURCE_LABELS = { template: "template", record: "the record of" } as const;

/** Which engine answered in place of the one that the desk is set to, and why. */
function answeredInstead(triage: Triage | null, draft: DraftRecord | null): DigestItemView["whatWeKnow"] {
  const sentence = triage?.fallback ?? draft?.findings.fallback;
  return sentence === undefined ? [] : [{ parts: [{ text: sentence, url: null }], evidence: "" }];
}

/** What else `approve` does. Route and category have rows of their own on the card. */
function alsoDoes(action: ProposedAction, technicians: readonly Technician[]): string | null {
  switch (action.action) {
    case "route":
      return `route to ${action.queue}${action.technicianId === null ? "" : ` (${technicians.find((one) => one.id === action.technicianId)?.name ?? "unknown"})`}`;
    case "categorise":
      return `file under ${action.category}`;
    case "set-priority":
      return `set ${action.priority} (now ${action.from})`;
    case "mark-spam":
      return "mark as spam";
    case "close":
      return "close the ticket";
    case "escalate":
      return "escalate";
    case "merge":
      return "merge into another ticket";
    case "note":
      return "add a note";
    case "run-runbook":
      return `run ${action.runbook}`;
    case "reply":
    case "acknowledge":
      return null;
  }
}

function highRisk({ review, draft }: ItemSource): DigestItemView["highRisk"] {
  const { risk } = review;
  if (!risk.highRisk) return null;
  // Without a draft there is nothing to send, only actions to approve.
  const byMail = draft === null ? "anything" : mailMayRelease(risk.codes, draft.template);
  return { needs: plainly(risk.reasons.join(" ")), byMail };
}

/** One act as a line with the number that undoes it. */
export function doneAlone(act: ShownAct, undo: number, technicians: readonly Technician[]): DoneAloneView {
  const flag = act.flagged ? " (worth a look)" : "";
  const reason = plainly(act.reasons[0] ?? `policy v${act.policyVersion}`);
  if (act.letter !== null) {
    const { to, leavesAt, text } = act.letter;
    const whom = to.join(", ");
    const did =
      act.action.action === "acknowledge" ? `told ${whom} that the mail has arrived` : `answered ${whom}`;
    const leaves = leavesAt === null ? "" : `, leaves at ${leavesAt}`;
    return {
      act: `${did}${leaves}${flag}`,
      reason,
      // What has left cannot be undone; that a mail has arrived is no news to take back.
      undo: leavesAt === null || act.action.action === "acknowledge" ? null : undo,
      said: act.action.action === "acknowledge" ? "" : shortened(text.split(/\s+/).join(" "), MAX_SAID),
    };
  }
  const words = alsoDoes(act.action, technicians) ?? act.action.action;
  return { act: `${past(words)}${flag}`, reason, undo, said: "" };
}

const past = (words: string): string =>
  words
    .replace(/^route to/, "sent to")
    .replace(/^file under/, "filed under")
    .replace(/^set /, "set to ")
    .replace(/^mark as/, "marked as");

function excerpt(text: string, length: number): string {
  const clean = text.trim();
  return clean.length <= length ? clean : `${clean.slice(0, length).replace(/\s+\S*$/, "")} …`;
}
