import { readdir, readFile } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { UsageError } from "../errors.ts";
import type { Desk } from "../steps/desk.ts";
import { importArticles, type ImportedArticle, type ImportedRow } from "../steps/admin/import-desk.ts";

/** One transaction a chunk: a running desk files its mail between them, and an import that was stopped goes on where it was. */
const CHUNK = 500;

/** From so many files on, how far it has come is told. */
const TOLD_FROM = 2000;

/** Every .md below a folder; its source is the path from the folder on, so that a moved checkout changes nothing. */
export async function importFolder(
  desk: Desk,
  folder: string,
  author: string,
  tell: (sentence: string) => void,
): Promise<readonly ImportedRow[]> {
  const files = await articleFiles(folder);
  if (files.length === 0) throw new UsageError("there is no .md file in this folder");
  const rows: ImportedRow[] = [];
  for (let at = 0; at < files.length; at += CHUNK) {
    const articles = await readArticles(folder, files.slice(at, at + CHUNK));
    rows.push(...(await importArticles(desk, articles, author)));
    if (files.length >= TOLD_FROM) tell(`${rows.length} of ${files.length} articles\n`);
  }
  return rows;
}

/** The .md files below a folder, in order. */
export async function articleFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && extname(entry.name).toLowerCase() === ".md")
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

export function readArticles(folder: string, files: readonly string[]): Promise<readonly ImportedArticle[]> {
  return Promise.all(
    files.map(async (file) =>
      articleFrom(file, await readFile(file, "utf8"), join(basename(folder), relative(folder, file))),
    ),
  );
}

/** The first heading is the title; without one, the file's name. */
export function articleFrom(file: string, text: string, source: string): ImportedArticle {
  const heading = /^#[ \t]+(\S.*)$/m.exec(text);
  const title = heading?.[1]?.trim() ?? basename(file, extname(file)).replaceAll(/[-_]+/g, " ");
  return {
    title,
    source,
    body: heading === null ? text.trim() : text.replace(heading[0], "").trim(),
    clientId: null,
  };
}
