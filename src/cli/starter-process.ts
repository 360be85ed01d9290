import { parseRules } from "../assistant/local/rules.ts";
import { starterModels } from "../assistant/starter/starter-models.ts";

/** Learns the starter set: told the shipped rules, answers with the models' bytes by field, and ends. */
process.once("message", (rules) => {
  const models = starterModels(parseRules(String(rules)));
  const bytes = new Map([...models].map(([field, model]) => [field, model.serialise()]));
  process.send?.(bytes, () => process.disconnect());
});
