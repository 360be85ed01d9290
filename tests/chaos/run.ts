/**
 * `npm run chaos -- --kills 1000 --messages 10000 [--database sqlite|postgres] [--workers N] [--seed N]`: kill a desk with
 * `kill -9` again and again while mail comes and goes, and check the promises afterwards. Ends with 1 where one is broken.
 */
import { parseArgs } from "node:util";
import { locate } from "../skips.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { runCampaign } from "./campaign.ts";
import { reportOf } from "./report.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    messages: { type: "string", default: "500" },
    database: { type: "string", default: "sqlite" },
    workers: { type: "string" },
    seed: { type: "string", default: String(Math.trunc(Math.random() * 1_000_000)) },
    /** As CI does: do not wait for the leases of dead workers. */
    hurry: { type: "boolean", default: false },
  },
});
const { database } = values;
if (database !== "sqlite" && database !== "postgres") {
  console.error(`--database ${database}: use sqlite or postgres.`);
  process.exit(2);
}
const programs = database === "postgres" ? locate("postgres") : undefined;
if (database === "postgres" && programs === undefined) {
  console.error("PostgreSQL's programs are not here: apt-get install --no-install-recommends postgresql");
  process.exit(2);
}
const server = programs === undefined ? undefined : await startPostgres(programs);
let said = 0;
const report = await runCampaign({
  ...(server === undefined ? {} : { databaseUrl: server.url }),
  workers: Number(values.workers ?? (database === "postgres" ? 4 : 1)),
  kills: Number(values.kills),
  messages: Number(values.messages),
  seed: Number(values.seed),
  hurries: values.hurry,
  onProgress({ phase, messages, kills }) {
    if (performance.now() - said < 2000) return;
    said = performance.now();
    console.log(`${phase}: ${messages} of ${values.messages} mails taken, ${kills} of ${values.kills} kills`);
  },
});
console.log(reportOf(report, database));
if (report.faults.length > 0)
  console.log(
    `  again: npm run chaos -- --database ${database} --kills ${values.kills} --messages ${values.messages} --seed ${report.seed}`,
  );
if (report.faults.length > 0 && server !== undefined)
  console.log(`  the server stays until ctrl-C: ${server.url}`);
else await server?.stop();
process.exitCode = report.faults.length === 0 ? 0 : 1;
