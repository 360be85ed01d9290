import { LEARNED_FIELDS, type LearnedField } from "../../desk/learned-field.ts";
import type { Example } from "../learning/example.ts";
import { FieldModel } from "../learning/field-model.ts";
import { exampleReader } from "../local/example-of.ts";
import { optionsOf } from "../local/field-options.ts";
import type { RuleTable } from "../local/rules.ts";
import { starterMaking } from "./starter-making.ts";
import { starterMails } from "./starter-set.ts";
import type { StarterMail } from "./starter-set.ts";

/** More passes over the starter set change no answer, and a desk waits for them at its start. */
const PASSES = 5;

/**
 * A model a field, taught the starter set and nothing of the desk's own: none of it counts as a decision. The queue's
 * knows nothing, since no two desks have the same queues. Takes about a second; the same table gives the same models.
 */
export function starterModels(rules: RuleTable): Map<LearnedField, FieldModel> {
  const mails = readBy(rules);
  return new Map(LEARNED_FIELDS.map((field) => [field, taught(mails, field)]));
}

/** The model of one field alone. */
export function starterModel(rules: RuleTable, field: LearnedField): FieldModel {
  return taught(readBy(rules), field);
}

interface ReadMail {
  readonly mail: StarterMail;
  readonly example: Example;
}

function readBy(rules: RuleTable): readonly ReadMail[] {
  const read = exampleReader(rules);
  return starterMails().map((mail, at) => {
    const { subject, body } = mail;
    const example = read({ subject, newText: body, from: [], attachments: [] }, { client: null });
    return { mail, example: { ...example, making: starterMaking(mail, at) } };
  });
}

function taught(mails: readonly ReadMail[], field: LearnedField): FieldModel {
  const model = FieldModel.create({ ...optionsOf(field), linear: { passes: PASSES } });
  const labelled = mails.flatMap(({ mail, example }) => {
    const label = labelOf(mail, field);
    return label === null ? [] : [{ example, label }];
  });
  if (labelled.length > 0) model.fit(labelled, { prior: true });
  return model;
}

function labelOf(mail: StarterMail, field: LearnedField): string | null {
  if (field === "queue") return null;
  if (field === "spam") return String(mail.spam);
  return mail.spam ? null : mail[field];
}
