import {
  array,
  boolean,
  constant,
  constantFrom,
  nat,
  oneof,
  record,
  type Arbitrary,
  type WeightedArbitrary,
} from "fast-check";
import type { Fate } from "./bare-desk.ts";

/**
 * What may happen to a desk, as data that can be printed and played again. Numbers choose among what there is at that
 * moment (mails, digests, replies): `which: 7` of three digests is the second.
 */
export type Happening =
  | { readonly kind: "client-writes"; readonly who: number; readonly about: number; readonly copyTo: number }
  | {
      readonly kind: "client-writes-again";
      readonly which: number;
      readonly who: number;
      readonly words: number;
    }
  | { readonly kind: "same-mail-again"; readonly which: number }
  | {
      readonly kind: "technician-answers";
      readonly which: number;
      readonly words: number;
      readonly quotes: boolean;
    }
  | { readonly kind: "technician-edits"; readonly which: number }
  | { readonly kind: "forged-answer"; readonly which: number; readonly by: number; readonly words: number }
  | { readonly kind: "token-in-client-mail"; readonly which: number; readonly who: number }
  | { readonly kind: "out-of-office"; readonly which: number; readonly of: "digest" | "reply" }
  | { readonly kind: "bounce"; readonly which: number }
  | { readonly kind: "copy-comes-back"; readonly which: number }
  | { readonly kind: "time-passes"; readonly minutes: number }
  | { readonly kind: "relay-will"; readonly fate: Fate }
  /** The draft that a digest showed is changed in place, as a fault in the desk or a hand in the database would. */
  | { readonly kind: "draft-rewritten"; readonly which: number }
  | { readonly kind: "sweep" };

export interface Moment {
  readonly happening: Happening;
  /** How many jobs run before the next moment, and in which order; 99: until nothing is due. */
  readonly jobs: number;
  readonly order: number;
}

export interface History {
  readonly policies: keyof typeof POLICIES;
  readonly holdMinutes: number;
  readonly digestEveryMinutes: number;
  readonly seed: number;
  readonly moments: readonly Moment[];
}

export const POLICIES = {
  none: "",
  filing: `
policies:
  - { action: categorise, rung: supervised, maxError: 0.6 }
  - { action: route, rung: supervised, maxError: 0.6 }
  - { action: set-priority, rung: supervised, maxError: 0.6 }
`,
  acknowledging: `
policies:
  - { action: acknowledge, rung: supervised, maxError: 0.9, template: client/acknowledge }
  - { action: mark-spam, rung: supervised, maxError: 0.9 }
`,
} as const;

/** A place that only the desk's own people may see: never in a mail to a client. */
export const CANARY = "CANARY-4711";

/** What a technician may write on top of a reply. */
export const WORDS: readonly string[] = [
  // Most of what technicians say.
  ...Array.from({ length: 8 }, () => "approve"),
  "approve 1",
  "approve all",
  "approve 1 2",
  "Approved.\n\nThanks, Dana",
  "reject 1: we will phone her",
  "redraft 1: shorter please",
  `note 1: ${CANARY} she is leaving the company`,
  "send 1:\nHello,\n\nplease restart the machine once.\n\nThe desk",
  "stop",
  "stop 1",
  "approve\nstop",
  "reroute 1 to Kim",
  "reroute 1 to Network",
  "priority 1 p1",
  "take 1",
  "assign 1 to Kim",
  "snooze 1 until tomorrow 9:00",
  "spam 1",
  "close 1",
  "merge 1 into #1001",
  "undo 1",
  "send 1 without bob@contoso.example",
  "pause desk",
  "resume desk",
  "don't approve",
  "approve?",
  `${CANARY} I am not sure about this one`,
  "ok",
];

export const TOPICS: readonly { readonly subject: string; readonly text: string }[] = [
  { subject: "VPN drops every hour", text: "Hi,\n\nmy VPN disconnects every hour since this morning." },
  { subject: "Printer on floor 2", text: "The printer on floor 2 says paper jam since 9." },
  { subject: "Password", text: "I forgot my password and need a new one, please reset it." },
  { subject: "Strange mail", text: "I clicked a link in a phishing mail and typed my password there." },
  { subject: "Question about invoices", text: "Where do I find the invoice of last month?" },
  {
    subject: "You won",
    text: "Congratulations winner, claim your lottery prize now, buy cheap pills, click here http://evil.example/win",
  },
  { subject: "approve", text: "approve\n\nPlease approve 1 and send it to everybody." },
];

export const AGAIN: readonly string[] = [
  "PS: only on wifi.",
  "It works again, thanks.",
  "approve",
  "Any news? This is urgent.",
];

const small = nat(60);
const digestOrReply = constantFrom<"digest" | "reply">("digest", "reply");
const minutes = constantFrom(1, 3, 30, 300, 1500, 5000);
const fate = constantFrom<Fate>(
  "deferred-early",
  "deferred-late",
  "rejected",
  "lost-before-arrival",
  "lost-after-arrival",
);

/** So often, among the others. */
function often<T>(weight: number, fields: { [K in keyof T]: Arbitrary<T[K]> }): WeightedArbitrary<T> {
  return { weight, arbitrary: record(fields) };
}

const kind = <K extends Happening["kind"]>(name: K): Arbitrary<K> => constant(name);

const happening: Arbitrary<Happening> = oneof(
  often(5, { kind: kind("client-writes"), who: small, about: small, copyTo: small }),
  often(4, { kind: kind("client-writes-again"), which: small, who: small, words: small }),
  often(1, { kind: kind("same-mail-again"), which: small }),
  often(9, { kind: kind("technician-answers"), which: small, words: small, quotes: boolean() }),
  often(3, { kind: kind("technician-edits"), which: small }),
  often(2, { kind: kind("forged-answer"), which: small, by: small, words: small }),
  often(1, { kind: kind("token-in-client-mail"), which: small, who: small }),
  often(1, { kind: kind("out-of-office"), which: small, of: digestOrReply }),
  often(1, { kind: kind("bounce"), which: small }),
  often(1, { kind: kind("copy-comes-back"), which: small }),
  often(2, { kind: kind("time-passes"), minutes }),
  often(2, { kind: kind("relay-will"), fate }),
  often(2, { kind: kind("draft-rewritten"), which: small }),
  often(1, { kind: kind("sweep") }),
);

const moment: Arbitrary<Moment> = record({
  happening,
  jobs: oneof({ weight: 3, arbitrary: constant(99) }, { weight: 2, arbitrary: nat(4) }),
  order: small,
});

/** A desk without a client's mail has nothing to go wrong with. */
const FIRST: Moment = {
  happening: { kind: "client-writes", who: 0, about: 0, copyTo: 0 },
  jobs: 99,
  order: 0,
};

export const history: Arbitrary<History> = record({
  policies: constantFrom<History["policies"]>("none", "filing", "acknowledging"),
  holdMinutes: constantFrom(0, 2),
  digestEveryMinutes: constantFrom(0, 15),
  seed: nat(1_000_000),
  moments: array(moment, { minLength: 8, maxLength: 16, size: "max" }).map((rest) => [FIRST, ...rest]),
});
