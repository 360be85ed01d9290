import type { HistoryRow } from "../../desk/history-file.ts";
import type { LearnedField } from "../../desk/learned-field.ts";
import { person } from "../../desk/event.ts";
import { insertLabels, labelsOfHistory } from "../../store/labels.ts";
import { clientSide } from "../filing/file-facts.ts";
import type { Desk } from "../desk.ts";
import type { ImportedRow } from "../admin/import-desk.ts";
import { transact, type Unit } from "../unit.ts";

/** Rows a transaction: decisions of the day do not wait long for the end of the log. */
const PORTION = 200;

/**
 * Take in what people had decided before this desk was there. Each label counts as a decision: it is predicted before it
 * is learned. A row that is known is left as it is; one whose labels differ is refused, since what was learned stays.
 */
export async function importHistory(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint" | "directory">,
  rows: readonly HistoryRow[],
  author: string,
): Promise<readonly ImportedRow[]> {
  const { exampleOf } = await desk.directory.current();
  const done: ImportedRow[] = [];
  for (let start = 0; start < rows.length; start += PORTION) {
    const some = rows.slice(start, start + PORTION);
    done.push(
      ...(await transact(desk, "import-history", async (unit) => {
        const known = await labelsOfHistory(
          unit.db,
          some.map((row) => row.id),
        );
        const added: ImportedRow[] = [];
        for (const row of some) added.push(await importRow(unit, row, known.get(row.id), exampleOf, author));
        recordAdded(unit, author, added.filter((one) => one.change === "added").length);
        return added;
      })),
    );
  }
  return done;
}

async function importRow(
  unit: Unit,
  row: HistoryRow,
  known: Readonly<Partial<Record<LearnedField, string>>> | undefined,
  exampleOf: Awaited<ReturnType<Desk["directory"]["current"]>>["exampleOf"],
  author: string,
): Promise<ImportedRow> {
  const what = `mail ${row.id}`;
  const labels = Object.entries(row.labels) as [LearnedField, string][];
  const differs = labels.find(([field, label]) => known !== undefined && known[field] !== label);
  if (differs !== undefined)
    return {
      what,
      change: "refused",
      reason: `line ${row.line}: ${differs[0]} is known as “${known?.[differs[0]] ?? ""}”; what was learned stays, so give the row another id`,
    };
  if (known !== undefined) return { what, change: "same", reason: "" };
  const { client } = row.from === "" ? { client: null } : await clientSide(unit.db, row.from);
  const from = row.from === "" ? [] : [{ name: "", address: row.from }];
  await insertLabels(
    unit.db,
    { externalId: row.id },
    exampleOf({ subject: row.subject, newText: row.body, from, attachments: [] }, { client }),
    labels.map(([field, label]) => ({ field, label, refuted: false, decisionId: null, author })),
    unit.now,
  );
  return { what, change: "added", reason: "" };
}

function recordAdded(unit: Unit, author: string, added: number): void {
  if (added === 0) return;
  unit.record({
    stream: "desk",
    actor: person(author),
    kind: "desk.imported",
    sentence: `${author} imported ${added} labelled mails of an earlier history.`,
    evidence: { mails: added },
  });
}
