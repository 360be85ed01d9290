/**
 * What the review mail shows, as plain data. The caller formats dates and names; the templates only place words.
 * No property is ever `undefined`: what is not there is `null`, `""` or `[]`.
 */
import type { Priority } from "../desk/ticket.ts";

/** A mail ready to be composed: the text part alone is enough, the HTML part carries the same words. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface DigestView {
  readonly deskName: string;
  readonly technician: {
    readonly firstName: string;
    /** addr-spec; the only address from which a reply counts. */
    readonly address: string;
  };
  /** What is due, as a sentence: `One is urgent: the VPN ticket is due a first answer by 10:15.` */
  readonly urgent: string | null;
  /** Reference of this digest (`digestReference`); it stands in the subject, so that a signature over the subject covers it. */
  readonly reference: string;
  /** The Reply-To with its token: `review+a1.…@desk.example`. */
  readonly replyTo: string;
  /** In words, in the technician's time zone: `Wednesday 09:12`. */
  readonly expiresAt: string;
  /** How long an approved reply waits before it leaves (`durationInWords`); `null` when it leaves at once. */
  readonly hold: string | null;
  readonly items: readonly DigestItemView[];
  /** Whom `reroute` could name here: a colleague; "" on a desk of one. */
  readonly colleague: string;
  /** What the desk did alone since the last digest, on tickets that need no decision. */
  readonly doneAlone: readonly DoneAloneView[];
  /** What this technician's templates could learn from edits, as a sentence; `null` for nothing to say. */
  readonly insight: string | null;
  /** Head of the audit chain, for the foot of the mail: `audit log so far: 3f9c…`. */
  readonly headHash: string | null;
}

export interface DigestItemView {
  /** The number that commands use. */
  readonly number: number;
  readonly ticketNumber: number;
  readonly priority: Priority;
  /** `incident`, `service request`. */
  readonly typeLabel: string;
  /** `null` for somebody who belongs to no known client. */
  readonly clientName: string | null;
  readonly vip: boolean;
  readonly requester: { readonly name: string; readonly address: string };
  /** When the client was promised a first answer; `null` where nothing was, or somebody has answered. */
  readonly answerDue: AnswerDueView | null;
  /** What happened, in one line. */
  readonly headline: string;
  /** The client's own words, an excerpt; line breaks are kept. */
  readonly clientWords: string;
  /** What was said on the ticket before these words, oldest first; empty on a ticket's first mail. */
  readonly earlier: readonly EarlierView[];
  readonly looksLike: GuessView | null;
  readonly goesTo: GuessView | null;
  /** Six lines at most. */
  readonly whatWeKnow: readonly KnownLineView[];
  /** Noun phrases: `job title`. */
  readonly missing: readonly string[];
  /** `null` when there is nothing to send, only actions to approve. */
  readonly draft: DraftView | null;
  /** What else `approve` does, as sentences: `Close the ticket.` */
  readonly alsoDoes: readonly string[];
  /** Sentences, each with its reason. */
  readonly risks: readonly string[];
  /** Set for identity requests, security incidents and clients who share the technicians' domain (protocol §3, 6). */
  readonly highRisk: HighRiskView | null;
  readonly doneAlone: readonly DoneAloneView[];
  /** Ready lines to reply with, for this item: `run 2 restart-spooler` restarts the print spooler. */
  readonly snippets: readonly { readonly command: string; readonly does: string }[];
}

/** A promise of a first answer. */
export interface AnswerDueView {
  /** In the technician's time zone: `due by 10:15`, `was due at 10:15`. */
  readonly words: string;
  readonly state: "on-track" | "due-soon" | "missed";
}

/** One thing that the desk found out, and what it rests on. */
export interface KnownLineView {
  /** They stand behind each other as they are. */
  readonly parts: readonly { readonly text: string; readonly url: string | null }[];
  /** In a few words; "" for none. */
  readonly evidence: string;
}

/** One mail of the exchange so far. */
export interface EarlierView {
  /** `Ana Ruiz`, `Dana Wu answered`, `2 more mails`. */
  readonly who: string;
  /** In words, in the technician's time zone: `Monday 09:12`; "" for none. */
  readonly when: string;
  /** How it begins; "" where that says nothing. */
  readonly words: string;
}

/** A finding, how sure the desk is (0 to 1) and why, in a few words (`""` for none). */
export interface GuessView {
  readonly label: string;
  readonly confidence: number;
  readonly reason: string;
}

export interface DraftView {
  /** addr-specs. */
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** People of the client's mail who do not get this reply, and why. */
  readonly dropped: readonly { readonly address: string; readonly reason: string }[];
  readonly subject: string;
  /** The draft as written, in the Markdown subset; lines end in LF. */
  readonly text: string;
  /** Sentences of the draft that name no source. */
  readonly unsourced: readonly string[];
  /** What the other sentences rest on, most of them first: `article “VPN client 7.2”`, `template client/vpn`. */
  readonly sources: readonly string[];
  /** Questions of the client that the draft leaves open, in their words. */
  readonly openQuestions: readonly string[];
  /** The draft says to the client that a technician will answer those. */
  readonly saysSo: boolean;
}

interface HighRiskView {
  /** A sentence: `Call Ana back on the number we hold before anything changes.` */
  readonly needs: string;
  /** What a mail may release: anything when the item is named by its number, the unedited text, or nothing. */
  readonly byMail: "anything" | "unedited" | "nothing";
}

export interface DoneAloneView {
  /** `filed under New user, sent to Service Desk`. */
  readonly act: string;
  /** `policy "file requests", version 3 by Kim`. */
  readonly reason: string;
  /** The number after `undo`; `null` when it cannot be undone by mail. */
  readonly undo: number | null;
  /** What went to the client, as it begins; "" where nothing did. */
  readonly said: string;
}

/** What cannot wait: P1, P2, and a promised answer that is near or late. */
export function isPressing({ priority, answerDue }: DigestItemView): boolean {
  return priority === "P1" || priority === "P2" || (answerDue !== null && answerDue.state !== "on-track");
}

const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** `two minutes`, `45 seconds`, `one hour`; the largest unit that divides the time. `null` for none. */
export function durationInWords(milliseconds: number): string | null {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds <= 0) return null;
  const [size, unit] = ([3600, 60, 1] as const)
    .map((size, index) => [size, ["hour", "minute", "second"][index]] as const)
    .find(([size]) => seconds % size === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${WORDS[count] ?? count} ${unit}${count === 1 ? "" : "s"}`;
}
