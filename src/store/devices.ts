import type { Device } from "../desk/ticket.ts";
import type { Db } from "./database.ts";
import { isPostgres } from "./search-query.ts";
import { upsert, type Change } from "./upsert.ts";

type Row = {
  id: number;
  client_id: number;
  contact_id: number | null;
  name: string;
  type: string;
  os: string;
  serial: string;
  warranty: string;
  notes: string;
};

function toDevice(row: Row): Device {
  return {
    id: row.id,
    clientId: row.client_id,
    contactId: row.contact_id,
    name: row.name,
    type: row.type,
    os: row.os,
    serial: row.serial,
    warranty: row.warranty,
    notes: row.notes,
  };
}

/**
 * A device of a client. Refuses (as a sentence) a client that is not there, and a contact who belongs to another client or
 * to none: a device must never be shown beside somebody else's ticket.
 */
export async function saveDevice(
  db: Db,
  device: Omit<Device, "id" | "clientId" | "contactId"> & {
    readonly client: string;
    readonly contact: string;
  },
): Promise<{ readonly change: Change | "refused"; readonly reason: string }> {
  const client = (await db("clients").where({ name: device.client }).first("id")) as
    { id: number } | undefined;
  if (client === undefined) return { change: "refused", reason: `there is no client ${device.client}` };
  const contact =
    device.contact === ""
      ? null
      : ((await db("contacts")
          .where({ email: device.contact.toLowerCase(), client_id: client.id })
          .first("id")) as { id: number } | undefined);
  if (contact === undefined)
    return { change: "refused", reason: `${device.contact} is no contact of ${device.client}` };
  const { name, type, os, serial, warranty, notes } = device;
  const saved = await upsert(
    db,
    "devices",
    { client_id: client.id, name_key: name.toLowerCase() },
    {
      contact_id: contact?.id ?? null,
      name,
      type,
      os,
      serial,
      serial_key: serial.toLowerCase(),
      warranty,
      notes,
    },
  );
  return { change: saved.change, reason: "" };
}

/** Words that a mail could name a device by: `LT-0042`, `printer-reception`, a serial number; an ordinary word names none. */
export function deviceWords(text: string): readonly string[] {
  const words = new Set<string>();
  for (const [word] of text.slice(0, 20_000).matchAll(/[\p{L}\p{N}][\p{L}\p{N}._/-]{1,60}/gu)) {
    const bare = word.toLowerCase().replace(/[._/-]+$/, "");
    if (/\p{N}|[._-]/u.test(bare)) words.add(bare);
    if (words.size === MOST_WORDS) break;
  }
  return [...words];
}

const MOST_WORDS = 60;
/** Whether the desk knows of any device. */
export async function anyDevice(db: Db): Promise<boolean> {
  return (await db("devices").first("id")) !== undefined;
}

const MOST_DEVICES = 500;

/**
 * Devices of these clients that are assigned to one of the contacts, or whose name or serial number is one of the words
 * (`deviceWords`). Never another client's.
 */
export async function devicesOf(
  db: Db,
  clientIds: readonly number[],
  contactIds: readonly number[],
  words: readonly string[],
): Promise<readonly Device[]> {
  if (clientIds.length === 0 || (contactIds.length === 0 && words.length === 0)) return [];
  const postgres = isPostgres(db);
  const ids = postgres
    ? "(SELECT json_array_elements_text(?::json)::int)"
    : "(SELECT value FROM json_each(?))";
  const keys = postgres ? "(SELECT json_array_elements_text(?::json))" : "(SELECT value FROM json_each(?))";
  const clients = JSON.stringify([...new Set(clientIds)]);
  const named = JSON.stringify(words);
  // A union, so that each part walks its own index; each list one value, so that it is one statement whatever the mail names.
  const found: unknown = await db.raw(
    `SELECT * FROM devices WHERE contact_id IN ${ids} AND client_id IN ${ids}
     UNION SELECT * FROM devices WHERE client_id IN ${ids} AND name_key IN ${keys}
     UNION SELECT * FROM devices WHERE client_id IN ${ids} AND serial_key IN ${keys} ORDER BY id LIMIT ${MOST_DEVICES}`,
    [JSON.stringify(contactIds), clients, clients, named, clients, named],
  );
  const rows = (postgres ? (found as { rows: Row[] }).rows : found) as Row[];
  return rows.map(toDevice);
}
