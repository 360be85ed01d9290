/** What an error of either database means for its caller. */
import { codeOf } from "../errors.ts";

/** SQLite's own lock or PostgreSQL's serialisation: the same transaction may succeed when run again. */
export function isRetryable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "SQLITE_BUSY" || code === "40001" || code === "40P01" || isUniqueViolation(error);
}

export function isUniqueViolation(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return (
    code === "23505" ||
    (code === "SQLITE_CONSTRAINT" && typeof message === "string" && message.includes("UNIQUE"))
  );
}

/** The disk or the server cannot take it now: intake answers 452 and the sender tries again. */
export function isStorageTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    TROUBLE.test(codeOf(error)) || error.name === "KnexTimeoutError" || LOST_CONNECTION.test(error.message)
  );
}

/** SQLite's result codes, the system's errors, and PostgreSQL's classes 08 (connection), 53 (resources) and 57P (shut down). */
const TROUBLE =
  /^(SQLITE_(FULL|IOERR|READONLY|BUSY|CANTOPEN|CORRUPT|NOTADB)|ENOSPC|EROFS|EDQUOT|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|53\d{3}|57P0\d|08\d{3})$/;

/** What node-postgres says, without a code, of a connection that ended under a query or before it. */
const LOST_CONNECTION = /\bConnection (terminated|ended)\b|\bis not queryable$/;
