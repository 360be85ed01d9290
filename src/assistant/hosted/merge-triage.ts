import { RISK_KINDS, type Finding, type RiskFlag, type Triage } from "../../desk/triage.ts";
import type { TriageContext } from "../engine.ts";
import type { Judged, TriageAnswer } from "./model.ts";

/** What a confidence that a model states is worth, by what people decided on this desk. */
export interface Calibrated {
  readonly confidence: number;
  /** Upper bound of the error at this confidence; 1 where too few decisions are known. */
  readonly expectedError: number;
  /** How many decisions that rests on. */
  readonly decisions: number;
}

/** By field: `type`, `category`, `queue`, `impact`, `urgency`, `spam`. */
export type Calibration = (field: string, confidence: number) => Calibrated;

const MOST_QUESTIONS = 6;

/**
 * A model's answer over the local engine's findings. It may choose type, category, queue, impact, urgency and language; it can
 * add a risk, a security incident and a suspicion of spam, and can take none of them away. What is printed into a template
 * (summary, missing, articles, related tickets) stays the local engine's: no word of a model leaves unread.
 */
export function mergeTriage(
  local: Triage,
  answer: TriageAnswer,
  by: { readonly name: string; readonly version: string },
  calibration: Calibration,
  mail: Pick<TriageContext, "client" | "contact"> & { readonly newText: string },
): Triage {
  const judged = <T>(field: string, said: Judged<T>): Finding<T> => ({
    value: said.value,
    ...calibration(field, said.confidence),
    stated: said.confidence,
    evidence: evidenceOf(by.name, said.because),
  });
  return {
    ...local,
    type: local.type.value === "security-incident" ? local.type : judged("type", answer.type),
    category: judged("category", answer.category),
    queue: judged("queue", answer.queue),
    impact: judged("impact", answer.impact),
    urgency: judged("urgency", answer.urgency),
    spam: mergeSpam(local.spam, judged("spam", answer.spam), mail),
    sentiment: judged("sentiment", answer.sentiment),
    language: judged("language", answer.language),
    risks: mergeRisks(local.risks, answer, by.name),
    questions: mergeQuestions(local.questions, answer.questions, mail.newText),
    engine: by.name,
    version: by.version,
  };
}

const evidenceOf = (name: string, because: string): readonly string[] =>
  because === "" ? [`${name} says so`] : [`${name}: ${because.slice(0, 160)}`];

/** Where the two disagree a person decides; a model alone cannot make a known sender's mail spam. */
function mergeSpam(
  local: Finding<boolean>,
  said: Finding<boolean>,
  { client, contact }: Pick<TriageContext, "client" | "contact">,
): Finding<boolean> {
  if (local.value === said.value) return said;
  const known = client !== null || contact !== null;
  // The value is nobody's own: how sure the model was says nothing of it.
  const { stated: _, ...rest } = said;
  return {
    ...rest,
    value: local.value || !known,
    confidence: Math.min(local.confidence, said.confidence, 0.5),
    expectedError: 1,
    evidence: [...local.evidence, ...said.evidence, "the two do not agree on spam"],
  };
}

/** Only questions that the client really asked, word for word: they may be quoted back. */
function mergeQuestions(
  local: readonly string[],
  said: readonly string[],
  newText: string,
): readonly string[] {
  const text = newText.replaceAll(/\s+/g, " ");
  const more = said.filter(
    (one) =>
      one.length >= 8 &&
      text.includes(one) &&
      !local.some((known) => known.includes(one) || one.includes(known)),
  );
  return [...local, ...new Set(more)].slice(0, MOST_QUESTIONS);
}

function mergeRisks(local: readonly RiskFlag[], answer: TriageAnswer, name: string): readonly RiskFlag[] {
  return RISK_KINDS.flatMap((kind): readonly RiskFlag[] => {
    const known = local.find((risk) => risk.kind === kind);
    if (known !== undefined) return [known];
    const said = answer.risks.find((risk) => risk.kind === kind);
    return said === undefined ? [] : [{ kind, evidence: `${name} says: ${said.because.slice(0, 160)}` }];
  });
}
