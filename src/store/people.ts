import type { Client, Contact, Queue, Technician } from "../desk/ticket.ts";
import type { Db } from "./database.ts";
import { upsert, type Change } from "./upsert.ts";

export type { Change };

type TechnicianRow = {
  id: number;
  name: string;
  email: string;
  role: Technician["role"];
  queues: string;
  skills: string;
  hours: string;
  aliases: string;
  delegates: string;
  active: boolean | number;
};
type QueueRow = { id: number; name: string; skills: string; is_default: boolean | number };
type ClientRow = {
  id: number;
  name: string;
  domains: string;
  vip: boolean | number;
  regulated: boolean | number;
  sla: string;
  notes: string;
};
type ContactRow = {
  id: number;
  client_id: number;
  name: string;
  email: string;
  vip: boolean | number;
  notes: string;
};

const list = (json: string): readonly string[] => JSON.parse(json) as string[];

function toTechnician(row: TechnicianRow): Technician {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    queues: list(row.queues),
    skills: list(row.skills),
    hours: row.hours,
    aliases: list(row.aliases),
    delegates: list(row.delegates),
    active: Boolean(row.active),
  };
}

function toQueue(row: QueueRow): Queue {
  return { id: row.id, name: row.name, skills: list(row.skills), isDefault: Boolean(row.is_default) };
}

function toClient(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    domains: list(row.domains),
    vip: Boolean(row.vip),
    regulated: Boolean(row.regulated),
    sla: row.sla,
    notes: row.notes,
  };
}

function toContact(row: ContactRow): Contact {
  return {
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    email: row.email,
    vip: Boolean(row.vip),
    notes: row.notes,
  };
}

export async function allTechnicians(db: Db): Promise<readonly Technician[]> {
  return ((await db("technicians").orderBy("id")) as TechnicianRow[]).map(toTechnician);
}

export async function allQueues(db: Db): Promise<readonly Queue[]> {
  return ((await db("queues").orderBy("id")) as QueueRow[]).map(toQueue);
}

export async function allClients(db: Db): Promise<readonly Client[]> {
  return ((await db("clients").orderBy("name")) as ClientRow[]).map(toClient);
}

export async function clientById(db: Db, id: number): Promise<Client | null> {
  const row = (await db("clients").where({ id }).first()) as ClientRow | undefined;
  return row === undefined ? null : toClient(row);
}

/** The contact with this address, and the client it or its domain belongs to; one query. `domain` is "" for freemail. */
export async function senderOf(
  db: Db,
  address: string,
  domain: string,
): Promise<{ readonly client: Client | null; readonly contact: Contact | null }> {
  const email = address.toLowerCase();
  const row = (await db("clients as c")
    .leftJoin("contacts as k", (join) => void join.on("k.client_id", "c.id").andOnVal("k.email", email))
    // A contact's own client goes before the one that has the domain.
    .whereRaw(
      "c.id = coalesce((SELECT client_id FROM contacts WHERE email = ?), (SELECT client_id FROM client_domains WHERE domain = ?))",
      [email, domain],
    )
    .first("c.*", {
      contact_id: "k.id",
      contact_name: "k.name",
      contact_email: "k.email",
      contact_vip: "k.vip",
      contact_notes: "k.notes",
    })) as
    | (ClientRow & {
        contact_id: number | null;
        contact_name: string;
        contact_email: string;
        contact_vip: boolean | number;
        contact_notes: string;
      })
    | undefined;
  if (row === undefined) return { client: null, contact: null };
  const contact =
    row.contact_id === null
      ? null
      : toContact({
          id: row.contact_id,
          client_id: row.id,
          name: row.contact_name,
          email: row.contact_email,
          vip: row.contact_vip,
          notes: row.contact_notes,
        });
  return { client: toClient(row), contact };
}

/** addr-specs of a client's contacts. */
export async function contactsOf(db: Db, clientId: number): Promise<readonly Contact[]> {
  return ((await db("contacts").where({ client_id: clientId }).orderBy("id")) as ContactRow[]).map(toContact);
}

/** Everybody of every client, as far as their names may be borrowed. */
export async function allContacts(db: Db): Promise<readonly Contact[]> {
  return ((await db("contacts").orderBy("id")) as ContactRow[]).map(toContact);
}

/** Open tickets by assignee, for routing by load. */
export async function openLoads(db: Db): Promise<ReadonlyMap<number, number>> {
  const rows = (await db("tickets")
    .whereIn("status", ["new", "open"])
    .whereNotNull("assignee_id")
    .groupBy("assignee_id")
    .select("assignee_id")
    .count({ count: "*" })) as unknown as { assignee_id: number; count: number | string }[];
  return new Map(rows.map((row) => [row.assignee_id, Number(row.count)]));
}

export async function saveQueue(db: Db, queue: Omit<Queue, "id">): Promise<Change> {
  // There is exactly one default: naming a new one takes the mark from the old.
  if (queue.isDefault)
    await db("queues")
      .whereNot({ name: queue.name })
      .where({ is_default: true })
      .update({ is_default: false });
  return (
    await upsert(
      db,
      "queues",
      { name: queue.name },
      { skills: JSON.stringify(queue.skills), is_default: queue.isDefault },
    )
  ).change;
}

export async function saveTechnician(db: Db, technician: Omit<Technician, "id">): Promise<Change> {
  const { name, email, role, hours, active } = technician;
  const saved = await upsert(
    db,
    "technicians",
    { email: email.toLowerCase() },
    {
      name,
      role,
      hours,
      active,
      queues: JSON.stringify(technician.queues),
      skills: JSON.stringify(technician.skills),
      aliases: JSON.stringify(technician.aliases),
      delegates: JSON.stringify(technician.delegates),
    },
  );
  return saved.change;
}

/**
 * A client with its domains and contacts. Refuses (as sentences) what belongs to another client already; a refused
 * domain is not kept with the client either, since mail to a client's domains needs no second look.
 */
export async function saveClient(
  db: Db,
  client: Omit<Client, "id"> & { readonly contacts: readonly Omit<Contact, "id" | "clientId">[] },
): Promise<{ readonly change: Change; readonly refused: readonly string[] }> {
  const taken = await domainsOfOthers(db, client.name, client.domains);
  const refused = [...taken].map((domain) => `the domain ${domain} belongs to another client`);
  const domains = [...new Set(client.domains)].filter((domain) => !taken.has(domain));
  const saved = await upsert(
    db,
    "clients",
    { name: client.name },
    {
      domains: JSON.stringify(domains),
      vip: client.vip,
      regulated: client.regulated,
      sla: client.sla,
      notes: client.notes,
    },
  );
  let change = saved.change;
  for (const domain of domains)
    await db("client_domains").insert({ domain, client_id: saved.id }).onConflict("domain").ignore();
  await db("client_domains").where({ client_id: saved.id }).whereNotIn("domain", domains).del();
  for (const contact of client.contacts) {
    const email = contact.email.toLowerCase();
    const owner = (await db("contacts").where({ email }).first("client_id")) as
      { client_id: number } | undefined;
    if (owner !== undefined && owner.client_id !== saved.id) {
      refused.push(`the contact ${email} belongs to another client`);
      continue;
    }
    const row = await upsert(
      db,
      "contacts",
      { email },
      { client_id: saved.id, name: contact.name, vip: contact.vip, notes: contact.notes },
    );
    if (change === "same" && row.change !== "same") change = "changed";
  }
  return { change, refused };
}

async function domainsOfOthers(
  db: Db,
  clientName: string,
  domains: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = (await db("client_domains as d")
    .join("clients as c", "c.id", "d.client_id")
    .whereIn("d.domain", domains)
    .whereNot("c.name", clientName)
    .select("d.domain")) as { domain: string }[];
  return new Set(rows.map((row) => row.domain));
}

export async function saveRunbook(db: Db, name: string, definition: unknown): Promise<Change> {
  const text = JSON.stringify(definition);
  const existing = (await db("runbooks").where({ name }).first()) as { definition: string } | undefined;
  if (existing === undefined) await db("runbooks").insert({ name, definition: text });
  else if (existing.definition === text) return "same";
  else await db("runbooks").where({ name }).update({ definition: text });
  return existing === undefined ? "added" : "changed";
}

export async function clientsByIds(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, Client>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("clients").whereIn("id", [...new Set(ids)])) as ClientRow[];
  return new Map(rows.map((row) => [row.id, toClient(row)]));
}

export async function contactsByIds(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, Contact>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("contacts").whereIn("id", [...new Set(ids)])) as ContactRow[];
  return new Map(rows.map((row) => [row.id, toContact(row)]));
}
