import { setTimeout as sleep } from "node:timers/promises";
import type { Technician } from "../desk/ticket.ts";
import { UsageError } from "../errors.ts";
import { domainOf, sameAddress } from "../mail/address.ts";
import { adviceFor, PROOF_NAMES } from "../review/proof-advice.ts";
import type { ProofKind } from "../review/proof.ts";
import { probeStory, sendProbe } from "../steps/upkeep/probe.ts";
import type { StoredEvent } from "../store/events.ts";
import type { OpenDesk } from "./open-desk.ts";

interface ProbeOptions {
  /** Address or name of the technician. */
  readonly technician: string;
  /** How long to wait for the reply, in milliseconds. */
  readonly waitMs: number;
  /** Between two looks, in milliseconds; 1,000 if left out. */
  readonly everyMs?: number;
  /** Says that it still waits, this often; 30,000 if left out. */
  readonly sayEveryMs?: number;
  /** One line for whoever watches. */
  readonly say: (line: string) => void;
}

/**
 * `doctor --probe`: mails a digest that asks nothing, and watches in the database what the running desk makes of the reply.
 * Answers whether the reply counted.
 */
export async function probe(open: OpenDesk, options: ProbeOptions): Promise<boolean> {
  const { desk } = open;
  const { say } = options;
  const technician = await technicianNamed(open, options.technician);
  const { digestId, sent } = await sendProbe(desk, technician, Math.max(options.waitMs, 60_000));
  if (!sent) {
    say(
      `wrong  The relay did not take the mail to ${technician.email}. Run “countersign doctor” without --probe, which checks the relay.`,
    );
    return false;
  }
  say(`ok     A test was mailed to ${technician.email}: “[Review] A test of your replies”.`);
  say(
    `       Reply to it with any words, from the mail program that you will approve with. The desk has to run meanwhile. Waiting ${minutes(options.waitMs)} …`,
  );
  const story = await follow(open, digestId, options);
  const answered = story.find((event) => event.kind === "probe.answered");
  if (answered !== undefined) {
    const { kind, detail } = answered.evidence["proof"] as { kind: ProofKind; detail: string };
    say(`ok     Replies of ${technician.name} count by ${PROOF_NAMES[kind]} (${kind}).`);
    say(`       ${detail}`);
    return true;
  }
  const refused = story.find((event) => event.kind === "probe.refused");
  if (refused !== undefined) {
    for (const line of explain(open, technician, refused)) say(line);
    return false;
  }
  say(
    `wrong  No reply was judged within ${minutes(options.waitMs)}. ${
      story.some((event) => event.kind === "probe.deferred")
        ? "One came, and waits for DNS: check dns.servers with “countersign doctor”."
        : "Is the mail in the technician's inbox, or in its spam folder? Does the desk run (countersign start)? Did the reply reach the desk's intake: GET /api/v1/mail or the console's Mail page lists all it took in."
    }`,
  );
  return false;
}

/** The story once it has an end, or the time is up. */
async function follow(
  { desk }: OpenDesk,
  digestId: string,
  { waitMs, everyMs = 1000, sayEveryMs = 30_000, say }: ProbeOptions,
): Promise<readonly StoredEvent[]> {
  const begun = performance.now();
  let said = begun;
  let deferred = false;
  for (;;) {
    const story = await probeStory(desk.database.reader, digestId);
    if (story.some((event) => event.kind === "probe.answered" || event.kind === "probe.refused"))
      return story;
    const waiting = story.find((event) => event.kind === "probe.deferred");
    if (waiting !== undefined && !deferred) {
      deferred = true;
      say(`look   ${waiting.sentence}`);
    }
    const now = performance.now();
    if (now - begun >= waitMs) return story;
    if (now - said >= sayEveryMs) {
      said = now;
      say(`       still waiting, ${minutes(waitMs - (now - begun))} left …`);
    }
    await sleep(everyMs);
  }
}

/** What failed, check by check, and what to do about each. */
function explain({ desk }: OpenDesk, technician: Technician, refused: StoredEvent): readonly string[] {
  const { evidence } = refused;
  const place = { domain: domainOf(technician.email), authservId: desk.settings.review.authservId };
  const code = String(evidence["code"]);
  const shortfalls = evidence["shortfalls"] as readonly { proof: ProofKind; check: string }[];
  const advice =
    shortfalls.length === 0
      ? [`       ${adviceFor(code, String(evidence["check"]), place)}`]
      : shortfalls.map(({ proof, check }) => `       ${proof}, ${check}: ${adviceFor(code, check, place)}`);
  return [`wrong  ${refused.sentence} (${code})`, ...new Set(advice)];
}

async function technicianNamed({ desk }: OpenDesk, wanted: string): Promise<Technician> {
  const { technicians } = await desk.directory.current();
  const active = technicians.filter((one) => one.active);
  const found = active.find(
    (one) => sameAddress(one.email, wanted) || one.name.toLowerCase() === wanted.trim().toLowerCase(),
  );
  if (found !== undefined) return found;
  throw new UsageError(
    `--probe ${wanted}: there is no such technician. There are ${active.map((one) => `${one.name} <${one.email}>`).join(", ") || "none yet: import a desk.yaml first"}.`,
  );
}

function minutes(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}
