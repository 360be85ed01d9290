import { accessSync, appendFileSync, constants, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Programs that some tests run against, and that a machine may not have. */
export type Program = "dovecot" | "postgres" | "chromium";

/** Where the report at the end of `npm test` reads what was skipped: one JSON line each. */
export const SKIPS_FILE_VARIABLE = "COUNTERSIGN_TEST_SKIPS";

const LOOK_UP: Readonly<Record<Program, () => string | undefined>> = {
  dovecot: () => firstRunnable("/usr/sbin/dovecot", "/usr/local/sbin/dovecot"),
  chromium: () => firstRunnable("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"),
  postgres: () => postgresPrograms(),
};

const REASONS: Readonly<Record<Program, string>> = {
  dovecot: "no /usr/sbin/dovecot; apt-get install --no-install-recommends dovecot-imapd",
  chromium: "no /usr/bin/chromium; apt-get install --no-install-recommends chromium",
  postgres: "no /usr/lib/postgresql/*/bin/initdb; apt-get install --no-install-recommends postgresql",
};

/** The program's path (for PostgreSQL, the folder of its programs), or undefined. */
export function locate(program: Program): string | undefined {
  return LOOK_UP[program]();
}

/**
 * Whether the tests that need this program can run: `describe.skipIf(!requires("dovecot"))`.
 * Where it is missing, the report at the end names it; with CI set in the environment that is a failure.
 */
export function requires(program: Program): boolean {
  if (locate(program) !== undefined) return true;
  const reason = REASONS[program];
  if (isCI()) throw new Error(`${program} is needed where CI is set: ${reason}`);
  recordSkip(program, reason);
  return false;
}

/** Note for the report at the end that something was left out, and why. */
function recordSkip(what: string, reason: string): void {
  const file = process.env[SKIPS_FILE_VARIABLE];
  if (file) appendFileSync(file, `${JSON.stringify({ what, reason })}\n`);
}

function isCI(): boolean {
  const value = process.env["CI"];
  return value !== undefined && value !== "" && value !== "false" && value !== "0";
}

function firstRunnable(...paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian keeps each major version in its own folder, out of the PATH; the newest one is taken. */
function postgresPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, "bin"))
    .find((folder) => existsSync(join(folder, "initdb")));
}
