import { createReadStream } from "node:fs";
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

/** Store raw bytes once, by content. A large body goes in by chunks, so that memory stays flat. */
export async function putRaw(db: Db, raw: RawBody, sealing: Sealing, now: string): Promise<void> {
  const inline = "bytes" in raw.body ? raw.body.bytes : null;
  const fresh = (await db("raw_messages")
    .insert({
      sha256: raw.sha256,
      size: raw.size,
      sealed: raw.sealed,
      bytes: inline === null ? null : raw.sealed ? sealing.seal(inline) : inline,
      created_at: now,
    })
    .onConflict("sha256")
    .ignore()
    .returning("sha256")) as unknown[];
  if (fresh.length === 0 || !("file" in raw.body)) return;
  let seq = 0;
  for await (const chunk of createReadStream(raw.body.file, {
    highWaterMark: CHUNK,
  }) as AsyncIterable<Buffer>) {
    await db("raw_chunks").insert({
      sha256: raw.sha256,
      seq: seq++,
      bytes: raw.sealed ? sealing.seal(chunk) : chunk,
    });
  }
}

/** The bytes in pieces, in order; at most a megabyte each. */
export async function* readRaw(db: Db, sha256: string, sealing: Sealing): AsyncGenerator<Buffer> {
  const row = (await db("raw_messages").where({ sha256 }).first("sealed", "bytes")) as
    { sealed: boolean | number; bytes: Buffer | null } | undefined;
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
