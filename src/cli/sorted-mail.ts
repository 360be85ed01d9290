import { readFile, readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { UsageError, reasonOf } from "../errors.ts";
import { readTar } from "./tar.ts";

/** A raw mail that people sorted. `spam` is `null` where nobody has. */
interface SortedMail {
  readonly id: string;
  readonly spam: boolean | null;
  readonly bytes: Uint8Array;
}

const row = z
  .object({
    id: z.union([z.string(), z.number()]).transform(String),
    raw: z.string().optional(),
    path: z.string().optional(),
    spam: z.boolean().nullish(),
  })
  .refine((one) => (one.raw === undefined) !== (one.path === undefined), {
    message: 'exactly one of "raw" (the mail itself) and "path" (a file beside this one) is wanted',
  });

/**
 * Reads sorted mail: a folder of raw mails whose nearest folder with `spam` or `ham` as a word of its name says what they
 * are (`spam/`, `easy-ham-1/`), the same in a `.tar.gz`, or a file of JSON lines `{"id","raw"|"path","spam"}`.
 *
 * @throws UsageError naming the file and the line
 */
export async function readSortedMail(place: string): Promise<readonly SortedMail[]> {
  const kind = await stat(place).catch((cause: unknown) => {
    throw new UsageError(`${place} cannot be read: ${reasonOf(cause)}`, { cause });
  });
  const mails = kind.isDirectory()
    ? await readFolder(place)
    : /\.(?:tgz|tar\.gz)$/.test(place)
      ? await readArchive(place)
      : await readLines(place);
  if (mails.length === 0) throw new UsageError(`${place} holds no mail.`);
  return mails;
}

async function readFolder(folder: string): Promise<readonly SortedMail[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    files.map(async (file) => ({
      id: file.slice(folder.length).replace(/^[/\\]+/, ""),
      spam: labelOf(resolve(dirname(file))),
      bytes: await readFile(file),
    })),
  );
}

async function readArchive(file: string): Promise<readonly SortedMail[]> {
  try {
    return readTar(gunzipSync(await readFile(file)))
      .filter(({ name }) => !/(?:^|\/)\.[^/]*$/.test(name))
      .map(({ name, bytes }) => ({ id: name, spam: labelOf(dirname(name)), bytes }));
  } catch (cause) {
    throw new UsageError(`${file} is no archive that can be read: ${reasonOf(cause)}`, { cause });
  }
}

/** What the nearest folder that says anything says. */
function labelOf(folder: string): boolean | null {
  for (const name of folder.split(/[/\\]/).toReversed()) {
    const words = name.toLowerCase().split(/[^a-z]+/);
    if (words.includes("spam")) return true;
    if (words.includes("ham")) return false;
  }
  return null;
}

async function readLines(file: string): Promise<readonly SortedMail[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const mails: SortedMail[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const where = `${file} line ${at + 1}`;
    const { id, raw, path, spam } = parsedRow(line, where);
    const bytes =
      raw === undefined
        ? await readFile(resolve(dirname(file), path ?? "")).catch((cause: unknown) => {
            throw new UsageError(`${where}: ${path} cannot be read: ${reasonOf(cause)}`, { cause });
          })
        : Buffer.from(raw, "utf8");
    mails.push({ id, spam: spam ?? null, bytes });
  }
  return mails;
}

function parsedRow(line: string, where: string): z.output<typeof row> {
  try {
    return row.parse(JSON.parse(line));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? (cause.issues[0]?.message ?? "") : "it is no JSON";
    throw new UsageError(`${where}: ${why}. A line looks like {"id":"1","path":"mails/1.eml","spam":true}.`, {
      cause,
    });
  }
}
