/**
 * Errors are temporary or permanent; nothing else decides whether work is tried again.
 * Every message says what went wrong and, where a person can act, what to do.
 */

/** The same work may succeed later: retry with backoff. */
export class TemporaryError extends Error {
  override readonly name = "TemporaryError";
}

/** The same work will fail again: hold it and show the reason. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

/** The person who started the program gave it something it cannot use; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The sentence of an unknown thrown value, with its causes, for logs and refusals. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message;
  const cause = reasonOf(error.cause);
  // Who threw it may have told the cause already.
  if (error.message.includes(cause)) return error.message;
  // Behind a whole sentence, a colon would read as a slip.
  return error.message.endsWith(".") ? `${error.message} (${cause})` : `${error.message}: ${cause}`;
}

/** The driver's or the system's error code; "" where it has none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
