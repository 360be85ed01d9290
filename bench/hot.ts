/** Reads CPU profiles: the functions and files that took most time themselves. `node bench/hot.ts DIR [COUNT]` */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

const [directory, countText = "40"] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write("Usage: node bench/hot.ts DIR [COUNT]\n");
  process.exit(2);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const byFunction = new Map<string, number>();
const byFile = new Map<string, number>();
const byPart = new Map<string, number>();
/** What a function of ours costs with the libraries that it calls, until the next function of ours. */
const bySource = new Map<string, number>();
let total = 0;

for (const name of readdirSync(directory).filter((file) => file.endsWith(".cpuprofile"))) {
  const profile = JSON.parse(readFileSync(join(directory, name), "utf8")) as Profile;
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])),
  );
  const sourceOf = (id: number): string => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = nodes.get(at);
      const file = fileOf(frame?.url ?? "");
      if (file.startsWith("src/"))
        return `${frame?.functionName || "(anonymous)"}  ${file}:${(frame?.lineNumber ?? 0) + 1}`;
    }
    return "(called by no function of src)";
  };
  for (const [index, id] of profile.samples.entries()) {
    const frame = nodes.get(id);
    if (frame === undefined || frame.functionName === "(idle)") continue;
    const ms = (profile.timeDeltas[index] ?? 0) / 1000;
    const file = fileOf(frame.url);
    total += ms;
    add(byFunction, `${frame.functionName || "(anonymous)"}  ${file}:${frame.lineNumber + 1}`, ms);
    add(byFile, file, ms);
    add(byPart, partOf(file), ms);
    add(bySource, sourceOf(id), ms);
  }
}

const count = Number(countText);
process.stdout.write(`${total.toFixed(0)} ms in JavaScript and Node itself, all profiles of ${directory}\n`);
list("by part", byPart, 30);
list("by file", byFile, count);
list("by function", byFunction, count);
list("by function of src, with the libraries it calls", bySource, count);

function add(sums: Map<string, number>, key: string, ms: number): void {
  sums.set(key, (sums.get(key) ?? 0) + ms);
}

function list(title: string, sums: ReadonlyMap<string, number>, most: number): void {
  process.stdout.write(`\n${title}\n`);
  for (const [name, ms] of [...sums].toSorted((a, b) => b[1] - a[1]).slice(0, most))
    process.stdout.write(
      `${ms.toFixed(0).padStart(7)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${name}\n`,
    );
}

function fileOf(url: string): string {
  if (url === "") return "(native)";
  return url.startsWith("file:")
    ? relative(root, fileURLToPath(url))
    : url.startsWith("/")
      ? relative(root, url)
      : url;
}

/** `node_modules/knex`, `src/mail`, `node:internal`. */
function partOf(file: string): string {
  const [first = "", second = "", third = ""] = file.split("/");
  if (first === "node_modules") return second.startsWith("@") ? `${second}/${third}` : second;
  if (first === "src") return `src/${second}`;
  return first;
}
