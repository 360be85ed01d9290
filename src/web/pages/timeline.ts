import type { Finding, Triage } from "../../desk/triage.ts";
import { diffWords, type DiffSegment } from "../../review/reading/word-diff.ts";
import { sure } from "../../review/presentation.ts";
import type { ActRecord } from "../../store/acts.ts";
import type { DecisionRecord } from "../../store/decisions.ts";
import type { DraftRecord } from "../../store/drafts.ts";
import type { MessageRecord } from "../../store/messages.ts";
import type { ReleaseRecord } from "../../store/releases.ts";
import type { ReviewRecord } from "../../store/reviews.ts";
import { TYPE_LABELS } from "../../steps/words.ts";
import { mayReadRaw } from "../api/shapes.ts";
import type { TicketStory } from "../ticket-story.ts";
import {
  actionWords,
  DRAFT_WORDS,
  OUTCOME_WORDS,
  PROOF_WORDS,
  RELEASE_WORDS,
  REVIEW_WORDS,
  VERDICT_WORDS,
  verbWords,
} from "./action-words.ts";
import { mailboxText, sizeText, type Moment } from "./words.ts";

/** One thing that happened on a ticket, as `templates/web/ticket.hbs` shows it. */
interface Entry {
  readonly at: Moment;
  /** Names the look: `in`, `out`, `note`, `found`, `draft`, `asked`, `decided`, `release`, `alone`. */
  readonly look: string;
  readonly heading: string;
  /** Behind the heading, in small print. */
  readonly aside: string;
  /** What a person wrote or will read; shown as it is, never as HTML. */
  readonly body: string;
  /** Folded away: it is no longer what counts. */
  readonly folded: boolean;
  readonly diff: readonly (DiffSegment & { readonly added: boolean; readonly removed: boolean })[];
  readonly facts: readonly Fact[];
  /** Facts that seldom matter, folded away. */
  readonly more: readonly Fact[];
  readonly warnings: readonly string[];
  readonly raw: string | null;
}

interface Fact {
  readonly label: string;
  readonly text: string;
  /** Beside it, softer: how sure, and why. */
  readonly soft: string;
}

type At = (iso: string) => Moment;
type Bare = Omit<Entry, "at"> & { readonly iso: string };

/** Everything in the order in which it happened; what committed together stands in the order of the work. */
export function timelineOf(story: TicketStory, at: At, role: string): readonly Entry[] {
  const all: Bare[] = [
    ...story.messages
      .filter((message) => message.direction !== "out")
      .flatMap((message) => [messageEntry(message, story, role), ...triageEntry(message)]),
    ...story.acts.map((act) => actEntry(act, story)),
    ...story.drafts.map((draft) => draftEntry(draft, story)),
    ...story.reviews.map((review) => reviewEntry(review, story, at)),
    ...story.decisions.map((decision) => decisionEntry(decision, story)),
    ...story.releases.map((release) => releaseEntry(release, story, at)),
    ...story.messages
      .filter((message) => message.direction === "out")
      .map((message) => messageEntry(message, story, role)),
  ];
  return all
    .toSorted((left, right) => (left.iso < right.iso ? -1 : left.iso > right.iso ? 1 : 0))
    .map(({ iso, ...entry }) => ({ ...entry, at: at(iso) }));
}

const PLAIN = {
  aside: "",
  body: "",
  folded: false,
  diff: [],
  facts: [],
  more: [],
  warnings: [],
  raw: null,
} as const;
const fact = (label: string, text: string, soft = ""): Fact => ({ label, text, soft });
const given = (facts: readonly Fact[]): readonly Fact[] => facts.filter((one) => one.text !== "");

function messageEntry(
  message: MessageRecord,
  { ticket, raws, technicians }: TicketStory,
  role: string,
): Bare {
  const name = message.fromName || message.fromAddress || "An unnamed sender";
  const technician = technicians.find((one) => one.email === message.fromAddress);
  const headings = {
    in: `${name} wrote`,
    out: "The reply left the desk",
    note: `${technician?.name ?? name} noted`,
  };
  return {
    ...PLAIN,
    iso: message.receivedAt,
    look: message.direction,
    heading: headings[message.direction],
    aside:
      message.direction === "note"
        ? "internal, no client sees it"
        : message.to.length === 0
          ? ""
          : `to ${message.to.map((mailbox) => mailbox.address).join(", ")}`,
    body: message.newText ?? "",
    facts: given([
      fact("In copy", message.cc.map((mailbox) => mailbox.address).join(", ")),
      // The page's title says it already, mostly.
      fact("Subject", message.subject?.includes(ticket.subject) === true ? "" : (message.subject ?? "")),
      fact(
        "Files",
        message.attachments
          .map((file) => `${file.filename || "unnamed"} (${file.contentType}, ${sizeText(file.size)})`)
          .join(", "),
      ),
      fact("Filed", message.dispositionReason ?? ""),
    ]),
    raw: mayReadRaw(raws.get(message.rawSha256 ?? ""), role) ? `/mail/${message.id}/raw` : null,
  };
}

function triageEntry(message: MessageRecord): readonly Bare[] {
  const { triage } = message;
  if (triage === null) return [];
  return [
    {
      ...PLAIN,
      iso: message.receivedAt,
      look: "found",
      heading: "What the desk found",
      aside: `${triage.engine} ${triage.version}`,
      facts: given([
        fact("In one line", triage.summary),
        found("Looks like", triage.category, triage.category.value || "nothing known"),
        found("Goes to", triage.queue),
        ...(triage.spam.value ? [found("Spam", triage.spam, "yes")] : []),
        fact("Missing", triage.missing.join(", ")),
        ...known(triage),
      ]),
      more: given([
        found("Kind", triage.type, TYPE_LABELS[triage.type.value]),
        found("Impact", triage.impact),
        found("Urgency", triage.urgency),
        ...(triage.spam.value ? [] : [found("Spam", triage.spam, "no")]),
        found("Tone", triage.sentiment),
        found("Language", triage.language),
        fact("Asks", triage.questions.join(" · ")),
      ]),
      warnings: triage.risks.map((risk) => `Risk, ${risk.kind}: ${risk.evidence}`),
    },
  ];
}

function found(label: string, finding: Finding<unknown>, text = String(finding.value)): Fact {
  return fact(label, text, [sure(finding.confidence), ...finding.evidence.slice(0, 3)].join(" · "));
}

function known({ articles, related }: Triage): readonly Fact[] {
  return [
    fact(
      "Articles",
      articles
        .slice(0, 3)
        .map((article) => `${article.title} (${article.source})`)
        .join(" · "),
    ),
    fact(
      "Like it",
      related
        .slice(0, 5)
        .map((ticket) => `#${ticket.number} ${ticket.subject}`)
        .join(" · "),
    ),
  ];
}

function actEntry(act: ActRecord, story: TicketStory): Bare {
  const words = actionWords(act.action, story.technicians);
  return {
    ...PLAIN,
    iso: act.createdAt,
    look: "alone",
    heading: `The desk did alone: ${words}`,
    aside: `policy version ${act.policyVersion}, rule ${act.policyRule + 1}`,
    facts: given([
      fact("Because", act.reasons.join(" · ")),
      fact("Undone", act.undoneBy === null ? "" : `by ${act.undoneBy}`),
    ]),
    warnings: act.flagged ? ["Worth a look: the policy lets the desk act, and flags it."] : [],
  };
}

function draftEntry(draft: DraftRecord, { drafts }: TicketStory): Bare {
  const { content, findings } = draft;
  const before = drafts.find((one) => one.id === draft.editedFromDraftId);
  const what = draft.kind === "acknowledge" ? "Acknowledgement" : `Draft ${draft.revision}`;
  return {
    ...PLAIN,
    iso: draft.createdAt,
    look: "draft",
    heading: `${what}: ${DRAFT_WORDS[draft.status]}`,
    aside: `by ${draft.author}, from ${draft.template}, ${sure(findings.confidence)}`,
    body: content.body,
    folded: draft.status !== "proposed" && draft.status !== "approved" && draft.status !== "uncertain",
    diff:
      before === undefined
        ? []
        : diffWords(before.content.body, content.body).map((segment) => ({
            ...segment,
            added: segment.kind === "added",
            removed: segment.kind === "removed",
          })),
    facts: given([
      fact("To", content.to.map(mailboxText).join(", ") || "nobody"),
      fact("In copy", content.cc.map(mailboxText).join(", ")),
      fact("Subject", content.subject),
      fact("Left out", findings.dropped.map((one) => `${one.address}: ${one.reason}`).join(" · ")),
    ]),
    warnings: [...findings.unsourced.map((text) => `No source: “${text}”`), ...findings.warnings],
  };
}

function reviewEntry(review: ReviewRecord, { technicians }: TicketStory, at: At): Bare {
  const person = technicians.find((one) => one.id === review.technicianId);
  return {
    ...PLAIN,
    iso: review.createdAt,
    look: "asked",
    heading: person === undefined ? "Nobody is there to ask" : `${person.name} is asked`,
    aside: [
      REVIEW_WORDS[review.status],
      ...(review.urgent ? ["urgent"] : []),
      ...(review.reminders > 0 ? [`reminded ${review.reminders} times`] : []),
    ].join(", "),
    facts: given([
      fact("Why", review.reasons.join(" · ")),
      ...review.actions.map(({ action, verdict }) =>
        fact(
          "Proposed",
          actionWords(action, technicians),
          `${sure(action.confidence)} · ${VERDICT_WORDS[verdict.verdict]}`,
        ),
      ),
      fact("Until", review.status === "open" ? at(review.expiresAt).text : ""),
    ]),
    warnings: review.risk.highRisk ? ["High risk: it is never part of “approve all”."] : [],
  };
}

function decisionEntry(decision: DecisionRecord, { technicians }: TicketStory): Bare {
  const person = technicians.find((one) => one.id === decision.technicianId);
  const reason = decision.detail["reason"] ?? decision.detail["instruction"];
  return {
    ...PLAIN,
    iso: decision.createdAt,
    look: "decided",
    heading: `${person?.name ?? "Somebody"} ${verbWords(decision.verb)}`,
    aside: `${decision.draftRevision === null ? "" : `draft ${decision.draftRevision}, `}by ${decision.channel}`,
    body: typeof reason === "string" ? reason : "",
    facts: given([
      fact("Proof", PROOF_WORDS[decision.proof.kind] ?? decision.proof.kind, decision.proof.detail),
      fact("Carried by", decision.messageId === null ? "" : `review reply ${decision.messageId}`),
    ]),
  };
}

function releaseEntry(release: ReleaseRecord, { deliveries, drafts }: TicketStory, at: At): Bare {
  const { authorisation } = release;
  const draft = drafts.find((one) => one.id === release.draftId);
  return {
    ...PLAIN,
    iso: release.createdAt,
    look: "release",
    heading: `Release of ${draft?.kind === "acknowledge" ? "the acknowledgement" : `draft ${draft?.revision ?? ""}`}: ${RELEASE_WORDS[release.status]}`,
    aside: release.status === "held" ? `leaves at ${at(release.holdUntil).text}` : "",
    facts: given([
      fact("To", release.envelopeTo.join(", ")),
      fact(
        "Authorised by",
        authorisation.kind === "decision"
          ? `decision ${authorisation.decisionId}`
          : `policy version ${authorisation.policyVersion}, rule ${authorisation.rule + 1}`,
        `for the text ${authorisation.canonicalSha256.slice(0, 12)} and no other`,
      ),
      fact(
        "Message-ID",
        release.messageId,
        release.relayMessageId === null ? "" : `relay: ${release.relayMessageId}`,
      ),
      ...deliveries
        .filter((delivery) => delivery.releaseId === release.id)
        .map((delivery) =>
          fact(
            `Attempt ${delivery.attempt}`,
            `${OUTCOME_WORDS[delivery.outcome] ?? delivery.outcome} at ${at(delivery.finishedAt ?? delivery.startedAt).text}`,
            [delivery.smtpCode, delivery.enhancedCode, delivery.text]
              .filter((part) => part !== null && part !== "")
              .join(" "),
          ),
        ),
    ]),
    warnings:
      release.status === "uncertain"
        ? ["The connection ended after the message had begun. Look in the Sent folder or ask the client."]
        : [],
  };
}
