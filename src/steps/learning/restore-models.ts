import { FieldModel } from "../../assistant/learning/field-model.ts";
import { LEARNED_FIELDS } from "../../desk/learned-field.ts";
import { reasonOf } from "../../errors.ts";
import type { Db } from "../../store/database.ts";
import type { LabelStretch } from "../../store/labels.ts";
import { modelBytes, stretchesOf, type ModelVersion } from "../../store/models.ts";
import type { Log } from "../desk.ts";
import type { Models } from "./learn-label.ts";

/** Models that know the starter set alone, and a mark of what that set is: other bytes are for other models. */
export interface Starter {
  readonly base: string;
  models(): Models | Promise<Models>;
}

/** Models of some version, and the labels that they still lack. */
interface Restored {
  readonly models: Models;
  /** How many labels the models hold already. */
  readonly labels: number;
  readonly todo: readonly LabelStretch[];
}

/**
 * The newest models that a line of versions has, and what is still to be learned on top of them. Models that are damaged
 * or of another kind are passed over and said so: then an older version is taken, or all is learned anew from the labels.
 */
export async function restoreModels(
  db: Db,
  line: readonly ModelVersion[],
  starter: Starter,
  log: Pick<Log, "warn" | "info">,
): Promise<Restored> {
  for (const [at, version] of line.entries()) {
    const found = version.base === starter.base ? await modelBytes(db, version.version) : OTHER_BASE;
    if (found === null) continue;
    const models = typeof found === "string" ? found : modelsFrom(found);
    if (typeof models !== "string")
      return { models, labels: version.labels, todo: stretchesOf(line.slice(0, at)) };
    log.warn(
      { version: version.version },
      `version ${version.version} of the models is passed over: ${models}`,
    );
  }
  const todo = stretchesOf(line);
  if (todo.length > 0) log.info({}, `the models are learned anew from ${line[0]?.labels ?? 0} labels`);
  return { models: await starter.models(), labels: 0, todo };
}

const OTHER_BASE = "it rests on another starter set";

/** The models, or a sentence why they cannot be used. */
function modelsFrom(bytes: ReadonlyMap<string, Uint8Array>): Models | string {
  const models: Models = new Map();
  for (const field of LEARNED_FIELDS) {
    const own = bytes.get(field);
    if (own === undefined) continue;
    try {
      models.set(field, FieldModel.restore(own));
    } catch (error) {
      return `its ${field} model cannot be read (${reasonOf(error)})`;
    }
  }
  return models;
}
