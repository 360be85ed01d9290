import { describe, expect, test } from "vitest";
import { fileMessage } from "../../src/desk/threading.ts";
import { CLOSED_FOR_GOOD_MS } from "../../src/desk/joining.ts";
import type { FilingFacts, KnownTicket } from "../../src/desk/filing-facts.ts";
import type { Client, Contact, Technician } from "../../src/desk/ticket.ts";
import type { ParsedMessage } from "../../src/mail/message.ts";

const NOW = new Date("2026-03-10T10:00:00Z");

const contoso: Client = {
  id: 3,
  name: "Contoso",
  domains: ["contoso.example"],
  vip: false,
  regulated: false,
  sla: "",
  notes: "",
};
const ana: Contact = {
  id: 5,
  clientId: 3,
  name: "Ana Ruiz",
  email: "ana@contoso.example",
  vip: false,
  notes: "",
};
const dana: Technician = {
  id: 7,
  name: "Dana Wu",
  email: "dana@msp.example",
  aliases: ["dwu@msp.example"],
  delegates: [],
  role: "technician",
  queues: ["Network"],
  skills: [],
  hours: "",
  active: true,
};

const vpn: KnownTicket = {
  ticketId: 42,
  number: 1042,
  status: "open",
  closedAt: null,
  mergedIntoId: null,
  clientId: 3,
  clientDomains: ["contoso.example"],
  participants: ["ana@contoso.example", "helper@partner.example"],
};

const ALERT = "nagios|srv-01|disk c";
const disk: KnownTicket = { ...vpn, ticketId: 43, number: 1043, participants: ["nagios@contoso.example"] };

function mail(over: Partial<ParsedMessage> = {}): ParsedMessage {
  return {
    messageId: "<new@contoso.example>",
    contentSha256: "00",
    inReplyTo: [],
    references: [],
    from: [{ name: "Ana Ruiz", address: "ana@contoso.example" }],
    sender: null,
    resentBy: [],
    replyTo: [],
    to: [{ name: "", address: "support@desk.example" }],
    cc: [],
    subject: "VPN drops",
    date: null,
    text: "",
    html: null,
    newText: "",
    quotedText: "",
    attachments: [],
    automatic: { verdict: "no", reasons: [] },
    deliveryStatus: null,
    headers: [],
    defects: [],
    ...over,
  };
}

function facts(over: Partial<FilingFacts> = {}): FilingFacts {
  return {
    deskAddresses: ["support@desk.example", "review@desk.example"],
    reviewTokenPresent: false,
    knownReferences: [],
    referencedTicket: null,
    alert: null,
    sender: { technician: null, client: contoso, contact: ana },
    forward: null,
    releaseForBounce: null,
    insideMailForBounce: null,
    ownMessage: null,
    authenticationFailed: false,
    now: NOW,
    ...over,
  };
}

const from = (address: string): Partial<ParsedMessage> => ({ from: [{ name: "", address }] });
const stranger = { technician: null, client: null, contact: null };
const byDana = { technician: dana, client: null, contact: null };
const REPLY = "<r1@desk.example>";
const answers: Partial<ParsedMessage> = { inReplyTo: [REPLY], references: [REPLY] };
const knows = (ticket: KnownTicket): Partial<FilingFacts> => ({
  knownReferences: [{ messageId: REPLY, kind: "release", ticket }],
});
const closed = (agoMs: number): KnownTicket => ({
  ...vpn,
  status: "closed",
  closedAt: new Date(NOW.getTime() - agoMs),
});
const status = {
  status: "5.1.1",
  action: "failed",
  diagnostic: "",
  kind: "hard",
  reason: "no such mailbox",
  finalRecipient: "x@contoso.example",
  recipients: [],
  originalMessageIds: [],
} as const;

interface Case {
  readonly name: string;
  readonly mail?: Partial<ParsedMessage>;
  readonly facts?: Partial<FilingFacts>;
  readonly kind: string;
  readonly code: string;
  readonly ticketId?: number;
  readonly suggested?: number;
  readonly requester?: string;
}

const CASES: readonly Case[] = [
  { name: "a first mail", kind: "new-ticket", code: "first-message", requester: "ana@contoso.example" },
  {
    name: "a reply to an unknown mail",
    mail: answers,
    kind: "new-ticket",
    code: "unknown-reference",
    requester: "ana@contoso.example",
  },
  {
    name: "the requester answers",
    mail: answers,
    facts: knows(vpn),
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "a colleague of the client answers",
    mail: { ...answers, ...from("bob@contoso.example") },
    facts: { ...knows(vpn), sender: { ...stranger, client: contoso } },
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 42,
    requester: "bob@contoso.example",
  },
  {
    name: "a participant of another company answers",
    mail: { ...answers, ...from("Helper@partner.example") },
    facts: { ...knows(vpn), sender: stranger },
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 42,
    requester: "Helper@partner.example",
  },
  {
    name: "an alert that is the first about its matter",
    mail: from("nagios@contoso.example"),
    facts: { alert: { key: ALERT, state: "problem", ticket: null, before: null } },
    kind: "new-ticket",
    code: "first-message",
    requester: "nagios@contoso.example",
  },
  {
    name: "the same alert again, from the same address",
    mail: from("nagios@contoso.example"),
    facts: { alert: { key: ALERT, state: "problem", ticket: disk, before: "warning" } },
    kind: "follow-up",
    code: "same-alert",
    ticketId: 43,
    requester: "nagios@contoso.example",
  },
  {
    name: "30 · the same alert, from an address that did not open the ticket",
    mail: from("eve@evil.example"),
    facts: { alert: { key: ALERT, state: "problem", ticket: disk, before: "warning" }, sender: stranger },
    kind: "new-ticket",
    code: "first-message",
    requester: "eve@evil.example",
  },
  {
    name: "30 · the same alert of another client's",
    mail: from("nagios@contoso.example"),
    facts: { alert: { key: ALERT, state: "problem", ticket: { ...disk, clientId: 4 }, before: "warning" } },
    kind: "new-ticket",
    code: "first-message",
    requester: "nagios@contoso.example",
  },
  {
    name: "30 · the same alert, forged",
    mail: from("nagios@contoso.example"),
    facts: {
      alert: { key: ALERT, state: "problem", ticket: disk, before: "warning" },
      authenticationFailed: true,
    },
    kind: "new-ticket",
    code: "first-message",
    requester: "nagios@contoso.example",
  },
  {
    name: "the same alert again, no worse than before",
    mail: from("nagios@contoso.example"),
    facts: { alert: { key: ALERT, state: "problem", ticket: disk, before: "problem" } },
    kind: "automatic",
    code: "same-alert-again",
    ticketId: 43,
  },
  {
    name: "the same alert again, on a ticket that was solved",
    mail: from("nagios@contoso.example"),
    facts: {
      alert: { key: ALERT, state: "problem", ticket: { ...disk, status: "resolved" }, before: "problem" },
    },
    kind: "follow-up",
    code: "same-alert",
    ticketId: 43,
    requester: "nagios@contoso.example",
  },
  {
    name: "a client's alert that says it was generated",
    mail: {
      ...from("nagios@contoso.example"),
      automatic: { verdict: "auto-reply", reasons: ["Auto-Submitted: auto-generated"] },
    },
    facts: { alert: { key: ALERT, state: "problem", ticket: disk, before: "warning" } },
    kind: "follow-up",
    code: "same-alert",
    ticketId: 43,
    requester: "nagios@contoso.example",
  },
  {
    name: "a stranger's alert that says it was generated",
    mail: {
      ...from("nagios@elsewhere.example"),
      automatic: { verdict: "auto-reply", reasons: ["Auto-Submitted: auto-generated"] },
    },
    facts: { alert: { key: ALERT, state: "problem", ticket: null, before: null }, sender: stranger },
    kind: "automatic",
    code: "auto-reply",
  },
  {
    name: "an automatic answer that looks like an alert",
    mail: {
      ...from("nagios@contoso.example"),
      automatic: { verdict: "auto-reply", reasons: ["Auto-Submitted: auto-replied"] },
    },
    facts: { alert: { key: ALERT, state: "problem", ticket: null, before: null } },
    kind: "automatic",
    code: "auto-reply",
  },
  {
    name: "30 · a stranger who knows a Message-ID",
    mail: { ...answers, ...from("eve@evil.example") },
    facts: { ...knows(vpn), sender: stranger },
    kind: "new-ticket",
    code: "not-a-participant",
    suggested: 42,
    requester: "eve@evil.example",
  },
  {
    name: "30 · a stranger who guesses the number",
    mail: from("eve@evil.example"),
    facts: { referencedTicket: vpn, sender: stranger },
    kind: "new-ticket",
    code: "not-a-participant",
    suggested: 42,
    requester: "eve@evil.example",
  },
  {
    name: "the subject's reference joins the client's own mail",
    facts: { referencedTicket: vpn },
    kind: "follow-up",
    code: "ticket-reference",
    ticketId: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "a freemail domain never makes a colleague",
    mail: { ...answers, ...from("mallory@gmail.com") },
    facts: {
      ...knows({ ...vpn, clientDomains: ["gmail.com"], participants: ["ana@gmail.com"] }),
      sender: stranger,
    },
    kind: "new-ticket",
    code: "not-a-participant",
    suggested: 42,
    requester: "mallory@gmail.com",
  },
  {
    name: "a contact with a freemail address belongs to the client",
    mail: { ...answers, ...from("ana.ruiz@gmail.com") },
    facts: knows(vpn),
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 42,
    requester: "ana.ruiz@gmail.com",
  },
  {
    name: "a ticket of no client is joined by its participants only",
    mail: { ...answers, ...from("bob@contoso.example") },
    facts: knows({ ...vpn, clientId: null, clientDomains: [] }),
    kind: "new-ticket",
    code: "not-a-participant",
    suggested: 42,
    requester: "bob@contoso.example",
  },
  {
    name: "In-Reply-To wins over the subject",
    mail: answers,
    facts: { ...knows(vpn), referencedTicket: { ...vpn, ticketId: 9, number: 1009 } },
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "a newer reference wins over an older one",
    mail: { references: ["<old@desk.example>", REPLY] },
    facts: {
      knownReferences: [
        { messageId: "<old@desk.example>", kind: "inbound", ticket: { ...vpn, ticketId: 9, number: 1009 } },
        { messageId: REPLY, kind: "release", ticket: vpn },
      ],
    },
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "a ticket that may not be joined does not hide one that may",
    mail: { ...answers, ...from("ana@contoso.example") },
    facts: {
      ...knows({ ...vpn, ticketId: 9, clientId: 8, clientDomains: ["other.example"], participants: [] }),
      referencedTicket: vpn,
    },
    kind: "follow-up",
    code: "ticket-reference",
    ticketId: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "a ticket closed for 14 days",
    mail: answers,
    facts: knows(closed(CLOSED_FOR_GOOD_MS)),
    kind: "new-ticket",
    code: "ticket-closed",
    suggested: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "a ticket closed for less than 14 days",
    mail: answers,
    facts: knows(closed(CLOSED_FOR_GOOD_MS - 1)),
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "a merged ticket leads to the other",
    mail: answers,
    facts: knows({ ...vpn, status: "merged", mergedIntoId: 40 }),
    kind: "follow-up",
    code: "known-message-id",
    ticketId: 40,
    requester: "ana@contoso.example",
  },
  {
    name: "a ticket marked as spam",
    mail: answers,
    facts: knows({ ...vpn, status: "spam" }),
    kind: "new-ticket",
    code: "ticket-is-spam",
    suggested: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "mail that failed authentication joins nothing",
    mail: answers,
    facts: { ...knows(vpn), authenticationFailed: true },
    kind: "new-ticket",
    code: "authentication-failed",
    suggested: 42,
    requester: "ana@contoso.example",
  },
  {
    name: "failed authentication without a ticket is a new ticket all the same",
    facts: { authenticationFailed: true },
    kind: "new-ticket",
    code: "first-message",
    requester: "ana@contoso.example",
  },

  { name: "3 · no From", mail: { from: [] }, kind: "quarantined", code: "from-missing" },
  {
    name: "3 · a From that cannot be read",
    mail: { defects: ["from-missing"] },
    kind: "quarantined",
    code: "from-missing",
  },
  {
    name: "3 · two authors",
    mail: {
      from: [
        { name: "", address: "dana@msp.example" },
        { name: "", address: "eve@evil.example" },
      ],
    },
    kind: "quarantined",
    code: "from-multiple",
  },
  {
    name: "3 · two From fields with the same author",
    mail: { defects: ["from-multiple"] },
    kind: "quarantined",
    code: "from-multiple",
  },
  {
    name: "3 · two authors and a review token",
    mail: {
      from: [
        { name: "", address: "dana@msp.example" },
        { name: "", address: "eve@evil.example" },
      ],
    },
    facts: { reviewTokenPresent: true },
    kind: "quarantined",
    code: "from-multiple",
  },

  {
    name: "36 · the desk's own address as author",
    mail: from("support@desk.example"),
    facts: { sender: stranger },
    kind: "refused",
    code: "own-address",
  },
  {
    name: "36 · the review address with a sub-address as author",
    mail: from("review+a1.x@desk.example"),
    facts: { sender: stranger },
    kind: "refused",
    code: "own-address",
  },
  {
    name: "a copy of a release comes back",
    mail: from("support@desk.example"),
    facts: { sender: stranger, ownMessage: { ticketId: 42 } },
    kind: "automatic",
    code: "own-message-returned",
    ticketId: 42,
  },

  {
    name: "15 · a bounce of a release",
    mail: {
      ...from("mailer-daemon@contoso.example"),
      automatic: { verdict: "bounce", reasons: ["multipart/report"] },
      deliveryStatus: status,
    },
    facts: { sender: stranger, releaseForBounce: { releaseId: 4, ticketId: 42 } },
    kind: "delivery-status",
    code: "bounce-of-release",
    ticketId: 42,
  },
  {
    name: "15 · a bounce of something else",
    mail: { automatic: { verdict: "bounce", reasons: ["null reverse-path"] } },
    kind: "delivery-status",
    code: "bounce-unknown",
  },
  {
    name: "15 · a bounce that bears a reference opens and joins nothing",
    mail: { ...answers, automatic: { verdict: "bounce", reasons: [] } },
    facts: { ...knows(vpn), referencedTicket: vpn },
    kind: "delivery-status",
    code: "bounce-unknown",
  },
  {
    name: "15 · a bounced digest at its token",
    mail: { automatic: { verdict: "bounce", reasons: [] }, deliveryStatus: status },
    facts: { reviewTokenPresent: true },
    kind: "delivery-status",
    code: "bounce-unknown",
  },

  {
    name: "a review reply",
    mail: from("dana@msp.example"),
    facts: { sender: byDana, reviewTokenPresent: true },
    kind: "review-reply",
    code: "review-token",
  },
  {
    name: "14 · an automatic review reply is the gate's to refuse",
    mail: { automatic: { verdict: "auto-reply", reasons: ["Auto-Submitted: auto-replied"] } },
    facts: { sender: byDana, reviewTokenPresent: true },
    kind: "review-reply",
    code: "review-token",
  },
  {
    name: "21 · a token in a client's mail",
    facts: { reviewTokenPresent: true },
    kind: "review-reply",
    code: "review-token",
  },
  {
    name: "a technician answers a digest at the support address",
    mail: { ...answers, ...from("dana@msp.example") },
    facts: { sender: byDana, knownReferences: [{ messageId: REPLY, kind: "digest", ticket: null }] },
    kind: "review-reply",
    code: "digest-without-token",
  },
  {
    name: "36 · a technician's program passes a digest on to the support address",
    mail: from("dana@msp.example"),
    facts: { sender: byDana, namesDigest: true },
    kind: "review-reply",
    code: "digest-without-token",
  },
  {
    name: "a technician writes on a ticket under a digest's subject",
    mail: { ...answers, ...from("dana@msp.example") },
    facts: { ...knows(vpn), sender: byDana, namesDigest: true },
    kind: "note",
    code: "technician-on-ticket",
    ticketId: 42,
  },
  {
    name: "36 · a stranger's program answers a digest",
    mail: from("program@elsewhere.example"),
    facts: { sender: { technician: null, client: null, contact: null }, namesDigest: true },
    kind: "refused",
    code: "answers-review-mail",
  },
  {
    name: "36 · a stranger's program answers a digest under a subject of its own",
    mail: { ...answers, ...from("program@elsewhere.example") },
    facts: {
      sender: { technician: null, client: null, contact: null },
      knownReferences: [{ messageId: REPLY, kind: "digest", ticket: null }],
    },
    kind: "refused",
    code: "answers-review-mail",
  },
  {
    name: "9 · a client answers a digest that was passed on",
    facts: { namesDigest: true },
    kind: "new-ticket",
    code: "first-message",
    requester: "ana@contoso.example",
  },
  {
    name: "9 · a client answers a forwarded digest",
    mail: answers,
    facts: { knownReferences: [{ messageId: REPLY, kind: "digest", ticket: null }] },
    kind: "new-ticket",
    code: "unknown-reference",
    requester: "ana@contoso.example",
  },

  {
    name: "36 · an out-of-office on a ticket",
    mail: { ...answers, automatic: { verdict: "auto-reply", reasons: ["Auto-Submitted: auto-replied"] } },
    facts: knows(vpn),
    kind: "automatic",
    code: "auto-reply-on-ticket",
    ticketId: 42,
  },
  {
    name: "36 · an out-of-office on nothing",
    mail: { automatic: { verdict: "auto-reply", reasons: ["Auto-Submitted: auto-replied"] } },
    kind: "automatic",
    code: "auto-reply",
  },
  {
    name: "a stranger's auto-reply does not touch the ticket",
    mail: { ...answers, ...from("eve@evil.example"), automatic: { verdict: "auto-reply", reasons: [] } },
    facts: { ...knows(vpn), sender: stranger },
    kind: "automatic",
    code: "auto-reply",
  },
  {
    name: "a DMARC report",
    mail: {
      ...from("noreply@dmarc.example"),
      automatic: { verdict: "report", reasons: ["multipart/report"] },
    },
    facts: { sender: stranger },
    kind: "automatic",
    code: "report",
  },
  {
    name: "a newsletter of a stranger",
    mail: { ...from("news@shop.example"), automatic: { verdict: "list", reasons: ["List-Id"] } },
    facts: { sender: stranger },
    kind: "automatic",
    code: "list-mail",
  },
  {
    name: "a contact who writes through a list",
    mail: { automatic: { verdict: "list", reasons: ["List-Id"] } },
    kind: "new-ticket",
    code: "first-message",
    requester: "ana@contoso.example",
  },
  {
    name: "a stranger through the group that is the support address",
    mail: {
      ...from("new@prospect.example"),
      automatic: { verdict: "list", reasons: ["List-Id"] },
      headers: [
        { name: "list-post", value: "<https://groups.example/support>, <mailto:Support@desk.example>" },
      ],
    },
    facts: { sender: stranger },
    kind: "new-ticket",
    code: "first-message",
    requester: "new@prospect.example",
  },
  {
    name: "a stranger through another group",
    mail: {
      ...from("new@prospect.example"),
      automatic: { verdict: "list", reasons: ["List-Id"] },
      headers: [{ name: "list-post", value: "<mailto:news@shop.example>" }],
    },
    facts: { sender: stranger },
    kind: "automatic",
    code: "list-mail",
  },

  {
    name: "a technician writes on a ticket",
    mail: { ...answers, ...from("dana@msp.example") },
    facts: { ...knows(vpn), sender: byDana },
    kind: "note",
    code: "technician-on-ticket",
    ticketId: 42,
  },
  {
    name: "a technician writes on a closed ticket",
    mail: { ...answers, ...from("dana@msp.example") },
    facts: { ...knows(closed(10 * CLOSED_FOR_GOOD_MS)), sender: byDana },
    kind: "note",
    code: "technician-on-ticket",
    ticketId: 42,
  },
  {
    name: "a technician forwards a client's mail",
    mail: from("dana@msp.example"),
    facts: {
      sender: byDana,
      forward: { name: "Ana Ruiz", address: "ana@contoso.example", subject: "Printer", text: "" },
    },
    kind: "new-ticket",
    code: "forwarded-by-technician",
    requester: "ana@contoso.example",
  },
  {
    name: "a technician forwards a mail about a known ticket",
    mail: from("dana@msp.example"),
    facts: {
      sender: byDana,
      referencedTicket: vpn,
      forward: { name: "", address: "ana@contoso.example", subject: "", text: "" },
    },
    kind: "note",
    code: "technician-on-ticket",
    ticketId: 42,
  },
  {
    name: "a technician forwards an own mail",
    mail: from("dana@msp.example"),
    facts: { sender: byDana, forward: { name: "", address: "DWU@msp.example", subject: "", text: "" } },
    kind: "new-ticket",
    code: "technician-request",
    requester: "dana@msp.example",
  },
  {
    name: "a technician forwards the desk's mail",
    mail: from("dana@msp.example"),
    facts: { sender: byDana, forward: { name: "", address: "support@desk.example", subject: "", text: "" } },
    kind: "new-ticket",
    code: "technician-request",
    requester: "dana@msp.example",
  },
  {
    name: "a technician's own request",
    mail: from("dana@msp.example"),
    facts: { sender: byDana },
    kind: "new-ticket",
    code: "technician-request",
    requester: "dana@msp.example",
  },
  {
    name: "1 · a forged technician's note",
    mail: { ...answers, ...from("dana@msp.example") },
    facts: { ...knows(vpn), sender: byDana, authenticationFailed: true },
    kind: "spam-suspect",
    code: "authentication-failed",
    suggested: 42,
  },
  {
    name: "1 · a forged technician's forward",
    mail: from("dana@msp.example"),
    facts: {
      sender: byDana,
      authenticationFailed: true,
      forward: { name: "", address: "victim@other.example", subject: "", text: "" },
    },
    kind: "spam-suspect",
    code: "authentication-failed",
  },
  {
    name: "a client's forward opens the client's own ticket",
    facts: { forward: { name: "", address: "boss@other.example", subject: "", text: "" } },
    kind: "new-ticket",
    code: "first-message",
    requester: "ana@contoso.example",
  },
];

describe("fileMessage", () => {
  test.each(CASES)("$name: $kind, $code", (one) => {
    const filing = fileMessage(mail(one.mail), facts(one.facts));
    expect({
      kind: filing.kind,
      code: filing.code,
      ticketId: filing.ticketId,
      suggested: filing.suggestedTicketId,
      requester: filing.requester?.address ?? null,
    }).toEqual({
      kind: one.kind,
      code: one.code,
      ticketId: one.ticketId ?? null,
      suggested: one.suggested ?? null,
      requester: one.requester ?? null,
    });
    expect(filing.reason).toMatch(/^[A-Z].*\.$/);
  });

  test.each([
    ["auto-generated", /^An alert from a sender that belongs to no client\. Make the sender a contact/],
    ["auto-replied", /^An automatic reply that belongs to no ticket\.$/],
  ])("says of a stranger's alert that is %s what it is, and what could be done", (keyword, reason) => {
    const filing = fileMessage(
      mail({
        ...from("alerts@rmm.example"),
        automatic: { verdict: "auto-reply", reasons: [`Auto-Submitted: ${keyword}`] },
      }),
      facts({ alert: { key: ALERT, state: "problem", ticket: null, before: null }, sender: stranger }),
    );
    expect(filing.reason).toMatch(reason);
  });
});
