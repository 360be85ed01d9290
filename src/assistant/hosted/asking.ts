import { Breaker } from "./breaker.ts";
import { Line } from "./line.ts";
import type { Patience } from "./model.ts";
import { blamesService, failureOf, ModelFailure, needsPerson, type FailureCode } from "./model-failure.ts";

export type QuestionKind = "triage" | "draft" | "embed" | "probe";

export interface AskingOptions {
  /** Milliseconds that one question may take, waiting and all attempts included. */
  readonly deadlineMs: number;
  /** Questions at once. */
  readonly concurrency: number;
  /** Counts how each question ended; must not throw. */
  onOutcome?(kind: QuestionKind, outcome: "ok" | FailureCode): void;
  /** The service is left alone for so many milliseconds from now; a sentence for the log. */
  onRest?(sentence: string): void;
}

/** What the questions of this process have shown of the service. Times are milliseconds before now. */
export interface ModelHealth {
  /** It failed again and again and is left alone; `null` while it is asked. */
  readonly away: {
    readonly detail: string;
    /** Only a person can mend it. */
    readonly needsPerson: boolean;
    /** Until it may be tried again; 0: now. */
    readonly restsForMs: number;
  } | null;
  /** The day's cap was last found reached; `null`: never. */
  readonly spent: { readonly detail: string; readonly agoMs: number } | null;
  /** It last answered; `null`: it has not since the start. */
  readonly answeredAgoMs: number | null;
}

/** How the desk asks a model: one at a time in a bounded line, within a deadline, and not while it keeps failing. */
export interface Asking {
  /** @param withinMs where this question has less time than others. @throws ModelFailure for whatever goes wrong. */
  ask<T>(kind: QuestionKind, question: (patience: Patience) => Promise<T>, withinMs?: number): Promise<T>;
  health(): ModelHealth;
}

export function createAsking(options: AskingOptions): Asking {
  const breaker = new Breaker();
  const line = new Line(options.concurrency);
  let away: { readonly detail: string; readonly needsPerson: boolean } | null = null;
  let spent: { readonly detail: string; readonly at: number } | null = null;
  let answeredAt: number | null = null;

  async function asked<T>(question: (patience: Patience) => Promise<T>, withinMs: number): Promise<T> {
    const now = performance.now();
    if (!breaker.mayAsk(now))
      throw new ModelFailure("resting", `it failed again and again and ${restOf(breaker.restsFor(now))}`);
    try {
      const answer = await within(Math.min(withinMs, options.deadlineMs), (patience) =>
        line.run(patience.signal, () => question(patience)),
      );
      breaker.succeeded();
      away = null;
      answeredAt = performance.now();
      return answer;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code === "budget") spent = { detail: failure.message, at: performance.now() };
      if (!blamesService(failure)) breaker.spared();
      else if (breaker.failed(performance.now(), needsPerson(failure))) {
        away = { detail: failure.message, needsPerson: needsPerson(failure) };
        options.onRest?.(
          `the model is left alone: ${failure.message}; it ${restOf(breaker.restsFor(performance.now()))}, and the local assistant answers`,
        );
      }
      throw failure;
    }
  }

  return {
    async ask(kind, question, withinMs = options.deadlineMs) {
      try {
        const answer = await asked(question, withinMs);
        options.onOutcome?.(kind, "ok");
        return answer;
      } catch (error) {
        const failure = failureOf(error);
        options.onOutcome?.(kind, failure.code);
        throw failure;
      }
    },
    health() {
      const now = performance.now();
      return {
        away: away === null ? null : { ...away, restsForMs: breaker.restsFor(now) },
        spent: spent === null ? null : { detail: spent.detail, agoMs: now - spent.at },
        answeredAgoMs: answeredAt === null ? null : now - answeredAt,
      };
    },
  };
}

const restOf = (ms: number): string =>
  ms === 0 ? "is being tried" : `is tried again in ${Math.ceil(ms / 1000)} s`;

/** A question that goes on after its deadline is not waited for, and its late answer or failure is nobody's. */
async function within<T>(deadlineMs: number, question: (patience: Patience) => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const ending = new AbortController();
  const timer = setTimeout(() => {
    const failure = new ModelFailure("late", `no answer within ${duration(deadlineMs)}`);
    reject(failure);
    ending.abort(failure);
  }, deadlineMs);
  try {
    const asked = question({ signal: ending.signal, endsAt: performance.now() + deadlineMs });
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

const duration = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`);
