import { z } from "zod";
import { ACTION_KINDS } from "../../desk/action.ts";
import { LEVELS, PRIORITIES, TICKET_TYPES } from "../../desk/ticket.ts";
import { RISK_KINDS } from "../../desk/triage.ts";

/**
 * What the API answers, as schemas: the OpenAPI document is made of them, and tests hold every answer against it.
 * Names are a contract: add, never rename.
 */

export const TICKET_STATUSES = ["new", "open", "pending", "resolved", "closed", "spam", "merged"] as const;
export const REVIEW_STATES = ["open", "snoozed", "decided", "void", "expired"] as const;
export const RELEASE_STATES = [
  "held",
  "ready",
  "claimed",
  "started",
  "accepted",
  "deferred",
  "rejected",
  "uncertain",
  "cancelled",
] as const;
export const DISPOSITIONS = [
  "new-ticket",
  "follow-up",
  "note",
  "review-reply",
  "delivery-status",
  "automatic",
  "spam-suspect",
  "duplicate",
  "refused",
  "quarantined",
] as const;
const DRAFT_STATES = [
  "proposed",
  "approved",
  "released",
  "sent",
  "rejected",
  "superseded",
  "cancelled",
  "failed",
  "uncertain",
  "bounced",
] as const;

/** Named parts of the document: `#/components/schemas/NAME`. */
export const components = z.registry<{ id: string }>();
export function named<T extends z.ZodType>(id: string, schema: T): T {
  components.add(schema, { id });
  return schema;
}

export const id = z.int().min(1).describe("Counts up; never given twice.");
export const time = z.iso.datetime().describe("ISO 8601, UTC.");
export const address = z.string().describe("addr-spec, `local@domain`.");
const msgId = z.string().describe("RFC 5322 msg-id, with its angle brackets.");
const ticketNumber = z.int().min(1).describe("What people see: 1042 of #1042.");
const share = z.number().min(0).max(1);
const json = z.record(z.string(), z.unknown());

const Mailbox = named("Mailbox", z.strictObject({ name: z.string(), address }));
const Person = named(
  "Person",
  z.strictObject({ name: z.string(), email: address }).describe("A technician."),
);

export const Ticket = named(
  "Ticket",
  z.strictObject({
    id,
    number: ticketNumber,
    subject: z.string(),
    status: z.enum(TICKET_STATUSES),
    type: z.enum(TICKET_TYPES),
    category: z.string().describe("Empty until triage is done."),
    impact: z.enum(LEVELS),
    urgency: z.enum(LEVELS),
    priority: z.enum(PRIORITIES),
    proposedPriority: z
      .enum(PRIORITIES)
      .nullable()
      .describe("What the open review proposes to set; `null` for none."),
    queue: z.string(),
    client: z
      .strictObject({ id, name: z.string(), vip: z.boolean() })
      .nullable()
      .describe("Null where the requester belongs to no known client."),
    requester: Mailbox,
    assignee: Person.nullable(),
    waitsFor: z.string().describe("What it waits for, in words for people."),
    snoozedUntil: time.nullable(),
    closedAt: time.nullable(),
    minutesSpent: z.int().min(0).describe("What technicians added with `time`."),
    createdAt: time,
    updatedAt: time,
  }),
);

const finding = <T extends z.ZodType>(value: T) =>
  z.strictObject({
    value,
    confidence: share.describe("Calibrated chance of being right."),
    evidence: z.array(z.string()),
  });

const Triage = named(
  "Triage",
  z.strictObject({
    type: finding(z.enum(TICKET_TYPES)),
    category: finding(z.string()),
    impact: finding(z.enum(LEVELS)),
    urgency: finding(z.enum(LEVELS)),
    spam: finding(z.boolean()),
    sentiment: finding(z.enum(["calm", "annoyed", "angry"])),
    language: finding(z.string().describe("ISO 639-1.")),
    queue: finding(z.string()),
    risks: z.array(z.strictObject({ kind: z.enum(RISK_KINDS), evidence: z.string() })),
    related: z.array(
      z.strictObject({
        ticketNumber,
        subject: z.string(),
        similarity: share,
        relation: z.enum(["duplicate", "related"]),
      }),
    ),
    articles: z.array(
      z.strictObject({
        articleId: id,
        title: z.string(),
        source: z.string(),
        score: z.number(),
        excerpt: z.string(),
      }),
    ),
    questions: z.array(z.string()),
    missing: z.array(z.string()),
    summary: z.string(),
    engine: z.string(),
    version: z.string(),
  }),
);

const Attachment = named(
  "Attachment",
  z.strictObject({
    filename: z.string().describe("As the sender wrote it; never a path."),
    contentType: z.string(),
    size: z.int(),
    inline: z.boolean(),
    sha256: z.string(),
  }),
);

const rawPath = z
  .string()
  .nullable()
  .describe("Where its bytes are; null where there are none, or this token may not read them.");

const Message = named(
  "Message",
  z.strictObject({
    id,
    direction: z.enum(["in", "out", "note"]).describe("`note` is internal: no client ever sees it."),
    source: z.string().describe("smtp, imap or desk."),
    messageId: msgId.nullable(),
    from: Mailbox.nullable(),
    to: z.array(Mailbox),
    cc: z.array(Mailbox),
    subject: z.string().nullable(),
    text: z.string().nullable().describe("The new words, without the quote."),
    size: z.int(),
    attachments: z.array(Attachment),
    receivedAt: time,
    disposition: z.enum(DISPOSITIONS).nullable(),
    dispositionCode: z.string().nullable(),
    dispositionReason: z.string().nullable(),
    triage: Triage.nullable(),
    raw: rawPath,
  }),
);

const Draft = named(
  "Draft",
  z.strictObject({
    id,
    revision: z.int().min(1),
    state: z.enum(DRAFT_STATES),
    kind: z.enum(["reply", "acknowledge"]),
    template: z.string(),
    author: z.string().describe("A technician's address, or the engine and its version."),
    from: Mailbox,
    to: z.array(Mailbox),
    cc: z.array(Mailbox),
    subject: z.string(),
    body: z.string().describe("Markdown: emphasis, lists, links."),
    canonicalSha256: z.string().describe("What an authorisation of this draft is bound to."),
    basedOnMessageId: id.nullable(),
    editedFromDraftId: id.nullable(),
    confidence: share,
    articleIds: z.array(id),
    unsourced: z.array(z.string()).describe("Sentences that no source supports."),
    sources: z
      .array(z.strictObject({ sentence: z.string(), kind: z.string(), name: z.string() }))
      .describe("Where the other sentences come from: template, article, ticket or record."),
    questions: z
      .array(z.strictObject({ question: z.string(), answeredBy: z.string() }))
      .describe("What the client asked, and what answers it; `open` where nothing does."),
    warnings: z.array(z.string()),
    dropped: z.array(z.strictObject({ address, reason: z.string() })),
    createdAt: time,
  }),
);

const Action = named(
  "Action",
  z
    .looseObject({ action: z.enum(ACTION_KINDS), confidence: share, evidence: z.array(z.string()) })
    .describe("Each kind carries its own value beside these."),
);

export const Review = named(
  "Review",
  z.strictObject({
    id,
    ticketNumber,
    draftId: id.nullable(),
    state: z.enum(REVIEW_STATES),
    technician: Person.nullable(),
    urgent: z.boolean(),
    highRisk: z.boolean(),
    actions: z.array(
      z.strictObject({
        action: Action,
        verdict: z.enum(["act", "act-and-flag", "review"]),
        reasons: z.array(z.string()),
      }),
    ),
    reasons: z.array(z.string()).describe("Why a person is asked."),
    reminders: z.int(),
    expiresAt: time,
    answerDueAt: time
      .nullable()
      .describe(
        "When the client was promised a first answer; `null` for no promise, or where somebody has answered.",
      ),
    snoozedUntil: time.nullable(),
    createdAt: time,
  }),
);

const Decision = named(
  "Decision",
  z.strictObject({
    id,
    reviewId: id.nullable(),
    draftId: id.nullable(),
    draftRevision: z.int().nullable(),
    technician: Person.nullable(),
    verb: z.string(),
    channel: z.enum(["mail", "console", "api"]),
    detail: json,
    proof: z.strictObject({
      kind: z.enum(["dkim", "authentication-results", "exchange", "token", "console"]),
      detail: z.string(),
    }),
    replyId: id.nullable().describe("The message that carried it."),
    createdAt: time,
  }),
);

const Act = named(
  "Act",
  z
    .strictObject({
      id,
      action: Action,
      policyVersion: z.int(),
      policyRule: z.int(),
      flagged: z.boolean(),
      reasons: z.array(z.string()),
      undoneAt: time.nullable(),
      undoneBy: z.string().nullable(),
      createdAt: time,
    })
    .describe("What the desk did alone under a policy."),
);

export const Release = named(
  "Release",
  z.strictObject({
    id,
    ticketNumber,
    draftId: id,
    state: z.enum(RELEASE_STATES),
    messageId: msgId,
    relayMessageId: z.string().nullable().describe("What the relay put in its place."),
    from: address,
    to: z.array(address),
    authorisation: z.strictObject({
      id,
      kind: z.enum(["decision", "grant"]),
      decisionId: id.nullable(),
      policyVersion: z.int().nullable(),
      policyRule: z.int().nullable(),
      canonicalSha256: z.string(),
    }),
    attempts: z.int(),
    holdUntil: time,
    nextAttemptAt: time,
    createdAt: time,
    finishedAt: time.nullable(),
  }),
);

const Delivery = named(
  "Delivery",
  z.strictObject({
    releaseId: id,
    attempt: z.int(),
    outcome: z.string().describe("started, accepted, deferred, rejected, uncertain or resolved."),
    smtpCode: z.int().nullable(),
    enhancedCode: z.string().nullable().describe("RFC 3463."),
    text: z.string(),
    startedAt: time,
    finishedAt: time.nullable(),
  }),
);

export const Event = named(
  "Event",
  z.strictObject({
    id,
    stream: z.string(),
    seq: z.int(),
    at: time,
    actor: z.strictObject({ kind: z.enum(["person", "policy", "desk"]), id: z.string() }),
    kind: z.string(),
    sentence: z.string(),
    evidence: json,
    previousHash: z.string(),
    hash: z.string(),
  }),
);

export const TicketStory = named(
  "TicketStory",
  Ticket.extend({
    messages: z.array(Message),
    triage: Triage.nullable().describe("Of the newest message that has one."),
    drafts: z.array(Draft),
    reviews: z.array(Review),
    decisions: z.array(Decision),
    acts: z.array(Act),
    releases: z.array(Release),
    deliveries: z.array(Delivery),
    events: z.array(Event),
  }),
);

export const Mail = named(
  "Mail",
  z
    .strictObject({
      id,
      source: z.string(),
      account: z.string().nullable(),
      status: z.enum(["received", "filed", "quarantined"]),
      from: Mailbox.nullable(),
      subject: z.string().nullable(),
      messageId: msgId.nullable(),
      size: z.int(),
      disposition: z.enum(DISPOSITIONS).nullable().describe("Null until it has been read."),
      dispositionCode: z.string().nullable(),
      dispositionReason: z.string().describe("One sentence, always there."),
      ticketNumber: ticketNumber.nullable(),
      suggestedTicketNumber: ticketNumber.nullable(),
      duplicateOf: id.nullable(),
      raw: rawPath,
      receivedAt: time,
    })
    .describe("One mail that the desk took in."),
);

export const TemplateSummary = named(
  "TemplateSummary",
  z.strictObject({
    name: z.string(),
    title: z.string(),
    language: z.string(),
    editable: z.boolean(),
    edited: z.boolean().describe("False where the default is in force."),
    version: z.int().describe("0 where nothing was ever saved."),
    author: z.string().nullable(),
    changedAt: time.nullable(),
  }),
);

export const Template = named(
  "Template",
  TemplateSummary.extend({
    source: z.string(),
    defaultSource: z.string(),
    variables: z.array(z.strictObject({ name: z.string(), kind: z.string(), about: z.string() })),
    versions: z.array(
      z.strictObject({
        version: z.int(),
        author: z.string(),
        createdAt: time,
        source: z.string().nullable().describe("Null went back to the default."),
      }),
    ),
  }),
);

const PolicyRule = named(
  "PolicyRule",
  z.strictObject({
    scope: z.strictObject({
      client: z.string().optional(),
      vip: z.boolean().optional(),
      category: z.string().optional(),
      priority: z.enum(PRIORITIES).optional(),
    }),
    action: z
      .enum(ACTION_KINDS)
      .optional()
      .describe("Without it the rule holds every automatic act in its scope."),
    rung: z.enum(["review", "conditional", "supervised"]),
    maxError: share.optional(),
    sample: share.optional(),
    template: z.string().optional(),
  }),
);

export const Policies = named(
  "Policies",
  z.strictObject({ version: z.int(), author: z.string(), rules: z.array(PolicyRule) }),
);

export const Article = named(
  "Article",
  z.strictObject({
    id,
    title: z.string(),
    source: z.string(),
    score: z.number().nullable().describe("Larger is better, within one answer; null without q."),
    excerpt: z.string(),
  }),
);

export const Problem = named(
  "Problem",
  z.strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    problems: z
      .array(
        z.strictObject({
          path: z.string(),
          message: z.string(),
          line: z.int().optional(),
          column: z.int().optional(),
          variable: z.string().optional(),
        }),
      )
      .optional(),
  }),
);

/** `next` is the cursor of the next page, or null at the end. */
export function listOf(name: string, item: z.ZodType) {
  return named(name, z.strictObject({ items: z.array(item), next: z.string().nullable() }));
}
