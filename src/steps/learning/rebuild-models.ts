import { person } from "../../desk/event.ts";
import { PermanentError } from "../../errors.ts";
import { labelsIn, lastLabelId } from "../../store/labels.ts";
import {
  addModelVersion,
  dropOldModels,
  headVersion,
  lineOf,
  modelVersions,
  stretchesOf,
} from "../../store/models.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";
import { learnLabel } from "./learn-label.ts";
import type { Starter } from "./restore-models.ts";
import { KEPT, serialised } from "./snapshot-models.ts";

const PORTION = 500;

/**
 * Learn everything anew from the starter set and the labels that count, and put it in use. Running workers take it over at
 * their next look. Throws PermanentError where another version came meanwhile.
 */
export async function rebuildModels(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint">,
  starter: Starter,
  author: string,
  onProgress: (labels: number) => void,
): Promise<{ readonly version: number; readonly labels: number }> {
  const db = desk.database.reader;
  const head = await headVersion(db);
  const line = lineOf(await modelVersions(db), head);
  const through = await lastLabelId(db);
  const since = { from: line[0]?.throughLabelId ?? 0, through };
  const models = await starter.models();
  let labels = 0;
  for (const stretch of [...stretchesOf(line), since]) {
    let { from } = stretch;
    for (;;) {
      const portion = await labelsIn(db, { from, through: stretch.through }, PORTION);
      for (const label of portion) learnLabel(models, label);
      labels += portion.length;
      from = portion.at(-1)?.id ?? from;
      if (portion.length > 0) onProgress(labels);
      if (portion.length < PORTION) break;
    }
  }
  const bytes = await serialised(models);
  return transact(desk, "rebuild-models", async (unit) => {
    const added = {
      parent: head === 0 ? null : head,
      fromLabelId: since.from,
      throughLabelId: through,
      kind: "rebuild",
      labels,
      base: starter.base,
      author,
    } as const;
    const version = await addModelVersion(unit.db, head, added, bytes, unit.now);
    if (version === null)
      throw new PermanentError(
        "Another version of the models came meanwhile. Nothing was changed; run it again.",
      );
    await dropOldModels(unit.db, KEPT);
    unit.record({
      stream: "desk",
      actor: person(author),
      kind: "model.rebuilt",
      sentence: `${author} had the models learned anew from ${labels} labels: version ${version}.`,
      evidence: { version, labels },
    });
    return { version, labels };
  });
}
