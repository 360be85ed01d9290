import type { ActionKind } from "./action.ts";
import type { Priority } from "./ticket.ts";

/** Where a rule holds. A missing key holds everywhere; a rule with more keys wins over one with fewer. */
export interface PolicyScope {
  readonly client?: string;
  readonly vip?: boolean;
  readonly category?: string;
  readonly priority?: Priority;
}

/**
 * One rule of the policy document (design §6).
 * A rule without `action` is a hold rule: it stops every automatic act in its scope.
 * A hold rule with an empty scope is the stop switch.
 */
export interface PolicyRule {
  readonly scope: PolicyScope;
  readonly action?: ActionKind;
  readonly rung: "review" | "conditional" | "supervised";
  /** Highest calibrated chance of error, 0 to 1, at which the action may be taken alone. Default 0.05. */
  readonly maxError?: number;
  /** Share of acts, 0 to 1, that go to a person all the same. */
  readonly sample?: number;
  /** For `acknowledge` and `reply`: the only client template that may go out alone. */
  readonly template?: string;
}

/** All rules in force, as one version by one author. */
export interface PolicyDocument {
  readonly version: number;
  /** addr-spec of the person who wrote it. */
  readonly author: string;
  readonly rules: readonly PolicyRule[];
}
