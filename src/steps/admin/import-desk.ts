import { person } from "../../desk/event.ts";
import type { ImportedDevice } from "../../desk/device-file.ts";
import type { DeskFile } from "../../desk/desk-file.ts";
import { saveDocument } from "../../store/documents.ts";
import { saveArticles } from "../../store/save-articles.ts";
import { saveDevice } from "../../store/devices.ts";
import { saveClient, saveQueue, saveRunbook, saveTechnician, type Change } from "../../store/people.ts";
import { saveSla } from "../../store/slas.ts";
import type { Desk } from "../desk.ts";
import { vectorsJob } from "../triage/embed-articles.ts";
import { transact, type Unit } from "../unit.ts";

/** One row of an import, for the report: `client Contoso: added`. */
export interface ImportedRow {
  readonly what: string;
  readonly change: Change | "refused";
  /** Why it was refused; "" otherwise. */
  readonly reason: string;
}

type Importing = Pick<Desk, "database" | "queue" | "clock" | "failPoint" | "directory">;

/** Bring a desk file in, all in one transaction; what is versioned gets `author`. Running it again changes nothing. */
export async function importDeskFile(
  desk: Importing,
  file: DeskFile,
  author: string,
): Promise<readonly ImportedRow[]> {
  const rows = await transact(desk, "import", async (unit) => {
    const done: ImportedRow[] = [];
    const add = (what: string, change: Change): void => void done.push({ what, change, reason: "" });
    for (const queue of file.queues ?? []) add(`queue ${queue.name}`, await saveQueue(unit.db, queue));
    for (const technician of file.technicians ?? [])
      add(`technician ${technician.email}`, await saveTechnician(unit.db, technician));
    for (const sla of file.slas ?? []) add(`sla ${sla.name}`, await saveSla(unit.db, sla));
    for (const client of file.clients ?? []) {
      const saved = await saveClient(unit.db, client);
      add(`client ${client.name}`, saved.change);
      for (const reason of saved.refused)
        done.push({ what: `client ${client.name}`, change: "refused", reason });
    }
    for (const runbook of file.runbooks ?? [])
      add(`runbook ${runbook.name}`, await saveRunbook(unit.db, runbook.name, runbook));
    if (file.policies !== null)
      add(
        `policies (${file.policies.length} ${file.policies.length === 1 ? "rule" : "rules"})`,
        await saveVersioned(unit, "policies", "desk", JSON.stringify(file.policies), author),
      );
    if (file.links !== null)
      add("links", await saveVersioned(unit, "links", "desk", JSON.stringify(file.links.allow), author));
    recordImport(unit, author, done);
    return done;
  });
  desk.directory.invalidate("people");
  return rows;
}

async function saveVersioned(
  unit: Unit,
  kind: "policies" | "links",
  name: string,
  body: string,
  author: string,
): Promise<Change> {
  const saved = await saveDocument(unit.db, { kind, name, body, author }, unit.now);
  return saved.changed ? (saved.version === 1 ? "added" : "changed") : "same";
}

/** An article to import: its source is the path it came from, which is what tells it apart. */
export interface ImportedArticle {
  readonly title: string;
  readonly source: string;
  readonly body: string;
  readonly clientId: number | null;
}

export async function importArticles(
  desk: Importing,
  articles: readonly ImportedArticle[],
  author: string,
): Promise<readonly ImportedRow[]> {
  const { embeddings } = (await desk.directory.current()).engine;
  const rows = await transact(desk, "import", async (unit) => {
    const changes = await saveArticles(
      unit.db,
      articles.map((article) => ({ ...article, author })),
      unit.now,
    );
    const done = articles.map(({ source }, at) => ({
      what: `article ${source}`,
      change: changes[at] ?? "same",
      reason: "",
    }));
    recordImport(unit, author, done);
    if (embeddings !== undefined && changes.some((change) => change !== "same")) unit.enqueue(vectorsJob());
    return done;
  });
  desk.database.keptArticles.lookAfter();
  return rows;
}

export async function importDevices(
  desk: Importing,
  devices: readonly ImportedDevice[],
  author: string,
): Promise<readonly ImportedRow[]> {
  const rows = await transact(desk, "import", async (unit) => {
    const done: ImportedRow[] = [];
    for (const device of devices) {
      const { change, reason } = await saveDevice(unit.db, device);
      const where = change === "refused" ? ` (line ${device.line})` : "";
      done.push({ what: `device ${device.name} of ${device.client}${where}`, change, reason });
    }
    recordImport(unit, author, done);
    return done;
  });
  desk.directory.invalidate();
  return rows;
}

/** The rule table of the local assistant, as an admin wrote it. */
export async function importRules(
  desk: Importing,
  yaml: string,
  author: string,
): Promise<readonly ImportedRow[]> {
  const rows = await transact(desk, "import", async (unit) => {
    const saved = await saveDocument(unit.db, { kind: "rules", name: "rules", body: yaml, author }, unit.now);
    const done: ImportedRow[] = [
      { what: "assistant rules", change: saved.changed ? "changed" : "same", reason: "" },
    ];
    recordImport(unit, author, done);
    return done;
  });
  desk.directory.invalidate();
  return rows;
}

function recordImport(unit: Unit, author: string, rows: readonly ImportedRow[]): void {
  const count = (change: ImportedRow["change"]): number => rows.filter((row) => row.change === change).length;
  if (count("added") + count("changed") + count("refused") === 0) return;
  unit.record({
    stream: "desk",
    actor: person(author),
    kind: "desk.imported",
    sentence: `${author} imported ${count("added")} new and ${count("changed")} changed rows; ${count("refused")} were refused.`,
    evidence: {
      added: count("added"),
      changed: count("changed"),
      refused: count("refused"),
      rows: rows
        .filter((row) => row.change !== "same")
        .map((row) => row.what)
        .slice(0, 100),
    },
  });
}
