import { z } from "zod";
import { isFreemail } from "../mail/address.ts";
import {
  clientRow,
  contactRow,
  linksRow,
  policyRow,
  queueRow,
  runbookRow,
  slaRow,
  technicianRow,
} from "./desk-file-rows.ts";
import type { ImportedClient, RunbookDefinition, ServiceLevel } from "./desk-file-rows.ts";
import type { PolicyRule } from "./policy-document.ts";
import { isRecord, problemAt, problemsOf, readYaml, suggest } from "./problem.ts";
import type { Path, Problem, YamlFile } from "./problem.ts";
import * as s from "./schema.ts";
import type { Queue, Technician } from "./ticket.ts";

/** desk.yaml, without its bad rows. A section that the file leaves out is `null`: import then leaves that part alone. */
export interface DeskFile {
  readonly queues: readonly Omit<Queue, "id">[] | null;
  readonly technicians: readonly Omit<Technician, "id">[] | null;
  readonly clients: readonly ImportedClient[] | null;
  readonly slas: readonly ServiceLevel[] | null;
  readonly policies: readonly PolicyRule[] | null;
  readonly runbooks: readonly RunbookDefinition[] | null;
  readonly links: { readonly allow: readonly string[] } | null;
}

/** What the desk has already, so that a file may speak of it. */
interface KnownNames {
  readonly queues: readonly string[];
  readonly slas: readonly string[];
  /** Checked in the scope of policies, where there are any. */
  readonly clients?: readonly string[];
}

/**
 * Reads desk.yaml row by row. A bad row is a problem and is left out; the good ones are returned, so that import can say
 * what it added, changed and refused. Policies are the exception: one bad rule refuses them all (`policies` is `null`). Never throws on what a file may hold.
 */
export function parseDeskFile(
  yamlText: string,
  fileName: string,
  known: KnownNames = { queues: [], slas: [] },
): { readonly desk: DeskFile; readonly problems: readonly Problem[] } {
  const file = readYaml(yamlText, fileName);
  if (file.problems.length > 0) return { desk: EMPTY, problems: file.problems };
  const top = s.section(TOP_LEVEL).safeParse(file.value);
  const problems: Problem[] = top.success ? [] : [...problemsOf(file, top.error.issues)];
  const root = isRecord(file.value) ? file.value : {};

  const refuse: Refuse = (path, accepts) => {
    problems.push(problemAt(file, path, accepts));
    return false;
  };
  const rows = <T>(name: string, schema: z.ZodType<T>): readonly Row<T>[] | null => {
    const raw = root[name];
    return Array.isArray(raw) ? readRows(file, raw, [name], schema, problems) : null;
  };

  const queues = uniquely(
    oneDefault(rows("queues", queueRow), refuse),
    (queue) => [queue.name],
    "a name",
    refuse,
  );
  const slas = uniquely(rows("slas", slaRow), (sla) => [sla.name], "a name", refuse);
  const queueNames = [...known.queues, ...(queues ?? []).map((queue) => queue.name)];
  const slaNames = [...known.slas, ...(slas ?? []).map((sla) => sla.name)];
  const technicians = uniquely(
    rows("technicians", technicianRow)?.flatMap((row) => withQueues(row, queueNames, refuse)) ?? null,
    (technician) => [technician.email, ...technician.aliases],
    "addresses",
    refuse,
  );
  const clientRows = rows("clients", clientRow);
  const contacted = clientRows === null ? null : withContacts(clientRows, root, file, problems);
  const clients = uniquely(
    contacted?.filter((row) => ownsDomains(row, refuse)).flatMap((row) => withSla(row, slaNames, refuse)) ??
      null,
    (client) => [client.name, ...client.domains],
    "a name and domains",
    refuse,
  );
  const clientNames = [...(known.clients ?? []), ...(clients ?? []).map((client) => client.name)];
  const policies = wholePolicies(rows("policies", policyRow), root["policies"], clientNames, refuse);
  const runbooks = uniquely(rows("runbooks", runbookRow), (runbook) => [runbook.name], "a name", refuse);
  const links = linksOf(file, root, problems);
  return { desk: { queues, technicians, clients, slas, policies, runbooks, links }, problems };
}

type Refuse = (path: Path, accepts: string) => false;

const EMPTY: DeskFile = {
  queues: null,
  technicians: null,
  clients: null,
  slas: null,
  policies: null,
  runbooks: null,
  links: null,
};

/** Only the names and that each is a list; the rows are read one by one. */
const TOP_LEVEL = {
  queues: rowList(),
  technicians: rowList(),
  clients: rowList(),
  slas: rowList(),
  policies: rowList(),
  runbooks: rowList(),
  links: z.unknown().optional(),
};

function rowList() {
  return z.array(z.unknown(), { error: "a list of rows" }).nullish();
}

// ---- reading them -----------------------------------------------------------------------------------------------

type QueueRow = Omit<Queue, "id">;
type TechnicianRow = Omit<Technician, "id">;

interface Row<T> {
  readonly path: Path;
  readonly value: T;
}

function readRows<T>(
  file: YamlFile,
  raw: readonly unknown[],
  at: Path,
  schema: z.ZodType<T>,
  problems: Problem[],
): readonly Row<T>[] {
  const rows: Row<T>[] = [];
  for (const [index, one] of raw.entries()) {
    const path = [...at, index];
    const result = schema.safeParse(one);
    if (result.success) rows.push({ path, value: result.data });
    else problems.push(...problemsOf(file, result.error.issues, path));
  }
  return rows;
}

function withContacts(
  rows: readonly Row<ImportedClient>[],
  root: Readonly<Record<string, unknown>>,
  file: YamlFile,
  problems: Problem[],
): readonly Row<ImportedClient>[] {
  const rawClients = root["clients"];
  const owners = new Map<string, string>();
  return rows.map(({ path, value }) => {
    const raw: unknown = Array.isArray(rawClients) ? rawClients[Number(path[1])] : undefined;
    const rawContacts =
      isRecord(raw) && Array.isArray(raw["contacts"]) ? (raw["contacts"] as readonly unknown[]) : [];
    const contacts = readRows(file, rawContacts, [...path, "contacts"], contactRow, problems).filter(
      (row) => {
        const email = row.value.email.toLowerCase();
        const owner = owners.get(email);
        owners.set(email, owner ?? value.name);
        if (owner === undefined) return true;
        problems.push(
          problemAt(file, [...row.path, "email"], `an address that stands once; ${owner} has it already`),
        );
        return false;
      },
    );
    return { path, value: { ...value, contacts: contacts.map((row) => row.value) } };
  });
}

/** Keeps the first of the rows that share a word of `keysOf`, without regard to case. */
function uniquely<T>(
  rows: readonly Row<T>[] | null,
  keysOf: (value: T) => readonly string[],
  what: string,
  refuse: Refuse,
): readonly T[] | null {
  if (rows === null) return null;
  const taken = new Map<string, string>();
  const kept: T[] = [];
  for (const { path, value } of rows) {
    const keys = keysOf(value);
    const twice = keys.find((key) => taken.has(key.toLowerCase()));
    if (twice !== undefined) {
      refuse(
        path,
        `${what} that no other row has; "${twice}" stands in ${taken.get(twice.toLowerCase()) ?? ""} already`,
      );
      continue;
    }
    for (const key of keys) taken.set(key.toLowerCase(), `${String(path[0])}[${String(path[1])}]`);
    kept.push(value);
  }
  return kept;
}

function oneDefault(rows: readonly Row<QueueRow>[] | null, refuse: Refuse): readonly Row<QueueRow>[] | null {
  const first = rows?.find((row) => row.value.isDefault);
  if (rows === null || first === undefined) return rows;
  return rows.filter(
    (row) =>
      row === first ||
      !row.value.isDefault ||
      refuse([...row.path, "default"], `true for one queue only; ${first.value.name} is the default already`),
  );
}

/** The row with its queues as the desk spells them; none where one is unknown. */
function withQueues(
  row: Row<TechnicianRow>,
  names: readonly string[],
  refuse: Refuse,
): readonly Row<TechnicianRow>[] {
  const queues = row.value.queues.map((queue) => nameLike(queue, names));
  const unknown = queues.indexOf(undefined);
  if (unknown !== -1) {
    refuse([...row.path, "queues", unknown], nameOf("a queue", row.value.queues[unknown] ?? "", names));
    return [];
  }
  return [{ path: row.path, value: { ...row.value, queues: queues.filter((queue) => queue !== undefined) } }];
}

function withSla(
  row: Row<ImportedClient>,
  names: readonly string[],
  refuse: Refuse,
): readonly Row<ImportedClient>[] {
  if (row.value.sla === "") return [row];
  const sla = nameLike(row.value.sla, names);
  if (sla !== undefined) return [{ path: row.path, value: { ...row.value, sla } }];
  refuse([...row.path, "sla"], nameOf("an SLA", row.value.sla, names));
  return [];
}

/**
 * INVARIANT: the policies are taken whole or not at all. A hold rule that was left out for a slip would raise the autonomy
 * of everything it was written to stop; so would one that names no client the desk has.
 */
function wholePolicies(
  rows: readonly Row<PolicyRule>[] | null,
  raw: unknown,
  clientNames: readonly string[],
  refuse: Refuse,
): readonly PolicyRule[] | null {
  if (rows === null) return null;
  let whole = Array.isArray(raw) && rows.length === raw.length;
  for (const { path, value } of rows) {
    const { client } = value.scope;
    if (client === undefined || clientNames.length === 0 || nameLike(client, clientNames) !== undefined)
      continue;
    whole = refuse(path, `a rule for a client that the desk has: ${suggest(client, clientNames)}`);
  }
  return whole ? rows.map((row) => row.value) : null;
}

function nameLike(wanted: string, names: readonly string[]): string | undefined {
  return names.find((name) => name.toLowerCase() === wanted.toLowerCase());
}

function nameOf(what: string, wanted: string, names: readonly string[]): string {
  return names.length === 0
    ? `the name of ${what}, and there is none yet`
    : `the name of ${what}: ${suggest(wanted, names)}`;
}

/** Anyone can open an address at a freemail provider: such a domain would let strangers into the client's tickets. */
function ownsDomains(row: Row<ImportedClient>, refuse: Refuse): boolean {
  const freemail = row.value.domains.findIndex((domain) => isFreemail(domain));
  if (freemail === -1) return true;
  return refuse(
    [...row.path, "domains", freemail],
    "a domain of the client's own; list people with freemail addresses under contacts",
  );
}

function linksOf(
  file: YamlFile,
  root: Readonly<Record<string, unknown>>,
  problems: Problem[],
): DeskFile["links"] {
  const raw = root["links"];
  if (raw === undefined || raw === null) return null;
  const result = linksRow.safeParse(raw);
  if (result.success) return result.data;
  problems.push(...problemsOf(file, result.error.issues, ["links"]));
  return null;
}
