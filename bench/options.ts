import { parseArgs } from "node:util";
import { UsageError } from "../src/errors.ts";

/** What can be asked for alone with `--only`. */
const SCENARIOS = ["floor", "plain", "multipart", "tickets", "memory"] as const;
type Scenario = (typeof SCENARIOS)[number];

export interface Options {
  readonly only: ReadonlySet<Scenario>;
  /** Mails of one throughput run, after the warm-up. */
  readonly plain: number;
  readonly multipart: number;
  readonly warmUp: number;
  /** Tickets in the database before the run. */
  readonly ticketCounts: readonly number[];
  /** Each run is done so often; figures are medians. */
  readonly repeat: number;
  /** A throughput run is as long as this on a slow machine, in milliseconds; on a fast one its mails end it sooner. */
  readonly sendForMs: number;
  readonly paceForMs: number;
  readonly json: string | null;
  /** Folder for CPU profiles of the desk, `null` for none. */
  readonly cpuProf: string | null;
  /** How many statements to list by how often they run; 0: none. */
  readonly statements: number;
}

export const USAGE = `Usage: npm run bench -- [options]
  --quick           fewer mails; 1,000 and 10,000 tickets only
  --only NAME       ${SCENARIOS.join(", ")}; may be given more than once
  --repeat N        run each measurement N times and take medians (default 1)
  --statements N    list the N most frequent SQL statements
  --json FILE       write every figure there as well
  --cpu-prof DIR    profile the desk; read it with: node bench/hot.ts DIR`;

/** @throws UsageError for what is not an option. */
export function readOptions(args: readonly string[]): Options | "help" {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true },
        repeat: { type: "string", default: "1" },
        statements: { type: "string", default: "0" },
        json: { type: "string" },
        "cpu-prof": { type: "string" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
  if (values.help) return "help";
  const { quick } = values;
  return {
    only: new Set(values.only === undefined ? SCENARIOS : values.only.map(scenario)),
    plain: quick ? 400 : 1500,
    multipart: quick ? 200 : 800,
    warmUp: quick ? 60 : 250,
    ticketCounts: quick ? [1000, 10_000] : [1000, 10_000, 100_000],
    repeat: count("--repeat", values.repeat),
    sendForMs: quick ? 4000 : 15_000,
    paceForMs: quick ? 3000 : 8000,
    json: values.json ?? null,
    cpuProf: values["cpu-prof"] ?? null,
    statements: count("--statements", values.statements),
  };
}

function scenario(name: string): Scenario {
  const found = SCENARIOS.find((one) => one === name);
  if (found === undefined)
    throw new UsageError(`--only ${name}: there is no such measurement. It takes ${SCENARIOS.join(", ")}.`);
  return found;
}

function count(option: string, text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new UsageError(`${option} takes a number, not "${text}".`);
  return Number(text);
}
