import { startChild, type Child } from "./child.ts";
import { now } from "./clock.ts";
import type { DeskUsage, LedgerRow } from "./desk-child.ts";
import { quantile } from "./figures.ts";
import { makeMails, type LoadMail, type MailKind } from "./mails.ts";
import type { Relay } from "./relay.ts";
import { Load, type Sent } from "./smtp-load.ts";
import type { Usage } from "./usage.ts";

const CONNECTIONS = 16;

export type FloorFigures = {
  readonly perSecond: number;
  readonly cpuMs: number;
};

/** Of one run. A type, not an interface, so that medians can walk through it. */
export type DeskFigures = {
  readonly mails: number;
  /** Until the last review was mailed. */
  readonly perSecond: number;
  /** CPU milliseconds a mail under full load; all threads. */
  readonly cpuMs: number;
  readonly statements: number;
  readonly transactions: number;
  readonly digests: number;
  readonly acceptP50: number;
  readonly acceptP95: number;
  readonly acceptP99: number;
  readonly peakRssMb: number;
  /** At half the rate: digests carry one or two reviews then, so that a mail costs more. */
  readonly halfPerSecond: number;
  readonly halfCpuMs: number;
  readonly halfStatements: number;
  readonly halfDigests: number;
  readonly reviewP50: number;
  readonly reviewP99: number;
  /** Mails whose review never came. */
  readonly lost: number;
};

interface DeskRun {
  readonly figures: DeskFigures;
  /** CPU milliseconds a mail by thread, under full load. */
  readonly threads: Readonly<Record<string, number>>;
  /** Statements of the half-load run by text, times a mail. */
  readonly texts: readonly (readonly [string, number])[];
}

interface DeskPlan {
  readonly kind: MailKind;
  readonly directory: string;
  /** The folder holds no database yet. */
  readonly fresh: boolean;
  readonly warmUp: number;
  readonly mails: number;
  readonly sendForMs: number;
  readonly paceForMs: number;
  readonly cpuProf: string | null;
}

/** Each run's mails are new ones. */
let lastRun = 0;
let lastMail = 0;
export function freshMails(kind: MailKind, count: number): readonly LoadMail[] {
  const first = lastMail + 1;
  lastMail += count;
  return makeMails(kind, count, first, `r${++lastRun}`);
}

export async function measureFloor(
  kind: MailKind,
  directory: string,
  plan: { readonly warmUp: number; readonly mails: number; readonly sendForMs: number },
  statements = 1,
): Promise<FloorFigures> {
  const floor = await startChild("floor-child", [directory, String(statements)]);
  const load = await Load.open(await floor.ask<number>("port"), CONNECTIONS);
  await load.flood(freshMails(kind, plan.warmUp), plan.sendForMs);
  const mails = freshMails(kind, plan.mails);
  const before = await floor.ask<Usage>("usage");
  const begun = now();
  const sent = await load.flood(mails, plan.sendForMs);
  const seconds = (now() - begun) / 1000;
  const after = await floor.ask<Usage>("usage");
  load.close();
  await floor.stop();
  return { perSecond: sent.length / seconds, cpuMs: (after.cpuMs - before.cpuMs) / sent.length };
}

export async function startDesk(
  directory: string,
  relay: Relay,
  how: { readonly fresh: boolean; readonly cpuProf: string | null },
): Promise<{ readonly desk: Child; readonly port: number }> {
  const profile = how.cpuProf === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${how.cpuProf}`];
  const desk = await startChild(
    "desk-child",
    [directory, String(relay.port), how.fresh ? "new" : ""],
    profile,
  );
  return { desk, port: await desk.ask<number>("port") };
}

export async function measureDesk(plan: DeskPlan, relay: Relay): Promise<DeskRun> {
  const { desk, port } = await startDesk(plan.directory, relay, plan);
  const load = await Load.open(port, CONNECTIONS);
  await relay.reset();
  const warmUpBegun = now();
  const warm = await load.flood(freshMails(plan.kind, plan.warmUp), plan.sendForMs);
  const warmed = await relay.reviews(warm.length);
  const warmRate = warmed.items / ((warmed.lastAt - warmUpBegun) / 1000);

  // A slow machine gets fewer mails, so that the whole run stays within minutes.
  const count = Math.max(
    plan.mails / 5,
    Math.min(plan.mails, Math.round((warmRate * plan.sendForMs) / 1000)),
  );
  const full = await phase(
    desk,
    relay,
    (mails) => load.flood(mails, plan.sendForMs),
    freshMails(plan.kind, count),
    warm.length - warmed.items,
  );
  const rate = full.perSecond / 2;
  const paced = freshMails(plan.kind, Math.max(20, Math.round((rate * plan.paceForMs) / 1000)));
  const half = await phase(desk, relay, (mails) => load.pace(mails, rate), paced, full.owed);
  load.close();
  if (full.lost + half.lost > 0)
    process.stderr.write(
      `\n${full.lost + half.lost} mails without a review: ${JSON.stringify(await desk.ask("failures"))}\n`,
    );
  await desk.stop();
  return {
    figures: {
      mails: full.mails,
      perSecond: full.perSecond,
      cpuMs: full.cpuMs,
      statements: full.statements,
      transactions: full.transactions,
      digests: full.digests,
      acceptP50: quantile(full.acceptMs, 0.5),
      acceptP95: quantile(full.acceptMs, 0.95),
      acceptP99: quantile(full.acceptMs, 0.99),
      peakRssMb: half.peakRssMb,
      halfPerSecond: rate,
      halfCpuMs: half.cpuMs,
      halfStatements: half.statements,
      halfDigests: half.digests,
      reviewP50: quantile(half.reviewMs, 0.5),
      reviewP99: quantile(half.reviewMs, 0.99),
      lost: full.lost + half.lost,
    },
    threads: full.threads,
    texts: half.texts,
  };
}

async function phase(
  desk: Child,
  relay: Relay,
  send: (mails: readonly LoadMail[]) => Promise<readonly Sent[]>,
  mails: readonly LoadMail[],
  /** Reviews of earlier mails that may still come, and are not to be taken for these mails'. */
  owed: number,
) {
  await relay.reset();
  await desk.ask("resetStatements");
  const before = await desk.ask<DeskUsage>("usage");
  const begun = now();
  const sent = await send(mails);
  const { items, lastAt } = await relay.reviews(sent.length + owed);
  const after = await desk.ask<DeskUsage>("usage");
  const digests = await relay.mails();
  const mailedAt = new Map(digests.map((mail) => [mail.messageId, mail.at]));
  const reviewedAt = new Map<string, number>();
  for (const [message, digest] of await desk.ask<readonly LedgerRow[]>("ledger")) {
    const at = mailedAt.get(digest);
    if (at !== undefined) reviewedAt.set(message, Math.min(at, reviewedAt.get(message) ?? at));
  }
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0) / sent.length;
  return {
    mails: sent.length,
    owed: sent.length + owed - items,
    perSecond: items / ((lastAt - begun) / 1000),
    cpuMs: (after.cpuMs - before.cpuMs) / sent.length,
    statements: sum(after.statements.data),
    transactions: sum(after.statements.transactions),
    threads: Object.fromEntries(
      Object.entries(after.threads).map(([name, ms]) => [
        name,
        (ms - (before.threads[name] ?? 0)) / sent.length,
      ]),
    ),
    texts: after.statements.texts.map(([text, count]) => [text, count / sent.length] as const),
    digests: digests.length,
    acceptMs: sent.map((one) => one.acceptedAt - one.begunAt),
    reviewMs: sent.flatMap((one) => {
      const at = reviewedAt.get(one.messageId);
      return at === undefined ? [] : [at - one.acceptedAt];
    }),
    peakRssMb: after.peakRssMb,
    lost: sent.filter((one) => !reviewedAt.has(one.messageId)).length,
  };
}
