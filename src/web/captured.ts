import { readLetter, type Correspondent, type Letter } from "../mail-program/letter.ts";
import { draftsByIds } from "../store/drafts.ts";
import type { InsideKind } from "../store/outbox.ts";
import { countInsideMail, keptInsideMail, listInsideMail } from "../store/page-queries.ts";
import { listReleases, releaseById } from "../store/releases.ts";
import { releasesByStatus } from "../store/counts.ts";
import { ticketsByIds } from "../store/tickets.ts";
import type { Web } from "./context.ts";
import { HttpProblem } from "./problem.ts";
import type { Visitor } from "./session.ts";

/** Whose mailbox a captured mail would lie in. */
export type Box = "technicians" | "clients";
export const BOXES: readonly Box[] = ["technicians", "clients"];

interface CapturedRow {
  readonly id: number;
  readonly kind: string;
  readonly subject: string;
  readonly to: string;
  readonly at: string;
  readonly ticketNumber: number | null;
}

export interface CapturedMail {
  readonly box: Box;
  readonly id: number;
  readonly kind: string;
  /** Whom the envelope names. */
  readonly recipients: readonly Correspondent[];
  readonly letter: Letter;
  readonly bytes: Buffer;
  readonly at: string;
  readonly ticketNumber: number | null;
}

const KINDS: Readonly<Record<InsideKind, string>> = {
  digest: "Review mail",
  transcript: "Answer to a decision",
  notice: "Notice",
  reminder: "Reminder",
  "login-link": "Sign-in link",
  alert: "Alert",
};

/** Tokens and sign-in links stand in these mails: they are shown where nothing leaves, and to admins alone. */
export function checkMayRead(web: Web, { technician }: Visitor): void {
  if (!web.capture)
    throw new HttpProblem("not-found", "This desk sends its mail through a relay: nothing is captured here.");
  if (technician.role !== "admin")
    throw new HttpProblem("forbidden", "Captured mail holds the tokens of reviews: it is for admins alone.");
}

/** Why nobody can answer from here, as sentences; `null` on a desk to try, where a token alone vouches for a reply. */
export function whyNoAnswer(web: Web): string | null {
  if (!web.desk.settings.review.identity.includes("token"))
    return "This desk counts a technician’s word only with a proof that a form cannot give. Set review.identity: [token] to try it from here, or answer with the technician’s own mail program.";
  if (!web.capture?.post)
    return "This desk has no SMTP intake to hand an answer to. Add one to intake, such as smtp: { port: 2525 }, or answer with the technician’s own mail program.";
  return null;
}

export async function countCaptured(web: Web): Promise<Readonly<Record<Box, number>>> {
  const db = web.desk.database.reader;
  const [technicians, releases] = await Promise.all([countInsideMail(db), releasesByStatus(db)]);
  return { technicians, clients: releases.get("accepted") ?? 0 };
}

/** Newest first, one more than asked for where there are older ones. */
export async function listCaptured(
  web: Web,
  box: Box,
  query: { readonly before?: number; readonly limit: number },
): Promise<readonly CapturedRow[]> {
  return box === "technicians" ? listForTechnicians(web, query) : listForClients(web, query);
}

async function listForTechnicians(
  web: Web,
  query: { readonly before?: number; readonly limit: number },
): Promise<readonly CapturedRow[]> {
  const { desk } = web;
  const { database, sealing } = desk;
  const mails = await listInsideMail(database.reader, query);
  const numberOf = await ticketNumbers(web, mails);
  return Promise.all(
    mails.map(async (mail) => {
      const letter = await readLetter(sealing.open(mail.sealedMail), desk.clock());
      return {
        id: mail.id,
        kind: KINDS[mail.kind],
        subject: letter.subject,
        to: letter.to.map((one) => one.name || one.address).join(", "),
        at: mail.createdAt,
        ticketNumber: numberOf(mail),
      };
    }),
  );
}

async function listForClients(
  web: Web,
  query: { readonly before?: number; readonly limit: number },
): Promise<readonly CapturedRow[]> {
  const db = web.desk.database.reader;
  const releases = await listReleases(db, { ...query, state: "accepted" });
  const numberOf = await ticketNumbers(web, releases);
  const drafts = await draftsByIds(
    db,
    releases.map((release) => release.draftId),
  );
  return releases.map((release) => {
    const draft = drafts.get(release.draftId);
    return {
      id: release.id,
      kind: kindOf(draft?.kind),
      subject: draft?.content.subject ?? "",
      to: release.envelopeTo.join(", "),
      at: release.finishedAt ?? release.createdAt,
      ticketNumber: numberOf(release),
    };
  });
}

/** @throws HttpProblem where there is no such mail. */
export async function capturedMail(web: Web, box: Box, id: number): Promise<CapturedMail> {
  const found = await (box === "technicians" ? forTechnician(web, id) : forClient(web, id));
  if (found === null) throw new HttpProblem("not-found", "There is no captured mail with that number.");
  return found;
}

async function forTechnician(web: Web, id: number): Promise<CapturedMail | null> {
  const { desk } = web;
  const { database, sealing, directory } = desk;
  const mail = await keptInsideMail(database.reader, id);
  if (mail === null) return null;
  const { technicians } = await directory.current();
  const technician = technicians.find((one) => one.id === mail.technicianId);
  const bytes = sealing.open(mail.sealedMail);
  return {
    box: "technicians",
    id,
    kind: KINDS[mail.kind],
    recipients: technician === undefined ? [] : [{ name: technician.name, address: technician.email }],
    letter: await readLetter(bytes, desk.clock()),
    bytes,
    at: mail.createdAt,
    ticketNumber: (await ticketNumbers(web, [mail]))(mail),
  };
}

async function forClient(web: Web, id: number): Promise<CapturedMail | null> {
  const { desk } = web;
  const { database } = desk;
  const release = await releaseById(database.reader, id);
  if (release?.status !== "accepted") return null;
  const letter = await readLetter(release.mime, desk.clock());
  const draft = (await draftsByIds(database.reader, [release.draftId])).get(release.draftId);
  const named = [...letter.to, ...letter.cc];
  return {
    box: "clients",
    id,
    kind: kindOf(draft?.kind),
    recipients: release.envelopeTo.map(
      (address) => named.find((one) => one.address === address) ?? { name: "", address },
    ),
    letter,
    bytes: release.mime,
    at: release.finishedAt ?? release.createdAt,
    ticketNumber: (await ticketNumbers(web, [release]))(release),
  };
}

const kindOf = (kind: "reply" | "acknowledge" | undefined): string =>
  kind === "acknowledge" ? "Acknowledgement" : "Reply";

interface OnTicket {
  readonly ticketId: number | null;
}

async function ticketNumbers(web: Web, rows: readonly OnTicket[]): Promise<(row: OnTicket) => number | null> {
  const ids = rows.map((row) => row.ticketId).filter((id) => id !== null);
  const tickets = await ticketsByIds(web.desk.database.reader, [...new Set(ids)]);
  return (row) => tickets.get(row.ticketId ?? 0)?.number ?? null;
}
