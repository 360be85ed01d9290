import type { LearnedField } from "../../desk/learned-field.ts";
import type { FieldModelOptions } from "../learning/field-model.ts";

/**
 * How the model of a field learns. Spam is told by how a mail was made as well as by its words, and what it is does not move
 * to another label: a wave of new spam looks like work that moved, and would take all honest mail with it.
 */
export function optionsOf(field: LearnedField): FieldModelOptions {
  return field === "spam" ? { making: true, fixed: true } : {};
}
