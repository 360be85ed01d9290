import type { Role } from "../desk/ticket.ts";
import type { Desk } from "../steps/desk.ts";
import { allClients, contactsOf } from "../store/people.ts";

/** Somebody whose mailbox a visitor can open. */
export interface Player {
  readonly side: "client" | "technician";
  readonly name: string;
  readonly address: string;
  /** `Contoso` · `technician`. */
  readonly place: string;
}

/** Everybody of the demo's desk file: contacts in its order, then technicians. */
export async function playersOf(desk: Pick<Desk, "database" | "directory">): Promise<readonly Player[]> {
  const db = desk.database.reader;
  const clients = (await allClients(db)).toSorted((left, right) => left.id - right.id);
  const contacts = await Promise.all(
    clients.map(async (client) =>
      (await contactsOf(db, client.id))
        .toSorted((left, right) => left.id - right.id)
        .map((contact): Player => ({
          side: "client",
          name: contact.name,
          address: contact.email,
          place: client.name,
        })),
    ),
  );
  const { technicians } = await desk.directory.current();
  return [
    ...contacts.flat(),
    ...technicians
      .toSorted((left, right) => left.id - right.id)
      .map(({ name, email, role }): Player => ({
        side: "technician",
        name,
        address: email,
        place: ROLE_WORDS[role],
      })),
  ];
}

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  technician: "technician",
  lead: "lead technician",
  admin: "admin",
};
