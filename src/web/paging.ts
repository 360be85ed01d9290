import { HttpProblem } from "./problem.ts";

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** A cursor says where a list goes on; it is opaque to callers, and one list's cursor is no other's. */
function writeCursor(list: string, position: number): string {
  return Buffer.from(`${list}:${position}`).toString("base64url");
}

/** The largest id of a table; PostgreSQL refuses to compare with more. */
const LARGEST_ID = 2_147_483_647;

/** @throws HttpProblem for a cursor that this list did not give out. */
export function readCursor(
  list: string,
  cursor: string | undefined,
  largest = LARGEST_ID,
): number | undefined {
  if (cursor === undefined) return undefined;
  const match = /^([a-z]+):(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (
    match === null ||
    match[1] !== list ||
    Number(match[2]) > largest ||
    writeCursor(list, Number(match[2])) !== cursor
  )
    throw new HttpProblem(
      "bad-request",
      "This cursor is not one that this list gave. Leave it out to start.",
      [{ path: "cursor", message: "not a cursor of this list" }],
    );
  return Number(match[2]);
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** `rows` holds one more than `limit` where the list goes on. */
export function pageOf<T>(
  list: string,
  rows: readonly T[],
  limit: number,
  positionOf: (row: T) => number,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    next: rows.length > limit && last !== undefined ? writeCursor(list, positionOf(last)) : null,
  };
}
