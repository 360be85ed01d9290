/** Holds the shape that ARCHITECTURE.md draws: who may import whom, what is pure, who writes a status. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { callsOf, codeOnly, importsOf, withoutComments } from "./support/source-scan.ts";
import type { Import } from "./support/source-scan.ts";

/** Imports point down only: from a larger number to a smaller one. Layers with the same number never meet. */
const LAYERS: Readonly<Record<string, number>> = {
  errors: 0,
  templates: 1,
  mail: 2,
  desk: 3,
  review: 4,
  config: 5,
  store: 5,
  transport: 5,
  assistant: 5,
  runbooks: 5,
  queue: 5,
  // What a mail program does with a mail: for the demo, and for a desk that only captures.
  "mail-program": 5,
  steps: 6,
  web: 7,
  worker: 7,
  // Beside web and worker: the desk that it plays with is handed in by the command.
  demo: 7,
  // The commands start the desk, so they stand above what they start.
  cli: 8,
  main: 9,
};

/** Files beside the folders that belong to another one's layer. */
const BESIDE: Readonly<Record<string, string>> = {
  "desk-key.ts": "config",
  "make-folder.ts": "errors",
  "sweep.ts": "errors",
  "turns.ts": "errors",
};

const PURE = ["mail", "desk", "review"];

/** What pure code may have of Node: none of it reads a clock, a file, the network or the environment. */
const PURE_BUILTINS = [
  "node:buffer",
  "node:crypto",
  "node:stream",
  "node:string_decoder",
  "node:url",
  "node:util",
];

const IMPURE_PACKAGES = [
  "knex",
  "pg",
  "pg-boss",
  "sqlite3",
  "express",
  "imapflow",
  "smtp-server",
  "openai",
  "pino",
];

const IMPURE_CALLS: Readonly<Record<string, RegExp>> = {
  "Date.now()": /\bDate\.now\b/,
  "new Date()": /\bnew Date\(\s*\)/,
  "Math.random()": /\bMath\.random\b/,
  "performance.now()": /\bperformance\.now\b/,
  "random bytes": /\brandom(?:Bytes|UUID|Int|FillSync)\b|\bgetRandomValues\b/,
  "the environment": /\bprocess\.env\b/,
  "the network": /\bfetch\(/,
  "the template files": /\bloadTemplate\w*\(/,
  "a timer": /\bset(?:Timeout|Interval|Immediate)\(/,
};

/** Who may step over a rule, in what, and why. An entry that nobody needs any more fails. */
const EXCEPTIONS: readonly { readonly file: string; readonly what: string; readonly reason: string }[] = [
  {
    file: "mail/parse/parser-pool.ts",
    what: "node:worker_threads",
    reason: "parsing has a deadline, and only a thread of its own can be ended",
  },
  { file: "desk/schema.ts", what: "node:net", reason: "isIP alone: it reads text, not the network" },
  { file: "mail/parse/parser-pool.ts", what: "a timer", reason: "the deadline itself" },
  {
    file: "mail/parse/parser-thread.ts",
    what: "node:worker_threads",
    reason: "the other end of the parser pool",
  },
  {
    file: "mail/authentication.ts",
    what: "node:fs",
    reason: "DKIM is verified over a large message's spool file",
  },
  { file: "mail/parse/parse.ts", what: "node:fs", reason: "a large message is parsed from its spool file" },
];

interface Source {
  /** Relative to src/, with forward slashes. */
  readonly file: string;
  readonly layer: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const root = fileURLToPath(new URL("../src", import.meta.url));
const sources = readSources();
const byFile = new Map(sources.map((source) => [source.file, source]));
const used = new Set<string>();

describe("the layers", () => {
  it("has a place for every file", () => {
    const lost = sources.filter((source) => LAYERS[source.layer] === undefined);
    expect(
      lost.map(
        (source) => `src/${source.file} is in no layer: move it into one, or name its layer in this test`,
      ),
    ).toEqual([]);
  });

  it("imports point down, and siblings never import each other", () => {
    const broken = eachImport((source, target) => {
      if (target.layer === source.layer || target.layer === "config") return;
      const [from, to] = [LAYERS[source.layer] ?? 0, LAYERS[target.layer] ?? 0];
      if (from > to) return;
      const why = from === to ? "siblings do not know each other" : "imports point down only";
      return `src/${source.file} imports src/${target.file}: ${why}. Hand the value in from a layer above both.`;
    });
    expect(broken).toEqual([]);
  });

  it("has no cycle of imports", () => {
    expect(
      cycles().map((cycle) => `${cycle.join(" → ")}: move what both need into a file of its own`),
    ).toEqual([]);
  });

  it("errors and templates are leaves", () => {
    const broken = eachImport((source, target) => {
      if (
        (source.layer === "errors" && target.file !== "errors.ts") ||
        (source.layer === "templates" && !["errors", "templates"].includes(target.layer))
      )
        return `src/${source.file} imports src/${target.file}: a leaf imports nothing above errors.ts`;
    });
    expect(broken).toEqual([]);
  });

  it("configuration is read by main and cli alone", () => {
    const broken = eachImport((source, target) => {
      if (target.layer !== "config" || ["main", "cli", "config"].includes(source.layer)) return;
      return `src/${source.file} imports src/${target.file}: take the setting as a value from main or cli`;
    });
    expect(broken).toEqual([]);
  });

  it("only the configuration reads the environment", () => {
    const broken = sources.filter(
      (source) => source.layer !== "config" && IMPURE_CALLS["the environment"]?.test(codeOnly(source.text)),
    );
    expect(
      broken
        .filter((source) => !excepted(source.file, "the environment"))
        .map(
          (source) => `src/${source.file} reads process.env: add a key to config.ts and hand the value in`,
        ),
    ).toEqual([]);
  });

  it("a model's word cannot reach the wire: assistant never reaches transport, store, queue or runbooks", () => {
    const reachable = reach(sources.filter((source) => source.layer === "assistant"));
    const forbidden = ["transport", "store", "queue", "runbooks", "steps"];
    const found = reachable.filter((source) => forbidden.includes(source.layer));
    expect(found.map((source) => `assistant reaches src/${source.file}: hand in a look-up instead`)).toEqual(
      [],
    );
    const mailers = reachable.filter((source) =>
      source.imports.some(
        (each) =>
          /^(?:node:(?:net|tls|dgram)|imapflow|smtp-server|nodemailer)$/.test(each.from) &&
          !excepted(source.file, each.from),
      ),
    );
    expect(mailers.map((source) => `assistant reaches the mail network through src/${source.file}`)).toEqual(
      [],
    );
  });
});

describe("mail, desk and review are pure", () => {
  const pure = sources.filter((source) => PURE.includes(source.layer));

  it("import no clock, file, database or network", () => {
    const broken = pure.flatMap((source) =>
      source.imports
        .filter((each) => !each.typeOnly)
        .map((each) => each.from.replace(/^(node:fs)\/promises$/, "$1"))
        .filter((from) =>
          from.startsWith("node:") ? !PURE_BUILTINS.includes(from) : IMPURE_PACKAGES.includes(from),
        )
        .filter((from) => !excepted(source.file, from))
        .map((from) => `src/${source.file} imports ${from}: let a layer above do it and hand the value in`),
    );
    expect(broken).toEqual([]);
  });

  it.each(Object.entries(IMPURE_CALLS))("use no %s", (what, pattern) => {
    const broken = pure.filter(
      (source) => pattern.test(codeOnly(source.text)) && !excepted(source.file, what),
    );
    expect(broken.map((source) => `src/${source.file} uses ${what}: take the value as an argument`)).toEqual(
      [],
    );
  });
});

describe("one door for state", () => {
  it("only store/transition.ts writes a status", () => {
    const broken = sources.filter(
      (source) => source.file !== "store/transition.ts" && writesStatus(source.text),
    );
    expect(
      broken
        .filter((source) => !excepted(source.file, "a status"))
        .map((source) => `src/${source.file} updates a status: call the move in src/store/transition.ts`),
    ).toEqual([]);
  });
});

describe("files", () => {
  it("are short, or say at their head why not", () => {
    const long = sources.filter((source) => {
      const head = source.text.slice(0, 600);
      return (
        source.text.split("\n").length > 500 &&
        !/^(?:\/\*\*|\/\/)[^]*\b(?:one file because|data only)\b/i.test(head)
      );
    });
    expect(
      long.map(
        (source) =>
          `src/${source.file} has over 500 lines: split it, or begin it with a comment "One file because …" ("Data only" for a table of words)`,
      ),
    ).toEqual([]);
  });

  it("every exception is still needed", () => {
    const known = EXCEPTIONS.filter((each) => byFile.has(each.file));
    const stale = known.filter((each) => !used.has(`${each.file} ${each.what}`));
    expect(
      stale.map((each) => `${each.file} no longer needs ${each.what}: strike it from EXCEPTIONS`),
    ).toEqual([]);
  });
});

describe("the scanner", () => {
  it.each([
    ['import { a } from "./a.ts";', ["./a.ts"]],
    ['import type { A } from "./a.ts";', ["type ./a.ts"]],
    ['import {\n  a,\n  b as c,\n} from "../x/a.ts";', ["../x/a.ts"]],
    ['import a, * as b from "a";', ["a"]],
    ['import "./side-effect.ts";', ["./side-effect.ts"]],
    ['export { a } from "./a.ts";\nexport * from "./b.ts";', ["./a.ts", "./b.ts"]],
    ['const a = await import("./a.ts");', ["./a.ts"]],
    ['// import { a } from "./a.ts";', []],
    ['/** import { a } from "./a.ts" */', []],
    ['const url = "http://x"; import("./a.ts");', ["./a.ts"]],
    ['const p = /["\']\\/\\//; import("./a.ts");', ["./a.ts"]],
    ['const t = `// ${f({ a: "`" })} /*`; import("./a.ts");', ["./a.ts"]],
  ])("finds the imports of %s", (source, expected) => {
    expect(importsOf(source).map((each) => (each.typeOnly ? `type ${each.from}` : each.from))).toEqual(
      expected,
    );
  });

  it.each([
    ['const a = "Date.now"; // Date.now', false],
    ["const a = `Date.now ${b}`;", false],
    ["const a = `${Date.now()}`;", true],
    ["const a = b / Date.now() / 2;", true],
    ["const a = [/Date.now/];", false],
  ])("knows code from text: %s", (source, expected) => {
    expect(codeOnly(source).includes("Date.now")).toBe(expected);
  });

  it.each([
    ['db("tickets").where({ id }).update({ status: "open" })', true],
    ['db("tickets").update({ subject, status })', true],
    ['db("tickets").update("status", "open")', true],
    ["db.raw(`UPDATE tickets SET subject = ?, status = ? WHERE id = ?`)", true],
    ['db("x").insert(row).onConflict("id").merge({ status: "open" })', true],
    ['db("tickets").where({ status: "open" }).update({ subject })', false],
    ['db("tickets").insert({ status: "new" })', false],
    ['db("tickets").select("status").where("status", "open")', false],
    ["db.raw(`UPDATE tickets SET subject = ? WHERE status = ?`)", false],
  ])("sees who writes a status: %s", (source, expected) => {
    expect(writesStatus(source)).toBe(expected);
  });
});

function writesStatus(text: string): boolean {
  const changes = [...callsOf(text, ".update"), ...callsOf(text, ".merge")];
  if (changes.some((change) => /(?:^\s*["'`]|[{,]\s*["']?)status["'`]?\s*(?:[:,}]|$)/.test(change)))
    return true;
  const statements = withoutComments(text).match(/\bUPDATE\s+\S+\s+SET\b[^`;]*/gi) ?? [];
  return statements.some((statement) => /\bstatus\s*=/i.test(statement.split(/\bWHERE\b/i)[0] ?? ""));
}

function readSources(): readonly Source[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => {
      const file = relative(root, join(root, name)).replaceAll("\\", "/");
      const text = readFileSync(join(root, name), "utf8");
      return { file, layer: layerOf(file), text, imports: importsOf(text) };
    });
}

/** The folder; for a file beside the folders the first word of its name: templates-check.ts belongs to templates. */
function layerOf(file: string): string {
  const first = file.split("/")[0] ?? "";
  if (BESIDE[first] !== undefined) return BESIDE[first];
  return first === file ? (first.split(/[-.]/)[0] ?? "") : first;
}

function targetsOf(source: Source): readonly { readonly target: Source; readonly by: Import }[] {
  return source.imports.flatMap((by) => {
    if (!by.from.startsWith(".")) return [];
    const target = byFile.get(posix.join(dirname(source.file), by.from));
    return target ? [{ target, by }] : [];
  });
}

function eachImport(
  judge: (source: Source, target: Source, by: Import) => string | undefined | void,
): string[] {
  return sources.flatMap((source) =>
    targetsOf(source).flatMap(({ target, by }) => judge(source, target, by) ?? []),
  );
}

function reach(from: readonly Source[]): readonly Source[] {
  const seen = new Set(from);
  for (const source of seen) for (const { target } of targetsOf(source)) seen.add(target);
  return [...seen];
}

function cycles(): readonly (readonly string[])[] {
  const found: string[][] = [];
  const done = new Set<Source>();
  const visit = (source: Source, path: readonly Source[]): void => {
    const at = path.indexOf(source);
    if (at >= 0) {
      found.push([...path.slice(at), source].map((each) => each.file));
      return;
    }
    if (done.has(source)) return;
    for (const { target } of targetsOf(source)) visit(target, [...path, source]);
    done.add(source);
  };
  for (const source of sources) visit(source, []);
  return found;
}

function excepted(file: string, what: string): boolean {
  const found = EXCEPTIONS.some((each) => each.file === file && each.what === what);
  if (found) used.add(`${file} ${what}`);
  return found;
}
