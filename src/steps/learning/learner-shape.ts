import type { FieldModel } from "../../assistant/learning/field-model.ts";
import type { ErrorBound } from "../../desk/action.ts";

/** What this process has learned, and how it keeps up with the log of labels. */
export interface Learner {
  /** By field; the same map for good, in which newer models take the place of older ones. Empty before `start`. */
  readonly models: ReadonlyMap<string, FieldModel>;
  /** How often people changed or turned down drafts of a template. */
  draftError(template: string): ErrorBound;
  /** Whether people rewrite the drafts of some template or article more often than not. */
  draftsAreRewritten(): boolean;
  /** Restore the newest models. Processes that triage nothing need none. */
  start(): Promise<void>;
  /** See what other processes and people did, and learn on in the background. Does nothing before `start`. */
  follow(): Promise<void>;
  /** Resolves when every label that is there now has been learned. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}
