/** The answer to a review reply: line by line what was done, what is held until when, what was not understood. */
import type { TemplateSet } from "../templates.ts";
import type { RenderedMail } from "./digest-view.ts";

export interface TranscriptView {
  readonly deskName: string;
  readonly firstName: string;
  /** Subject of the reply that this answers, without `Re:`; holds the digest's reference. */
  readonly subject: string;
  /** Why nothing of the reply could be carried out; `null` when it was read line by line. */
  readonly refusal: Refusal | null;
  readonly lines: readonly TranscriptLine[];
  readonly releases: readonly ReleaseView[];
  /** Texts that were not sent and are asked about. */
  readonly askedBack: readonly AskedBackView[];
  /** Lines that are no commands; kept as a note on the ticket. */
  readonly notUnderstood: readonly string[];
  /** Items of the digest that still wait, as `1 · #1042 VPN drops every hour`. */
  readonly stillWaiting: readonly string[];
  /** Lists the commands; set it for `help` and where something was not understood. */
  readonly showCommands: boolean;
  /** Where a reply to this transcript goes: the digest's review address, so that `stop` works from here. */
  readonly replyTo: string;
}

export type RefusalReason =
  | "expired"
  | "used"
  | "superseded"
  | "revoked"
  | "other-technician"
  | "sender-not-registered"
  | "identity-unproven"
  | "console-needed"
  | "several-approved-bare";

export interface Refusal {
  readonly reason: RefusalReason;
  /** What completes the sentence: when it expired, who decided first, which rule. `""` for nothing to add. */
  readonly detail: string;
}

export interface TranscriptLine {
  /** As written in the reply; `""` for an edit between marker lines. */
  readonly line: string;
  /** `null` for a line about the whole desk. */
  readonly item: number | null;
  readonly outcome: "done" | "held" | "cancelled" | "refused" | "asked";
  /** What happened, as a sentence: `Rerouted #1043 to Kim.` */
  readonly sentence: string;
}

/** A reply that a person released: exactly what leaves, to whom and when. */
export interface ReleaseView {
  readonly item: number;
  readonly ticketNumber: number;
  /** In words, in the technician's time zone: `10:04:30`; `null` when it leaves at once. */
  readonly leavesAt: string | null;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly attachments: readonly string[];
  /** Exactly the text that leaves. */
  readonly text: string;
  /** From the draft to the text; `null` where the draft leaves as it was. */
  readonly diff: readonly DiffSegment[] | null;
}

export interface DiffSegment {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

export interface AskedBackView {
  readonly item: number;
  readonly ticketNumber: number;
  /** Why it was not sent, as a sentence. */
  readonly reason: string;
  readonly text: string;
}

/** @throws PermanentError when a template is missing or names an unknown variable. */
export declare function renderTranscript(templates: TemplateSet, view: TranscriptView): RenderedMail;
