import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, asyncProperty } from "fast-check";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDesk } from "../../src/cli/open-desk.ts";
import { embeddedDefaults } from "../../src/config.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { createParserPool, type ParserPool } from "../../src/mail/parse/parser-pool.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { openBareDesk } from "../chaos/bare-desk.ts";
import { history, POLICIES, type History } from "../chaos/history.ts";
import { play, seededBytes } from "../chaos/play.ts";
import { checkPromises } from "../chaos/promises.ts";
import { DESK_YAML } from "../support/test-desk.ts";

/**
 * The five promises over random histories of mails, decisions, forgeries, bounces and relay faults. `HISTORIES=1000` plays
 * more; `SEED=…` (and `HISTORY_PATH=…`), both printed with a failure, play it again; `SHRINK=1` looks for a smaller one.
 */

const HISTORIES = Number(process.env["HISTORIES"] ?? 60);

let folder = "";
let parser: ParserPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-histories-"));
  parser = createParserPool({ threads: 1, deadlineMs: 30_000 });
  for (const policies of Object.keys(POLICIES) as (keyof typeof POLICIES)[]) await template(policies);
});
afterAll(async () => {
  await parser.close();
  await rm(folder, { recursive: true, force: true });
});

/** A database with people and one set of policies, to be copied. */
async function template(policies: keyof typeof POLICIES): Promise<void> {
  const directory = join(folder, policies);
  await mkdir(directory);
  const open = await openDesk(
    { ...embeddedDefaults(directory), database: { kind: "sqlite", path: join(directory, "desk.sqlite") } },
    pino({ level: "silent" }),
  );
  const { desk: file, problems } = parseDeskFile(DESK_YAML + POLICIES[policies], "desk.yaml");
  expect(problems).toEqual([]);
  await importDeskFile(open.desk, file, "alex@msp.example");
  await open.desk.queue.stop();
  await open.close();
}

let played = 0;

async function holds(one: History): Promise<void> {
  const directory = join(folder, `history-${(played += 1)}`);
  await cp(join(folder, one.policies), directory, { recursive: true });
  const desk = await openBareDesk({
    directory,
    parser,
    holdMs: one.holdMinutes * 60_000,
    digestEveryMs: one.digestEveryMinutes * 60_000,
    random: seededBytes(one.seed),
    start: new Date("2026-03-02T09:00:00Z"),
  });
  try {
    await checkPromises(desk, await play(desk, one));
  } finally {
    await desk.close();
    await rm(directory, { recursive: true, force: true });
  }
}

test("after any history the promises hold", { timeout: 60_000 + HISTORIES * 5_000 }, async () => {
  const { SEED, HISTORY_PATH, SHRINK } = process.env;
  await assert(asyncProperty(history, holds), {
    numRuns: HISTORIES,
    endOnFailure: SHRINK === undefined,
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    ...(HISTORY_PATH === undefined ? {} : { path: HISTORY_PATH }),
  });
});
