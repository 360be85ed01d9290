import { FieldModel } from "../../assistant/learning/field-model.ts";
import { optionsOf } from "../../assistant/local/field-options.ts";
import type { LearnedField } from "../../desk/learned-field.ts";
import type { LabelRecord } from "../../store/labels.ts";

/** A model a field; a field's first label makes its model. */
export type Models = Map<LearnedField, FieldModel>;

/** One word of a person. What was taken back counts as an error of the model, where it would have said the same. */
export function learnLabel(models: Models, { field, label, refuted, example }: LabelRecord): void {
  const known = models.get(field);
  const model = known ?? FieldModel.create(optionsOf(field));
  if (known === undefined) models.set(field, model);
  if (refuted) model.refute(example, label);
  else model.learn(example, label);
}
