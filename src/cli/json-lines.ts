import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { isRecord } from "../desk/problem.ts";
import { UsageError, reasonOf } from "../errors.ts";

/** Rows of a file of JSON lines; empty lines are left out. @throws UsageError with file, line and what is wrong */
export async function readJsonLines<T>(file: string, shape: z.ZodType<T>): Promise<readonly T[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`);
  });
  const rows: T[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = `${file}, line ${at + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch (error) {
      throw new UsageError(`${place}: no JSON: ${reasonOf(error)}`);
    }
    const read = shape.safeParse(json);
    if (!read.success) {
      const [issue] = read.error.issues;
      const key = issue?.path.join(".") ?? "";
      const lacks = issue?.path.length === 1 && isRecord(json) && !(key in json);
      throw new UsageError(
        lacks ? `${place}: "${key}" is missing` : `${place}: ${key}: ${issue?.message ?? "another shape"}`,
      );
    }
    rows.push(read.data);
  }
  if (rows.length === 0) throw new UsageError(`${file} holds no row`);
  return rows;
}
