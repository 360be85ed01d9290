import type { Priority } from "../desk/ticket.ts";

/**
 * One understood line of a review reply (protocol §2).
 * `items` are the numbers as written; "all" and "implied" (no number given) are resolved against the digest later.
 */
export type ItemsRef = readonly number[] | "all" | "implied";

/** `line` is what the technician wrote, trimmed, with the lines below that belong to a reason or a note: the transcript shows it. */
export type Command = { readonly items: ItemsRef; readonly line: string } & (
  | {
      readonly verb: "approve";
      /** Those of `items` that only a range names: `approve 2-4` says nothing of 3 by its number. */
      readonly inRange?: readonly number[];
    }
  | { readonly verb: "reject"; readonly reason: string }
  | { readonly verb: "redraft"; readonly instruction: string }
  | {
      readonly verb: "send";
      /** `null` sends the draft as it is (`send 1 without bob@x.example`); "" means that no text was found below `send 1:`. */
      readonly text: string | null;
      /** addr-specs in lower case. */
      readonly without: readonly string[];
      /** Why it is not sure where the text ends; `null` when it is. */
      readonly doubt: string | null;
    }
  | { readonly verb: "attach" }
  | { readonly verb: "reroute"; readonly to: string }
  | { readonly verb: "priority"; readonly priority: Priority }
  | { readonly verb: "category"; readonly category: string }
  | { readonly verb: "spam" | "close" | "take" | "undo" | "stop" }
  | { readonly verb: "merge"; readonly intoNumber: number }
  | { readonly verb: "note"; readonly text: string }
  | { readonly verb: "snooze"; readonly until: string }
  | { readonly verb: "assign"; readonly to: string }
  | { readonly verb: "run"; readonly runbook: string }
  | { readonly verb: "time"; readonly minutes: number }
  | { readonly verb: "pause-desk" | "resume-desk" | "help" }
);

export type Verb = Command["verb"];

/** What a reply's top says, line by line. */
export interface ReplyReading {
  readonly commands: readonly Command[];
  /** Lines that are not commands, greetings or a signature: kept as a note, shown back. Any of these beside `approve` holds it. */
  readonly notUnderstood: readonly string[];
}

/** Whose words these are: what lets a name or a signature after `approve` be told from a condition. */
export interface Signer {
  readonly technicianName: string;
  /** The technician's signature as they keep it, any number of lines. */
  readonly ownSignature?: string;
}

/** The edit found for one draft between its marker lines. */
export type DraftEdit =
  /** The markers are not in the reply, or the text between them is the draft's. */
  | { readonly kind: "absent" }
  | { readonly kind: "unchanged" }
  /** `text` is the technician's text, unwrapped and unquoted, ready to be sent. */
  | { readonly kind: "edited"; readonly text: string }
  /** Something stands between or around the markers that makes it unsafe to send; `text` is the best guess to show back. */
  | { readonly kind: "damaged"; readonly reason: string; readonly text: string };
