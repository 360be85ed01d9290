import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";

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

/** To standard output; with a `destination`, as JSON to there. */
export function createLog(
  options: { readonly level: string; readonly format: "pretty" | "json" },
  destination?: DestinationStream,
): Logger {
  const settings = { level: options.level, redact: { paths: REDACT, censor: "[removed]" }, base: null };
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
