/** Why a model gave nothing that can be used. The code names a metric; it is a contract like the metric's name. */
export type FailureCode =
  | "late" // no answer within the deadline
  | "unreachable"
  | "failing" // 5xx, 408
  | "limited" // 429
  | "refused-key" // 401, 403
  | "not-found" // 404: no such model, or a wrong address
  | "rejected" // another 4xx
  | "declined" // the model or its filter would not answer
  | "cut-off" // the answer reached its length limit
  | "too-long"
  | "not-json"
  | "wrong-shape"
  | "budget" // the day's cost cap is reached
  | "busy" // too many questions wait
  | "resting" // it failed again and again, and is left alone for a while
  | "fault"; // anything else that was thrown

/** INVARIANT: the message holds no word of a mail or of an answer: it goes into logs and reviews. */
export class ModelFailure extends Error {
  override readonly name = "ModelFailure";
  readonly code: FailureCode;
  /** How long the service asks to be left alone, in milliseconds; `null` where it says nothing. */
  readonly retryAfterMs: number | null;

  constructor(code: FailureCode, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whatever was thrown, as a failure; of a foreign error only its kind, since its text may quote what was asked. */
export function failureOf(error: unknown): ModelFailure {
  if (error instanceof ModelFailure) return error;
  return new ModelFailure("fault", error instanceof Error ? error.name : "it failed");
}

/** Failures that come from the mail in question or from our own limits: they say nothing about the service. */
const NOT_THE_SERVICE: ReadonlySet<FailureCode> = new Set([
  "declined",
  "cut-off",
  "budget",
  "busy",
  "resting",
]);

export const blamesService = ({ code }: ModelFailure): boolean => !NOT_THE_SERVICE.has(code);

/** A person must change the configuration: to ask again soon is of no use. */
export const needsPerson = ({ code }: ModelFailure): boolean =>
  code === "refused-key" || code === "not-found";
