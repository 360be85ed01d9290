import { createReadStream } from "node:fs";
import { sweepOften } from "../sweep.ts";
import type { Db } from "./database.ts";
import type { Sealing } from "./sealing.ts";

const CHUNK = 1024 * 1024;

export interface RawBody {
  readonly sha256: string;
  readonly size: number;
  readonly body: { readonly bytes: Buffer } | { readonly file: string };
  /** Holds a token: encrypt it. */
  readonly sealed: boolean;
}

/** Store raw bytes once, by content. Large bodies go in by chunks, so that memory stays flat. */
export async function putRaws(
  db: Db,
  raws: readonly RawBody[],
  sealing: Sealing,
  now: string,
): Promise<void> {
  if (raws.length === 0) return;
  const fresh = (await db("raw_messages")
    .insert(
      raws.map((raw) => {
        const inline = "bytes" in raw.body ? raw.body.bytes : null;
        return {
          sha256: raw.sha256,
          size: raw.size,
          sealed: raw.sealed,
          bytes: inline === null ? null : raw.sealed ? sealing.seal(inline) : inline,
          created_at: now,
        };
      }),
    )
    .onConflict("sha256")
    .ignore()
    .returning("sha256")) as { sha256: string }[];
  const added = new Set(fresh.map((row) => row.sha256));
  for (const raw of raws) {
    // The same body twice in one group is one row.
    if ("file" in raw.body && added.delete(raw.sha256)) await putChunks(db, raw, raw.body.file, sealing);
  }
}

async function putChunks(db: Db, raw: RawBody, file: string, sealing: Sealing): Promise<void> {
  const stopSweep = sweepOften();
  try {
    let seq = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
      await db("raw_chunks").insert({
        sha256: raw.sha256,
        seq: seq++,
        bytes: raw.sealed ? sealing.seal(chunk) : chunk,
      });
    }
  } finally {
    stopSweep();
  }
}

/** The row of `raw_messages`; `bytes` is `null` where they are in chunks. */
export interface RawRow {
  readonly sealed: boolean | number;
  readonly bytes: Buffer | null;
}

/** The bytes in pieces, in order; at most a megabyte each. `known`: their row, where it has been read already. */
export async function* readRaw(
  db: Db,
  sha256: string,
  sealing: Sealing,
  known?: RawRow,
): AsyncGenerator<Buffer> {
  const row =
    known ?? ((await db("raw_messages").where({ sha256 }).first("sealed", "bytes")) as RawRow | undefined);
  if (row === undefined) return;
  const open = (bytes: Buffer): Buffer => (row.sealed ? sealing.open(bytes) : bytes);
  if (row.bytes !== null) {
    yield open(row.bytes);
    return;
  }
  for (let seq = 0; ; seq++) {
    const chunk = (await db("raw_chunks").where({ sha256, seq }).first("bytes")) as
      { bytes: Buffer } | undefined;
    if (chunk === undefined) return;
    yield open(chunk.bytes);
  }
}
