import { setTimeout as pause } from "node:timers/promises";
import { desk as deskActor } from "../../desk/event.ts";
import { addModelVersion, dropOldModels, headVersion, type NewModelVersion } from "../../store/models.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";
import type { Models } from "./learn-label.ts";

/** So many versions keep their models; of older ones the labels are enough. */
export const KEPT = 5;

/** Keep the models as a version; `null` where another process was first. They must not change meanwhile. */
export async function snapshotModels(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint">,
  models: Models,
  version: Omit<NewModelVersion, "kind" | "author">,
): Promise<number | null> {
  const head = version.parent ?? 0;
  if ((await headVersion(desk.database.reader)) !== head) return null;
  const bytes = await serialised(models);
  return transact(desk, "snapshot-models", async (unit) => {
    const added = { ...version, kind: "snapshot", author: "desk" } as const;
    const number = await addModelVersion(unit.db, head, added, bytes, unit.now);
    if (number === null) return null;
    await dropOldModels(unit.db, KEPT);
    unit.record({
      stream: "desk",
      actor: deskActor("learn"),
      kind: "model.kept",
      sentence: `Version ${number} of the models was kept; it rests on ${version.labels} labels.`,
      evidence: { version: number, labels: version.labels, throughLabelId: version.throughLabelId },
    });
    return number;
  });
}

/** One by one, so that mail gets its turn in between. */
export async function serialised(models: Models): Promise<ReadonlyMap<string, Uint8Array>> {
  const bytes = new Map<string, Uint8Array>();
  for (const [field, model] of models) {
    bytes.set(field, model.serialise());
    await pause(1);
  }
  return bytes;
}
