/** What a reply can ask for, as data: one intention an item and act, or a question. */
import type { Priority } from "../../desk/ticket.ts";

/** Why nothing was sent for an item, for programs; the sentence beside it is for people. */
export type AskCode =
  /** `approve` without a number, and the digest has several items. */
  | "which-item"
  | "unknown-item"
  /** `approve all` never covers it. */
  | "high-risk"
  /** Words stand beside the approval that are neither a command nor a greeting. */
  | "other-words"
  /** An edit beside commands other than `approve`. */
  | "edit-beside-commands"
  | "damaged-draft"
  | "unsafe-text"
  | "empty-text"
  | "unclear-text"
  | "conflict"
  | "attach-alone";

/**
 * What is to be done for one item, or for the desk. Nothing but `release` lets mail out.
 * `line` is the line as the technician wrote it, or a description in parentheses where an edit spoke.
 */
export type Intention = { readonly line: string } & (
  | {
      readonly kind: "release";
      readonly item: number;
      /** `null`: as drafted. */
      readonly text: string | null;
      readonly without: readonly string[];
      /** With the files of this reply. */
      readonly attach: boolean;
    }
  | {
      readonly kind: "ask";
      /** `null` where the question is about several items. */
      readonly item: number | null;
      readonly code: AskCode;
      readonly reason: string;
      /** The text that would go out. */
      readonly text?: string;
    }
  | { readonly kind: "reject"; readonly item: number; readonly reason: string }
  | { readonly kind: "redraft"; readonly item: number; readonly instruction: string }
  | { readonly kind: "reroute" | "assign"; readonly item: number; readonly to: string }
  | { readonly kind: "priority"; readonly item: number; readonly priority: Priority }
  | { readonly kind: "category"; readonly item: number; readonly category: string }
  | { readonly kind: "spam" | "close" | "take" | "undo" | "stop"; readonly item: number }
  | { readonly kind: "merge"; readonly item: number; readonly intoNumber: number }
  /** `understood: false`: words that were no command, kept as a note. */
  | {
      readonly kind: "note";
      readonly item: number | null;
      readonly text: string;
      readonly understood: boolean;
    }
  | { readonly kind: "snooze"; readonly item: number; readonly until: string }
  | { readonly kind: "run"; readonly item: number; readonly runbook: string }
  | { readonly kind: "time"; readonly item: number; readonly minutes: number }
  | { readonly kind: "pause-desk" | "resume-desk" | "help" }
);

export interface ItemToDecide {
  readonly number: number;
  /** Never part of `approve all`. */
  readonly highRisk: boolean;
  readonly draftText: string;
}
