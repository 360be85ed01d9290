import { describe, expect, test } from "vitest";
import { requires } from "../skips.ts";
import { freshDatabase } from "../support/postgres.ts";
import { runCampaign } from "./campaign.ts";
import { reportOf } from "./report.ts";

/**
 * Fifty kills over five hundred mails, half on each database (threats 50 to 53, 63). `npm run chaos` does it at leisure,
 * with other seeds and as many as wanted.
 */
const SEED = Number(process.env["CHAOS_SEED"] ?? 1);

async function campaign(database: string, workers: number): Promise<void> {
  const report = await runCampaign({
    ...(database === "postgres" ? { databaseUrl: await freshDatabase() } : {}),
    workers,
    kills: 25,
    messages: 250,
    seed: SEED,
    hurries: true,
  });
  const said = reportOf(report, database);
  console.log(said);
  expect(report.faults, said).toEqual([]);
  // It was no walk in the park: replies went out, and the desk was killed in the middle of things.
  expect(report.kills.length).toBeGreaterThanOrEqual(25);
  expect(report.figures["at the relay"]).toBeGreaterThan(20);
}

describe("50, 51, 52, 53, 63 · kill -9 at every place and at any time, with a relay that cuts lines", () => {
  test("one process on SQLite", { timeout: 600_000 }, () => campaign("sqlite", 1));

  test.skipIf(!requires("postgres"))("four processes on PostgreSQL", { timeout: 600_000 }, () =>
    campaign("postgres", 4),
  );
});
