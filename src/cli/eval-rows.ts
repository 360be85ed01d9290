import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Example } from "../assistant/learning/example.ts";
import { PermanentError, reasonOf } from "../errors.ts";

/** One mail with what people decided about it, as `eval triage` and `import` take them. */
export interface EvalRow {
  readonly id: string;
  readonly example: Example;
  /** Name of the field → what was right: `category`, `queue`, `priority`. */
  readonly labels: ReadonlyMap<string, string>;
  /** Of data with a split of its own. */
  readonly split: string | null;
}

const text = z.union([z.string(), z.number()]).transform(String);
const label = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const rowShape = z.object({
  id: text.optional(),
  subject: z.string().nullish(),
  body: z.string().nullish(),
  facts: z.array(z.string()).nullish(),
  labels: z.record(z.string(), label.nullable()).nullish(),
  split: z.string().nullish(),
});

/**
 * Rows of a `.jsonl` or `.jsonl.gz` file. A missing subject or body is an empty one, a missing label is none.
 *
 * @throws PermanentError with file, line and what is wrong
 */
export function readEvalRows(file: string): readonly EvalRow[] {
  const rows: EvalRow[] = [];
  contentOf(file)
    .split(/\r?\n/)
    .forEach((line, at) => {
      if (line.trim() !== "") rows.push(rowOf(line, `${file}, line ${at + 1}`, at + 1));
    });
  return rows;
}

function contentOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new PermanentError(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function rowOf(line: string, place: string, number: number): EvalRow {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new PermanentError(`${place} is no JSON: ${reasonOf(error)}`, { cause: error });
  }
  const read = rowShape.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const key = issue?.path.join(".") ?? "";
    throw new PermanentError(
      `${place}: ${key === "" ? "a row" : key} is wrong: ${issue?.message ?? "unknown shape"}. Wanted: {"id", "subject", "body", "labels": {"queue": …}}.`,
    );
  }
  const { id, subject, body, facts, labels, split } = read.data;
  const given = Object.entries(labels ?? {}).filter((each): each is [string, string] => each[1] !== null);
  return {
    id: id ?? String(number),
    example: { subject: subject ?? "", body: body ?? "", facts: facts ?? [] },
    labels: new Map(given.filter(([, value]) => value !== "")),
    split: split ?? null,
  };
}
