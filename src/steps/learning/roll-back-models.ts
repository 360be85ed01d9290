import { person } from "../../desk/event.ts";
import { PermanentError } from "../../errors.ts";
import { countLabelsIn, lastLabelId, lockLabels } from "../../store/labels.ts";
import { addModelVersion, headVersion, lineOf, modelVersions } from "../../store/models.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";

interface RolledBack {
  /** The version that is in use now. */
  readonly version: number;
  /** The version of what was known before: going back to it takes the roll-back back. */
  readonly before: number;
  /** Labels that no longer count. */
  readonly withdrawn: number;
}

/**
 * Go back to what the models were in a version; 0 is the starter set alone. Labels that came after it no longer count, and
 * none is deleted: the roll-back is a version itself, and so is what was known before it. Throws PermanentError where there is
 * no such version.
 */
export async function rollBackModels(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint">,
  target: number,
  author: string,
  base: string,
): Promise<RolledBack> {
  return transact(desk, "roll-back-models", async (unit) => {
    await lockLabels(unit.db);
    const versions = await modelVersions(unit.db);
    const to = versions.find((one) => one.version === target);
    if (to === undefined && target !== 0)
      throw new PermanentError(`There is no version ${target} of the models; \`model list\` shows them.`);
    const through = await lastLabelId(unit.db);
    const head = lineOf(versions, await headVersion(unit.db))[0];
    const since = { from: head?.throughLabelId ?? 0, through };
    const labels = (head?.labels ?? 0) + (await countLabelsIn(unit.db, since));
    const by = { base, author };
    const before = await addModelVersion(
      unit.db,
      head?.version ?? 0,
      {
        ...by,
        parent: head?.version ?? null,
        fromLabelId: since.from,
        throughLabelId: through,
        kind: "snapshot",
        labels,
      },
      null,
      unit.now,
    );
    const kept = to?.labels ?? 0;
    const version =
      before === null
        ? null
        : await addModelVersion(
            unit.db,
            before,
            {
              ...by,
              parent: to?.version ?? null,
              fromLabelId: through,
              throughLabelId: through,
              kind: "rollback",
              labels: kept,
            },
            null,
            unit.now,
          );
    // A worker kept a snapshot meanwhile: run again, and see it.
    if (before === null || version === null)
      throw Object.assign(new Error("another version came meanwhile"), { code: "40001" });
    const withdrawn = labels - kept;
    unit.record({
      stream: "desk",
      actor: person(author),
      kind: "model.rolled-back",
      sentence: `${author} went back to version ${target} of the models; this is version ${version}, and it rests on ${kept} labels (before: ${labels}, version ${before}).`,
      evidence: { version, target, before, labels: kept, labelsBefore: labels },
    });
    return { version, before, withdrawn };
  });
}
