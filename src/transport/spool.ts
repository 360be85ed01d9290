import { createHash, randomUUID } from "node:crypto";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { sweepOften } from "../sweep.ts";

/** Bytes of one message that are kept in memory; a longer one goes to a file. */
const KEEP_IN_MEMORY = 1024 * 1024;

interface SpoolOptions {
  /** A folder that exists and is ours alone. */
  readonly spoolDir: string;
  /** Bytes. What comes beyond it is read and dropped, and nothing is kept. */
  readonly maxSize: number;
}

interface Spooled {
  /** Hex. */
  readonly sha256: string;
  /** Bytes received, also those that were dropped. */
  readonly size: number;
  /** `null` when the message was over `maxSize`. */
  readonly body: { readonly bytes: Buffer } | { readonly file: string } | null;
  /** Removes the file, if there is one. */
  discard(): Promise<void>;
}

/**
 * Takes a message in as it streams: hashed as it comes, up to 1 MiB in memory, beyond that in a file under `spoolDir`.
 * Rejects with the stream's or the disk's error, and then leaves no file.
 */
export async function spool(chunks: AsyncIterable<Buffer>, options: SpoolOptions): Promise<Spooled> {
  const hash = createHash("sha256");
  let held: Buffer[] = [];
  let size = 0;
  let path: string | null = null;
  let file: FileHandle | null = null;
  let stopSweep: (() => void) | null = null;
  const drop = async (): Promise<void> => {
    held = [];
    await file?.close();
    file = null;
    if (path !== null) await rm(path, { force: true });
    path = null;
  };

  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > options.maxSize) {
        await drop();
        continue;
      }
      hash.update(chunk);
      if (file === null && size > KEEP_IN_MEMORY) {
        path = join(options.spoolDir, `${randomUUID()}.eml`);
        file = await open(path, "wx", 0o600);
        stopSweep ??= sweepOften();
        for (const piece of held) await writeAll(file, piece);
        held = [];
      }
      if (file === null) held.push(chunk);
      else await writeAll(file, chunk);
    }
    await file?.close();
    file = null;
  } catch (error) {
    // The first error is the one to tell; a disk that is full may refuse the clean-up too.
    await drop().catch(() => undefined);
    throw error;
  } finally {
    stopSweep?.();
  }

  const sha256 = hash.digest("hex");
  if (size > options.maxSize) return { sha256, size, body: null, discard: drop };
  return {
    sha256,
    size,
    body: path === null ? { bytes: Buffer.concat(held) } : { file: path },
    discard: drop,
  };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const { bytesWritten } = await file.write(bytes, offset);
    offset += bytesWritten;
  }
}
