import { person } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { sameAddress } from "../../mail/address.ts";
import { renderSignIn } from "../../review/notices.ts";
import { createLoginLink, createSession, endSession, useLoginLink } from "../../store/access.ts";
import type { Desk, MailingDesk } from "../desk.ts";
import { queueInside, sendQueued } from "../review/inside-mail.ts";
import { transact } from "../unit.ts";
import { firstName } from "../words.ts";

type SigningIn = MailingDesk;

export const LINK_MINUTES = 15;
export const SESSION_HOURS = 12;

/**
 * Mail a single-use link to the technician with this address. For an address that nobody active has, nothing happens:
 * the caller says the same in both cases, and says it before this is done, so that time tells nothing either.
 */
export async function mailSignInLink(desk: SigningIn, address: string): Promise<void> {
  const directory = await desk.directory.current();
  const technician = directory.technicians.find((one) => one.active && sameAddress(one.email, address));
  if (technician === undefined) return;
  const outboxId = await transact(desk, "sign-in", async (unit) => {
    const expiresAt = new Date(unit.at.getTime() + LINK_MINUTES * 60_000).toISOString();
    const secret = await createLoginLink(unit.db, technician.id, expiresAt);
    unit.record({
      stream: "desk",
      actor: { kind: "desk", id: "console" },
      kind: "login-link.mailed",
      sentence: `A sign-in link was mailed to ${technician.email}.`,
      evidence: { technicianId: technician.id },
    });
    const mail = renderSignIn(directory.templates, {
      deskName: desk.settings.name,
      firstName: firstName(technician.name),
      url: `${desk.settings.webUrl.replace(/\/+$/, "")}/sign-in/${secret}`,
      validFor: `${LINK_MINUTES} minutes`,
    });
    return queueInside(desk, unit, { kind: "login-link", technician, mail, ticketId: null });
  });
  await sendQueued(desk, outboxId);
}

interface SignedIn {
  readonly technician: Technician;
  /** In clear, once: for the cookie. */
  readonly secret: string;
}

/** Use a link up and begin a session; `null` when it was used, ran out, or its technician is no longer active. */
export async function signIn(
  desk: Pick<Desk, "database" | "queue" | "clock" | "directory" | "failPoint">,
  linkSecret: string,
): Promise<SignedIn | null> {
  const { technicians } = await desk.directory.current();
  return transact(desk, "sign-in", async (unit) => {
    const technicianId = await useLoginLink(unit.db, linkSecret, unit.now);
    const technician = technicians.find((one) => one.id === technicianId && one.active);
    if (technician === undefined) return null;
    const expiresAt = new Date(unit.at.getTime() + SESSION_HOURS * 3_600_000).toISOString();
    const { secret } = await createSession(unit.db, technician.id, unit.now, expiresAt);
    unit.record({
      stream: "desk",
      actor: person(technician.email),
      kind: "session.began",
      sentence: `${technician.name} signed in to the console.`,
      evidence: { technicianId: technician.id },
    });
    return { technician, secret };
  });
}

export function signOut(desk: Pick<Desk, "database">, sessionSecret: string): Promise<void> {
  return endSession(desk.database.db, sessionSecret);
}
