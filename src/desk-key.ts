import { createHash, randomBytes } from "node:crypto";
import { link, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";
import type { Config } from "./config.ts";
import { isRecord } from "./desk/problem.ts";
import { UsageError } from "./errors.ts";

/**
 * The desk's key: 32 bytes that derive tokens and encrypt review mail. It lives outside the database and its backup.
 *
 * `security.key` where it is set, else `data/desk.key`, made at the first start and readable by its owner alone. Both are
 * text and are hashed the same way, so that the file's text can move into the variable without changing the key.
 */
export async function loadDeskKey(config: Pick<Config, "security">): Promise<Buffer> {
  const { key, keyFile } = config.security;
  if (key !== null) return keyFrom(key);
  const text = (await readKeyFile(keyFile)) ?? (await makeKeyFile(keyFile));
  if (text.trim().length < 32) {
    throw new UsageError(
      `The key file ${keyFile} holds fewer than 32 characters. Restore it from its backup; without it open reviews are void.`,
    );
  }
  return keyFrom(text.trim());
}

function keyFrom(text: string): Buffer {
  return createHash("sha256").update("countersign desk key\0").update(text).digest();
}

async function readKeyFile(file: string): Promise<string | null> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new UsageError(
        `The key file ${file} can be read by other users (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${file}`,
      );
    }
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (isRecord(cause) && cause["code"] === "ENOENT") return null;
    throw new UsageError(
      `The key file ${file} cannot be read. Make it readable for the user that runs the desk.`,
      { cause },
    );
  }
}

/** Written whole beside its place and then linked: two processes that start at once end up with one key. */
async function makeKeyFile(file: string): Promise<string> {
  const text = randomBytes(32).toString("hex");
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await makeFolder(dirname(file));
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file);
    return text;
  } catch (cause) {
    if (isRecord(cause) && cause["code"] === "EEXIST") return (await readKeyFile(file)) ?? "";
    throw new UsageError(
      `The key file ${file} cannot be made. Give the desk a folder it can write, or set security.key.`,
      { cause },
    );
  } finally {
    await rm(draft, { force: true });
  }
}
