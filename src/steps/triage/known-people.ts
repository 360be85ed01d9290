import { KnownPeople, type KnownPerson } from "../../assistant/spam/known-people.ts";
import type { Technician } from "../../desk/ticket.ts";
import { domainOf, isFreemail } from "../../mail/address.ts";
import type { Db } from "../../store/database.ts";
import { allClients, allContacts } from "../../store/people.ts";

/** How old a copy may be: it holds every contact, so it is not read each second as the rest of the directory is. */
const MAX_AGE_MS = 60_000;

/** Reads whose names and domains outsiders may imitate, at most once a minute, and at once after `forget`. */
export function peopleReader(db: Db, clock: () => Date) {
  let read: { readonly at: number; readonly people: Promise<KnownPeople> } | null = null;
  return {
    current(technicians: readonly Technician[]): Promise<KnownPeople> {
      const now = clock().getTime();
      if (read === null || now - read.at > MAX_AGE_MS || now < read.at) {
        const people = readPeople(db, technicians);
        read = { at: now, people };
        // A failed read must not be kept.
        people.catch(() => (read = null));
      }
      return read.people;
    },
    forget(): void {
      read = null;
    },
  };
}

async function readPeople(db: Db, technicians: readonly Technician[]): Promise<KnownPeople> {
  const [clients, contacts] = await Promise.all([allClients(db), allContacts(db)]);
  const byId = new Map(clients.map((client) => [client.id, client]));
  const active = technicians.filter((one) => one.active);
  const deskDomains = [...new Set(active.map((one) => domainOf(one.email)))].filter(
    (one) => !isFreemail(one),
  );
  const staff = active.map((one): KnownPerson => ({
    name: one.name,
    addresses: [one.email, ...one.aliases],
    kind: one.role === "admin" ? "admin" : "technician",
    vip: false,
    client: "",
    domains: deskDomains,
  }));
  const people = contacts.map((one): KnownPerson => {
    const client = byId.get(one.clientId);
    return {
      name: one.name,
      addresses: [one.email],
      kind: "contact",
      vip: one.vip || client?.vip === true,
      client: client?.name ?? "",
      domains: client?.domains ?? [],
    };
  });
  return new KnownPeople(
    [...staff, ...people],
    [
      ...deskDomains.map((domain) => ({ domain, client: "" })),
      ...clients.flatMap(({ domains, name }) => domains.map((domain) => ({ domain, client: name }))),
    ],
  );
}
