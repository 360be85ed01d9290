import { collectDefaultMetrics, Gauge, Registry, type GaugeConfiguration } from "prom-client";
import {
  deliveriesByOutcome,
  insideMailByStatus,
  mailByDisposition,
  oldestWaiting,
  releasesByStatus,
  reviewsByStatus,
} from "../store/counts.ts";
import { countVectors } from "../store/article-vectors.ts";
import type { Db } from "../store/database.ts";
import { allSpending, answersByOutcome, daySpending } from "../store/model-usage.ts";
import { readSetting } from "../store/settings.ts";
import type { Web } from "./context.ts";

/**
 * Prometheus' text, read from the database at each scrape, so that every process of a desk tells the same. Labels are
 * dispositions and states alone: no client, no ticket, no address.
 */
export function createMetrics(web: Web): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { database, queue } = web.desk;
  const db = database.reader;
  const now = (): Date => web.desk.clock();
  const mail = atMostOnceAMinute(now, () => mailByDisposition(db));
  const reviews = atMostOnceAMinute(now, () => reviewsByStatus(db));
  const releases = atMostOnceAMinute(now, () => releasesByStatus(db));
  const insideMail = atMostOnceAMinute(now, () => insideMailByStatus(db));
  const deliveries = atMostOnceAMinute(now, () => deliveriesByOutcome(db));

  counted(registry, "countersign_mail", "Mails taken in, by disposition.", "disposition", async () => {
    const counts = await mail();
    return new Map([...counts].map(([name, count]) => [name === "" ? "unread" : name, count]));
  });
  counted(registry, "countersign_reviews", "Reviews, by state.", "state", reviews);
  counted(registry, "countersign_releases", "Releases, by state.", "state", releases);
  counted(registry, "countersign_inside_mail", "Mails to technicians, by state.", "state", insideMail);
  counted(
    registry,
    "countersign_deliveries",
    "Attempts to hand a release over, by outcome.",
    "outcome",
    deliveries,
  );

  measureModel(registry, db, now);
  const vectors = atMostOnceAMinute(now, async () => {
    const { embeddings } = (await web.desk.directory.current()).engine;
    return embeddings === undefined ? null : countVectors(db, embeddings.model);
  });
  counted(
    registry,
    "countersign_article_vectors",
    "Articles by what became of their vectors: made, waiting, refused. None without an embeddings model.",
    "state",
    async () => {
      const counts = await vectors();
      if (counts === null) return new Map();
      const { articles, waiting, refused } = counts;
      return new Map([
        ["made", articles - waiting - refused],
        ["waiting", waiting],
        ["refused", refused],
      ]);
    },
  );

  gauge(registry, {
    name: "countersign_reviews_open",
    help: "Reviews that wait for a person.",
    async collect() {
      this.set((await reviews()).get("open") ?? 0);
    },
  });
  gauge(registry, {
    name: "countersign_frozen",
    help: "1 while nothing is sent because the database was restored; a person has to look.",
    async collect() {
      this.set((await readSetting(db, "frozen")) === null ? 0 : 1);
    },
  });
  gauge(registry, {
    name: "countersign_jobs",
    help: "Jobs of the queue, by kind and state.",
    labelNames: ["kind", "state"],
    async collect() {
      this.reset();
      for (const { kind, state, count } of await queue.counts()) this.set({ kind, state }, count);
    },
  });
  gauge(registry, {
    name: "countersign_oldest_waiting_seconds",
    help: "Age of the oldest mail not filed, review not decided and release overdue; 0 where none waits.",
    labelNames: ["what"],
    async collect() {
      const now = web.desk.clock();
      for (const [what, at] of Object.entries(await oldestWaiting(db, now.toISOString()))) {
        this.set({ what }, at === null ? 0 : Math.max(0, (now.getTime() - Date.parse(at)) / 1000));
      }
    },
  });
  return registry;
}

/** What a hosted model was asked, how that ended, and what it cost. */
function measureModel(registry: Registry, db: Db, now: () => Date): void {
  const answers = atMostOnceAMinute(now, () => answersByOutcome(db));
  const spending = atMostOnceAMinute(now, () => allSpending(db));
  gauge(registry, {
    name: "countersign_model_answers",
    help: "Questions to the model, by what was asked and how it ended: ok, or why the local assistant answered.",
    labelNames: ["question", "outcome"],
    async collect() {
      this.reset();
      for (const { question, outcome, count } of await answers()) this.set({ question, outcome }, count);
    },
  });
  gauge(registry, {
    name: "countersign_model_calls",
    help: "Calls to the model's server, with those that were made again.",
    async collect() {
      this.set((await spending()).calls);
    },
  });
  counted(registry, "countersign_model_tokens", "Tokens, by direction.", "direction", async () => {
    const { inputTokens, outputTokens } = await spending();
    return new Map([
      ["input", inputTokens],
      ["output", outputTokens],
    ]);
  });
  gauge(registry, {
    name: "countersign_model_cost",
    help: "What the model has cost, in the currency of the configured prices.",
    async collect() {
      this.set((await spending()).spentMicros / 1_000_000);
    },
  });
  gauge(registry, {
    name: "countersign_model_cost_today",
    help: "The same, of this day (UTC): what max_cost_per_day is held against.",
    async collect() {
      const day = now().toISOString().slice(0, 10);
      this.set((await daySpending(db, day)).spentMicros / 1_000_000);
    },
  });
}

function counted(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Promise<ReadonlyMap<string, number>>,
): void {
  gauge(registry, {
    name,
    help,
    labelNames: [label],
    async collect() {
      this.reset();
      for (const [value, count] of await read()) this.set({ [label]: value }, count);
    },
  });
}

/** Counts of whole tables are read at most once a minute: on a large desk each costs tens of milliseconds. */
function atMostOnceAMinute<T>(now: () => Date, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const at = now().getTime();
    if (kept === null || at - kept.at >= 60_000 || at < kept.at) {
      kept = { at, answer: read() };
      // A failed read is not an answer to keep.
      kept.answer.catch(() => (kept = null));
    }
    return kept.answer;
  };
}

function gauge<T extends string>(registry: Registry, configuration: GaugeConfiguration<T>): void {
  registry.registerMetric(new Gauge({ ...configuration, registers: [] }));
}
