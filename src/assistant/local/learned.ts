import type { Example, Prediction } from "../learning/example.ts";
import type { FieldModel } from "../learning/field-model.ts";
import { lookAt } from "../learning/look.ts";
import { writtenForms } from "../learning/tokens.ts";
import type { Finding } from "../../desk/triage.ts";
import { CAP, rounded } from "./confidence.ts";
import { isStopWord } from "./language.ts";
import { corrected, pooled, sharpened, shareOf } from "./pool.ts";
import type { Chance, Trust } from "./pool.ts";
import { fold } from "./words.ts";

/** The models by field: type, category, queue, impact, urgency, spam; a field may be missing. */
export type FieldModels = ReadonlyMap<string, FieldModel>;

export interface FieldWord {
  readonly prediction: Prediction;
  /** Decisions of the desk's people that the model has learned from; the starter set is none. */
  readonly decisions: number;
  readonly knows: (label: string) => boolean;
  /** How sure the model was of a label when it was asked before people decided; see `FieldModel.heldOutFor`. */
  readonly heldOutFor: FieldModel["heldOutFor"];
}

/** What each model says of one mail; a field without a model, or whose model knows nothing yet, is missing. */
export type Learned = ReadonlyMap<string, FieldWord>;

export function askModels(models: FieldModels, example: Example): Learned {
  const words = new Map<string, FieldWord>();
  const look = lookAt(example);
  const written = asWritten(example);
  for (const [field, model] of models) {
    const prediction = model.predict(example, look);
    if (prediction === null) continue;
    words.set(field, {
      prediction: { ...prediction, evidence: prediction.evidence.map(written) },
      decisions: model.decisions,
      knows: (label) => model.labels.includes(label),
      heldOutFor: (label) => model.heldOutFor(label),
    });
  }
  return words;
}

/** A learned word as a reader of the mail knows it; the text is looked through once a word is asked for. */
function asWritten({ subject, body }: Example): (word: string) => string {
  let forms: readonly ReadonlyMap<string, string>[] | null = null;
  return (word) => {
    forms ??= [writtenForms(subject), writtenForms(body)];
    return forms.find((some) => some.has(word))?.get(word) ?? word;
  };
}

/** Less novelty than this is likeness to something that was learned. */
export const UNLIKE_ANYTHING = 0.9;

interface PooledFinding {
  /** Best first; never empty. */
  readonly chances: readonly Chance[];
  readonly finding: Finding<string>;
  /** The model's share in it, 0 to 1. */
  readonly share: number;
}

/**
 * The table's finding and the model's word as one. What the table alone would say keeps its evidence; what the model
 * says bears the words that spoke for it. The bound of the error is the model's, and only where its answer is taken.
 *
 * @param table the table's answers, best first, and what it saw
 */
export function combined(
  word: FieldWord,
  table: { readonly chances: readonly Chance[]; readonly finding: Finding<string> },
  trust: Trust,
  allowed: (value: string) => boolean,
): PooledFinding {
  const { prediction, decisions } = word;
  const share = shareOf(trust, decisions);
  const chances = pooled(table.chances, sharpened(prediction, trust, decisions), share, allowed);
  const [best] = chances;
  if (best === undefined) return { chances: table.chances, finding: table.finding, share: 0 };
  const own = best.value === table.finding.value;
  const models = best.value === prediction.label;
  // Words alone can know no more; what people have decided can.
  const confidence = rounded(Math.min(decisions === 0 ? CAP : 1, corrected(best.chance, trust, decisions)));
  return {
    chances,
    share,
    finding: {
      value: best.value,
      confidence,
      ...(models && prediction.decisions > 0
        ? { expectedError: prediction.expectedError, decisions: prediction.decisions }
        : {}),
      evidence: [...(own ? table.finding.evidence : []), ...(models ? learnedEvidence(prediction) : [])],
    },
  };
}

/** What a technician is told about a learned answer. */
function learnedEvidence({ evidence, decisions, expectedError }: Prediction): readonly string[] {
  const telling = evidence.filter((word) => !isStopWord(fold(word)));
  const words =
    telling.length === 0 ? [] : [`learned words: ${telling.map((word) => `"${word}"`).join(", ")}`];
  if (decisions === 0) return words;
  const most = Math.ceil(expectedError * 100);
  return [...words, `like ${decisions} decisions, of which at most ${most} % would be wrong`];
}
