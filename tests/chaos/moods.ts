import type { Fault, Stage } from "../support/relay.ts";
import type { Seeded } from "./seeded.ts";

/** How often a relay goes wrong at a stage, and how. For mail to clients; mail inside the desk meets half of it. */
const MOODS: readonly (Fault & { readonly share: number })[] = [
  { at: "connect", reply: "421 4.3.2 too busy", drop: true, share: 0.02 },
  { at: "mail", reply: "421 4.3.2 going down", drop: true, share: 0.02 },
  { at: "rcpt", reply: "450 4.2.0 greylisted", share: 0.01 },
  { at: "started", drop: true, share: 0.01 },
  { at: "body", drop: true, afterBytes: 300, share: 0.01 },
  { at: "dot", drop: true, share: 0.02 },
  { at: "dot", drop: true, keeps: false, share: 0.01 },
  { at: "dot", reply: "451 4.3.0 try later", share: 0.01 },
  { at: "dot", reply: "554 5.7.1 refused", share: 0.01 },
  { at: "dot", delay: 300, share: 0.04 },
  { at: "accepted", drop: true, share: 0.02 },
];

/** What a cut line leaves in doubt: the desk may have to call each of these uncertain. */
const LEAVES_DOUBT: readonly Stage[] = ["started", "body", "dot"];

interface MoodyRelay {
  readonly mood: (at: Stage, recipient: string) => Fault | null;
  /** How often each thing went wrong. */
  readonly counts: ReadonlyMap<string, number>;
  /** Lines cut, on the way to a client, where nobody can know. */
  doubts(): number;
  /** From now on all is well. */
  calm(): void;
}

export function moodyRelay(random: Seeded, isInside: (address: string) => boolean): MoodyRelay {
  const counts = new Map<string, number>();
  let isCalm = false;
  let doubts = 0;
  return {
    counts,
    doubts: () => doubts,
    calm: () => void (isCalm = true),
    mood(at, recipient) {
      if (isCalm) return null;
      let draw = random.number() * (isInside(recipient) ? 2 : 1);
      for (const mood of MOODS) {
        if (mood.at !== at) continue;
        draw -= mood.share;
        if (draw >= 0) continue;
        const name = `${at}: ${mood.reply ?? (mood.drop === true ? "cut" : `${mood.delay} ms`)}${mood.keeps === false ? ", not kept" : ""}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        if (mood.drop === true && !isInside(recipient) && LEAVES_DOUBT.includes(at)) doubts += 1;
        return mood;
      }
      return null;
    },
  };
}
