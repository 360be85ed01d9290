/** The desk that is measured: intake and worker in one process, as `start` runs them, without the web. */
import { mkdir } from "node:fs/promises";
import pino from "pino";
import { startIntakes } from "../src/cli/intakes.ts";
import { openDesk } from "../src/cli/open-desk.ts";
import { parseDeskFile } from "../src/desk/desk-file.ts";
import { importArticles, importDeskFile } from "../src/steps/admin/import-desk.ts";
import { startWorker } from "../src/worker.ts";
import { answer } from "./answering.ts";
import { ARTICLES, benchConfig, DESK_YAML } from "./desk-setup.ts";
import { countStatements, type Statements } from "./statement-counter.ts";
import { threadCpu } from "./threads.ts";
import { usage, type Usage } from "./usage.ts";

/** msg-id of a client's mail and of the digest that asks about it. */
export type LedgerRow = readonly [message: string, digest: string];

export interface DeskUsage extends Usage {
  readonly statements: Statements;
  /** CPU milliseconds by thread. */
  readonly threads: Readonly<Record<string, number>>;
}

const [directory = "", relayPort = "0", isNew = ""] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const open = await openDesk(
  benchConfig(directory, Number(relayPort)),
  pino({ level: "warn" }, pino.destination(2)),
);
const { desk } = open;
if (isNew === "new") {
  const { desk: file, problems } = parseDeskFile(DESK_YAML, "desk.yaml");
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  await importDeskFile(desk, file, "alex@msp.example");
  await importArticles(
    desk,
    ARTICLES.map((article, index) => ({ ...article, source: `articles/${index}.md`, clientId: null })),
    "alex@msp.example",
  );
}
const statements = countStatements(desk.database);
const worker = await startWorker(desk);
const intakes = await startIntakes(open);

answer(
  {
    port: () => intakes.smtpPorts[0],
    usage: (): DeskUsage => ({ ...usage(), statements: statements.read(), threads: threadCpu() }),
    resetStatements: () => statements.reset(),
    ledger: async (): Promise<readonly LedgerRow[]> => {
      const rows = (await desk.database
        .reader("digest_items as i")
        .join("digests as d", "d.id", "i.digest_id")
        .join("outbox as o", "o.id", "d.outbox_id")
        .join("messages as m", "m.ticket_id", "i.ticket_id")
        .where("m.direction", "in")
        .whereNotNull("i.review_id")
        .orderBy("m.id", "desc")
        .limit(20_000)
        .select("m.message_id as message", "o.message_id as digest")) as {
        message: string;
        digest: string;
      }[];
      return rows.map((row) => [row.message, row.digest]);
    },
    failures: async () => ({
      jobs: (await desk.queue.failed(5)).map((job) => `${job.kind}: ${job.reason}`),
      // Tried and put off: their reason is in the row alone.
      postponed: await desk.database
        .reader("jobs")
        .whereNotNull("last_error")
        .select("kind", "attempts", "run_at", "last_error")
        .limit(5),
      dispositions: await desk.database
        .reader("messages")
        .where({ direction: "in" })
        .groupBy("disposition")
        .select("disposition")
        .count({ count: "*" }),
    }),
  },
  async () => {
    await intakes.close();
    await worker.stop();
    await open.close();
  },
);
