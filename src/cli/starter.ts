import { createHash } from "node:crypto";
import { FieldModel } from "../assistant/learning/field-model.ts";
import { parseRules } from "../assistant/local/rules.ts";
import { starterModels } from "../assistant/starter/starter-models.ts";
import { starterMails } from "../assistant/starter/starter-set.ts";
import type { LearnedField } from "../desk/learned-field.ts";
import type { Starter } from "../steps/learning/restore-models.ts";

/** Serialised, by base: learning the starter set takes a second, and the same set gives the same models. */
const learned = new Map<string, ReadonlyMap<LearnedField, Uint8Array>>();

/**
 * The models of day one, from the starter set and the rules as shipped. An admin's own rules change nothing here: what a
 * model has learned stays when the table is edited.
 *
 * @param rules the shipped rule table, YAML
 */
export function starterOf(rules: string): Starter {
  let base = "";
  const baseOf = (): string =>
    (base ||= createHash("sha256")
      .update(JSON.stringify([rules, starterMails()]))
      .digest("hex")
      .slice(0, 16));
  return {
    get base() {
      return baseOf();
    },
    models() {
      const known = learned.get(baseOf());
      if (known !== undefined)
        return new Map([...known].map(([field, bytes]) => [field, FieldModel.restore(bytes)]));
      const models = starterModels(parseRules(rules));
      learned.set(baseOf(), new Map([...models].map(([field, model]) => [field, model.serialise()])));
      return models;
    },
  };
}
