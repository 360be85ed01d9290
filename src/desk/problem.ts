import type { z } from "zod";
import { LineCounter, isMap, isNode, parseDocument } from "yaml";
import type { Document } from "yaml";

/**
 * What is wrong in a YAML file that a person wrote: where, what it holds, what it accepts.
 * Schemas are built from `schema.ts`, whose error text is always what the place accepts.
 */
export interface Problem {
  /** As the person named it. */
  readonly file: string;
  /** From 1; `null` where the place has no line (an empty file). */
  readonly line: number | null;
  /** `intake[0].imap.port`. "" is the whole file. */
  readonly path: string;
  /** Never a secret: see `shown`. */
  readonly holds: string;
  readonly accepts: string;
}

export type Path = readonly PropertyKey[];

/** A YAML file as a value, with the line of each place in it. */
export interface YamlFile {
  readonly name: string;
  readonly value: unknown;
  /** What stopped it from being read as YAML; `value` is then not to be used. */
  readonly problems: readonly Problem[];
  lineOf(path: Path): number | null;
}

/** Reads YAML 1.2. A key that stands twice is an error; an empty file is `null`. */
export function readYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map((error) => ({
    file: name,
    line: lines.linePos(error.pos[0]).line,
    path: "",
    holds: "something that is not YAML",
    accepts: `YAML (${firstSentence(error.message)})`,
  }));
  const lineOf = (path: Path): number | null => lineIn(document, lines, path);
  if (problems.length > 0) return { name, value: null, problems, lineOf };
  try {
    return { name, value: document.toJS({ maxAliasCount: 100 }) as unknown, problems, lineOf };
  } catch {
    const problem = {
      file: name,
      line: null,
      path: "",
      holds: "aliases that multiply",
      accepts: "YAML with few aliases",
    };
    return { name, value: null, problems: [problem], lineOf };
  }
}

/** zod's issues as problems, an unknown key each as one of its own. `raw` is the value as the file has it. */
export function problemsOf(
  file: YamlFile,
  issues: readonly z.core.$ZodIssue[],
  at: Path = [],
): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code !== "unrecognized_keys") return [problemAt(file, path, issue.message)];
    // The value of an unknown key may be a misspelt secret: only its name is shown.
    return issue.keys.map((key) => {
      const known = issue.message.split(", ");
      return { ...problemAt(file, [...path, key], suggest(key, known)), holds: "an unknown key" };
    });
  });
}

export function problemAt(file: YamlFile, path: Path, accepts: string): Problem {
  return {
    file: file.name,
    line: file.lineOf(path),
    path: writePath(path),
    holds: shown(file.value, path),
    accepts,
  };
}

/** `countersign.yaml:12: relay.port holds "smtp"; it accepts a port number from 0 to 65535.` */
export function describeProblem(problem: Problem): string {
  const where = problem.line === null ? problem.file : `${problem.file}:${problem.line}`;
  const path = problem.path === "" ? "the file" : problem.path;
  const missing = problem.path === "" ? "is empty" : "is missing";
  const holds = problem.holds === "nothing" ? missing : `holds ${problem.holds}`;
  return `${where}: ${path} ${holds}; it accepts ${problem.accepts}.`;
}

/** `[ "intake", 0, "imap" ]` → `intake[0].imap`. */
function writePath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

/** The accepted words, with the one that was probably meant first. */
export function suggest(word: string, accepted: readonly string[]): string {
  const near = nearest(word, accepted);
  return near === null ? accepted.join(", ") : `${accepted.join(", ")} (did you mean "${near}"?)`;
}

const SECRET_KEYS: ReadonlySet<string> = new Set([
  "pass",
  "password",
  "client_secret",
  "refresh_token",
  "oauth2",
  "api_key",
  "secret",
  "key",
  "security",
]);

/** What a place holds, in a few words, with secrets left out. Variables are shown by name, since this is the file's own text. */
function shown(root: unknown, path: Path): string {
  let value: unknown = root;
  for (const key of path)
    value =
      isRecord(value) || Array.isArray(value) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return "a map";
  const secret = path.some((key) => typeof key === "string" && SECRET_KEYS.has(key));
  const text = String(value);
  const variable = /^\$\{\w+\}$/.test(text);
  if (secret && !variable) return `a secret of ${text.length} characters`;
  if (typeof value !== "string") return text;
  return `"${clip(withoutUserInfo(text))}"`;
}

/** RFC 3986 §3.2.1: `//user:password@host` → `//…@host`. */
function withoutUserInfo(text: string): string {
  const start = text.indexOf("//");
  const at = text.lastIndexOf("@");
  return start !== -1 && at > start ? `${text.slice(0, start + 2)}…${text.slice(at)}` : text;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function firstSentence(message: string): string {
  const line = message.split("\n")[0] ?? "";
  // A parser's message quotes the text it tripped over, which may be a secret.
  return (line.split(":")[0] ?? line).trim();
}

function lineIn(document: Document, lines: LineCounter, path: Path): number | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const parent: unknown =
      length === 0 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (length > 0 && isMap(parent)) {
      const pair = parent.items.find((item) => String(item.key) === String(key));
      if (pair !== undefined && isNode(pair.key) && pair.key.range)
        return lines.linePos(pair.key.range[0]).line;
      continue;
    }
    const node: unknown = length === 0 ? parent : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}

/** The closest word by edit distance, where it is close enough to be a slip. */
export function nearest(word: string, accepted: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3)) + 1;
  for (const candidate of accepted) {
    const distance = editDistance(squash(word), squash(candidate));
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** `reviewAddress`, `review-address` and `review_address` differ in habit only. */
function squash(word: string): string {
  return word.toLowerCase().replaceAll("_", "").replaceAll("-", "").slice(0, 40);
}

/** Levenshtein, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const change = left[i - 1] === right[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
