import type { ParsedMessage } from "../../src/mail/message.ts";
import type { ReplyContent } from "../../src/review/release.ts";
import type { Db } from "../../src/store/database.ts";
import { insertDecision } from "../../src/store/decisions.ts";
import { insertDraft, type NewDraft } from "../../src/store/drafts.ts";
import { insertReceived } from "../../src/store/messages.ts";
import { insertInsideMail } from "../../src/store/outbox.ts";
import { allTechnicians, saveClient, saveTechnician, senderOf } from "../../src/store/people.ts";
import { putRaws } from "../../src/store/raw-messages.ts";
import { insertAuthorisation, insertRelease } from "../../src/store/releases.ts";
import { insertReview, type NewReview } from "../../src/store/reviews.ts";
import { saveArticles } from "../../src/store/save-articles.ts";
import { createTicket, type NewTicket } from "../../src/store/tickets.ts";
import { NOW, LATER, sealing } from "./store.ts";

let counter = 0;
/** A name that no other row of this file has. */
export const unique = (word: string): string => `${word}${++counter}`;
const hex = (): string => (++counter).toString(16).padStart(64, "0");

export async function ticket(db: Db, over: Partial<NewTicket> = {}): Promise<{ id: number; number: number }> {
  return createTicket(
    db,
    {
      subject: "Printer jams",
      clientId: null,
      contactId: null,
      requesterName: "Ana Ruiz",
      requesterAddress: "ana@contoso.example",
      queue: "Service Desk",
      lastClientMessageId: 1,
      searchText: "Printer jams on tray two",
      ...over,
    },
    NOW,
  );
}

export async function client(db: Db, domains: readonly string[] = []): Promise<number> {
  const name = unique("Client ");
  const email = `${unique("who")}@client.example`;
  await saveClient(db, {
    name,
    domains,
    vip: false,
    regulated: false,
    sla: "",
    notes: "",
    contacts: [{ name: "Someone", email, vip: false, notes: "" }],
  });
  return (await senderOf(db, email, "")).client?.id ?? 0;
}

export async function technician(db: Db): Promise<number> {
  const email = `${unique("tech")}@msp.example`;
  await saveTechnician(db, {
    name: "Dana",
    email,
    aliases: [],
    delegates: [],
    role: "technician",
    queues: [],
    skills: [],
    hours: "",
    active: true,
  });
  return (await allTechnicians(db)).find((one) => one.email === email)?.id ?? 0;
}

export async function message(db: Db, bytes = unique("Subject: mail ")): Promise<number> {
  const body = Buffer.from(bytes);
  const sha256 = hex();
  await putRaws(db, [{ sha256, size: body.length, body: { bytes: body }, sealed: false }], sealing, NOW);
  const ids = await insertReceived(
    db,
    [
      {
        rawSha256: sha256,
        size: body.length,
        source: "smtp",
        account: null,
        folder: null,
        uidValidity: null,
        uid: null,
        envelope: null,
      },
    ],
    NOW,
  );
  return ids[0] ?? 0;
}

export function parsed(over: Partial<ParsedMessage> = {}): ParsedMessage {
  return {
    messageId: `<${unique("m")}@contoso.example>`,
    contentSha256: hex(),
    inReplyTo: [],
    references: [],
    from: [{ name: "Ana Ruiz", address: "ana@contoso.example" }],
    sender: null,
    resentBy: [],
    replyTo: [],
    to: [{ name: "", address: "support@desk.example" }],
    cc: [],
    subject: "Printer jams",
    date: new Date("2026-03-02T08:59:00Z"),
    text: "It jams.",
    html: null,
    newText: "It jams.",
    quotedText: "",
    attachments: [],
    automatic: { verdict: "no", reasons: [] },
    deliveryStatus: null,
    headers: [],
    defects: [],
    ...over,
  };
}

export function content(body = "Hello Ana,\n\nit is fixed."): ReplyContent {
  return {
    from: { name: "Dana at the desk", address: "support@desk.example" },
    to: [{ name: "Ana Ruiz", address: "ana@contoso.example" }],
    cc: [],
    subject: "Re: Printer jams",
    inReplyTo: null,
    references: [],
    body,
    attachments: [],
  };
}

export async function draft(
  db: Db,
  ticketId: number,
  over: Partial<NewDraft> = {},
): Promise<{ id: number; revision: number; canonicalSha256: string }> {
  const canonicalSha256 = over.canonicalSha256 ?? hex();
  const made = await insertDraft(
    db,
    {
      ticketId,
      kind: "reply",
      template: "resolved",
      content: content(),
      canonicalSha256,
      basedOnMessageId: null,
      author: "local",
      editedFromDraftId: null,
      findings: {
        articleIds: [],
        unsourced: [],
        sources: [],
        questions: [],
        warnings: [],
        dropped: [],
        confidence: 0.9,
      },
      ...over,
    },
    NOW,
  );
  return { ...made, canonicalSha256 };
}

export async function review(db: Db, ticketId: number, over: Partial<NewReview> = {}): Promise<number> {
  return insertReview(
    db,
    {
      ticketId,
      draftId: null,
      technicianId: null,
      urgent: false,
      risk: { highRisk: false, codes: [], reasons: [] },
      actions: [],
      reasons: ["no policy matched"],
      answerDueAt: null,
      remindAt: null,
      expiresAt: LATER,
      ...over,
    },
    NOW,
  );
}

export async function decision(db: Db, ticketId: number, draftId: number | null = null): Promise<number> {
  return insertDecision(
    db,
    {
      reviewId: null,
      ticketId,
      draftId,
      draftRevision: 1,
      technicianId: await technician(db),
      verb: "approve",
      channel: "mail",
      detail: {},
      proof: { kind: "token", detail: "" },
      messageId: null,
    },
    NOW,
  );
}

/** A release with all it needs, held. */
export async function release(
  db: Db,
  over: { readonly holdUntil?: string; readonly mime?: Buffer } = {},
): Promise<{
  id: number;
  ticketId: number;
  draftId: number;
  authorisationId: number;
  messageId: string;
  hash: string;
}> {
  const made = await ticket(db);
  const drafted = await draft(db, made.id);
  const decisionId = await decision(db, made.id, drafted.id);
  const authorisation = await insertAuthorisation(db, { kind: "decision", decisionId }, drafted, NOW);
  const messageId = `<${unique("r")}@desk.example>`;
  const id = await insertRelease(
    db,
    {
      ticketId: made.id,
      draftId: drafted.id,
      authorisation,
      messageId,
      envelopeFrom: "support@desk.example",
      envelopeTo: ["ana@contoso.example"],
      mime: over.mime ?? Buffer.from("Subject: Re: Printer jams\r\n\r\nfixed\r\n"),
      holdUntil: over.holdUntil ?? NOW,
    },
    NOW,
  );
  return {
    id,
    ticketId: made.id,
    draftId: drafted.id,
    authorisationId: authorisation.id,
    messageId,
    hash: drafted.canonicalSha256,
  };
}

export async function insideMail(db: Db, technicianId: number, messageId = `<${unique("d")}@desk.example>`) {
  return insertInsideMail(
    db,
    {
      kind: "digest",
      technicianId,
      messageId,
      ticketId: null,
      sealedMail: sealing.seal(Buffer.from("Subject: digest\r\n\r\n")),
    },
    NOW,
    LATER,
  );
}

export async function saveArticle(
  db: Db,
  article: Parameters<typeof saveArticles>[1][number],
  now: string,
): Promise<string | undefined> {
  return (await saveArticles(db, [article], now))[0];
}
