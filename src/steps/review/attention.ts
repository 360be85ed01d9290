import { lostMailSince, type LostInsideMail } from "../../store/outbox.ts";
import { listReleases, type ReleaseRecord } from "../../store/releases.ts";
import type { FailedJob } from "../../queue/queue.ts";
import type { Desk } from "../desk.ts";
import { lastingOutages } from "../upkeep/alarm.ts";
import { frozenSince } from "../upkeep/freeze.ts";

/** What waits for a person beside the reviews: nothing of it mends itself. */
export interface Attention {
  /** A restored database: nothing is sent. */
  readonly frozen: { readonly at: string; readonly reason: string } | null;
  /** Replies that may or may not have left, the newest first. */
  readonly uncertain: readonly ReleaseRecord[];
  /** Mail to technicians of the last day that never arrived, the newest first. */
  readonly lostMail: readonly LostInsideMail[];
  /** Work that was given up, the newest first. */
  readonly failedJobs: readonly FailedJob[];
  /** The hosted model gives no answers since then, ISO 8601; `null`: it does, or there is none. */
  readonly modelAwaySince: string | null;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST = 100;

export async function attentionOf(desk: Pick<Desk, "database" | "queue" | "clock">): Promise<Attention> {
  const db = desk.database.reader;
  const since = new Date(desk.clock().getTime() - DAY_MS).toISOString();
  const [frozen, uncertain, lostMail, failedJobs, outages] = await Promise.all([
    frozenSince(db),
    listReleases(db, { state: "uncertain", limit: MOST }),
    lostMailSince(db, since, MOST),
    desk.queue.failed(MOST),
    lastingOutages(desk),
  ]);
  const modelAwaySince = outages.find((outage) => outage.kind === "model")?.since ?? null;
  return { frozen, uncertain, lostMail, failedJobs, modelAwaySince };
}

const count = (items: readonly unknown[]): string =>
  items.length >= MOST ? `${MOST} or more` : String(items.length);

/** One sentence a kind, without names: for readyz, which anybody may read. */
export function attentionWords(attention: Attention): readonly string[] {
  const { uncertain, lostMail, failedJobs, modelAwaySince } = attention;
  return [
    ...(uncertain.length > 0
      ? [
          `uncertain replies: ${count(uncertain)}; nobody knows whether they left, see countersign delivery list`,
        ]
      : []),
    ...(lostMail.length > 0
      ? [
          `mail to technicians that never arrived, last day: ${count(lostMail)}; see countersign delivery list`,
        ]
      : []),
    ...(failedJobs.length > 0
      ? [
          `jobs given up: ${count(failedJobs)} (${[...new Set(failedJobs.map((job) => job.kind))].join(", ")})`,
        ]
      : []),
    ...(modelAwaySince === null
      ? []
      : [
          `the hosted model gives no answers since ${modelAwaySince}; the local assistant does, see countersign doctor`,
        ]),
  ];
}
