import type { LearnedField } from "../../desk/learned-field.ts";
import type { Triage } from "../../desk/triage.ts";
import type { NewPrediction } from "../../store/predictions.ts";

/** What an engine said of one field, to be held against a person's word. */
export function saidBy(triage: Triage, field: LearnedField): NewPrediction {
  const { value, confidence, stated } = triage[field];
  return { field, value: String(value), confidence, score: stated ?? null };
}
