import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";
import { reasonOf } from "../errors.ts";

/** Bodies, tokens and passwords never reach a log; should one slip into a field of these names, it is cut out. */
const REDACT = [
  "pass",
  "password",
  "token",
  "secret",
  "authorization",
  "cookie",
  "*.pass",
  "*.password",
  "*.token",
  "*.secret",
  "*.accessToken",
  "headers.authorization",
  "headers.cookie",
];

/**
 * An error by its sentence and its way here. What a driver hangs on it besides stays out: PostgreSQL's `detail` holds the
 * row that it refused, a mail's text too.
 */
function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, stack } = error;
  const code = "code" in error ? error.code : undefined;
  return { type: name, message: reasonOf(error), ...(code === undefined ? {} : { code }), stack };
}

/** To standard output; with a `destination`, as JSON to there. */
export function createLog(
  options: { readonly level: string; readonly format: "pretty" | "json" },
  destination?: DestinationStream,
): Logger {
  const settings = {
    level: options.level,
    redact: { paths: REDACT, censor: "[removed]" },
    serializers: { error: told },
    base: null,
  };
  if (destination !== undefined) return pino(settings, destination);
  if (options.format === "json") return pino(settings);
  return pino(
    settings,
    pretty({
      colorize: process.stdout.isTTY,
      translateTime: "SYS:HH:MM:ss",
      ignore: "pid,hostname",
      singleLine: true,
      sync: true,
    }),
  );
}
