import { HeldOutDecisions } from "../learning/held-out.ts";
import type { Calibrated, Calibration } from "./merge-triage.ts";

/** What a model said of itself, and what a person then said of it. */
export interface Settled {
  /** As the model stated it, 0 to 1. */
  readonly confidence: number;
  readonly right: boolean;
}

type Calibrator = (confidence: number) => Calibrated;

/** A model's word is worth no more than this until people's decisions have shown it. */
const UNTRIED = 0.85;
/** Below so many decisions nothing is known. */
const FEWEST = 20;

/**
 * What a stated confidence is worth, by settled decisions of one field and one model. It is calibrated as the local engine's is
 * (`learning/held-out.ts`); no decision was known to the model when it answered, so all of them are held out.
 */
export function calibratorFrom(settled: readonly Settled[]): Calibrator {
  const held = new HeldOutDecisions(
    settled.map(({ confidence, right }) => ({ sureness: surenessOf(confidence), right })),
  );
  const known = settled.length >= FEWEST;
  return (stated) => {
    const sureness = surenessOf(stated);
    const { error, decisions } = held.expectedError(sureness);
    const confidence = held.confidence(sureness);
    return {
      confidence: Math.round((known ? confidence : Math.min(confidence, UNTRIED)) * 1000) / 1000,
      expectedError: known ? error : 1,
      decisions: known ? decisions : settled.length,
    };
  };
}

/** A calibration for each field, by the settled decisions that are known of it. */
export function calibrationFrom(settled: ReadonlyMap<string, readonly Settled[]>): Calibration {
  const calibrators = new Map([...settled].map(([field, decisions]) => [field, calibratorFrom(decisions)]));
  const none = calibratorFrom([]);
  return (field, confidence) => (calibrators.get(field) ?? none)(confidence);
}

/** On the scale on which no decision at all leaves a stated confidence as it is. */
function surenessOf(confidence: number): number {
  const bounded = Math.min(0.995, Math.max(0.005, confidence));
  return (Math.log(bounded / (1 - bounded)) + 0.5) / 2;
}
