/** What the architecture test reads out of a TypeScript file, without a compiler. */

export interface Import {
  readonly from: string;
  /** `import type` or `export type`: nothing of it is there at run time. */
  readonly typeOnly: boolean;
}

const STATEMENT =
  /\b(?:import|export)\s+(type\s+)?(?:[\w$*\s{},]*?\bfrom\s*)?["']([^"']+)["']|\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g;

/** Every module that this source names in an import, an `export … from` or an `import()` of a literal. */
export function importsOf(source: string): readonly Import[] {
  const code = withoutComments(source);
  return [...code.matchAll(STATEMENT)].map(([, type, statically, dynamically]) => ({
    from: statically ?? dynamically ?? "",
    typeOnly: type !== undefined,
  }));
}

/** The source with each comment blanked out; strings and templates stay. Line numbers are kept. */
export function withoutComments(source: string): string {
  return blank(source, { strings: false });
}

/** The source with each comment and the inside of each string blanked out: what is left is code. */
export function codeOnly(source: string): string {
  return blank(source, { strings: true });
}

/** The arguments of each call of `name`, such as `.update`, as written between its parentheses. */
export function callsOf(source: string, name: string): readonly string[] {
  const code = withoutComments(source);
  const calls: string[] = [];
  for (let at = code.indexOf(`${name}(`); at >= 0; at = code.indexOf(`${name}(`, at + 1)) {
    const start = at + name.length + 1;
    let depth = 1;
    let end = start;
    while (end < code.length && depth > 0) {
      if (code[end] === "(") depth += 1;
      if (code[end] === ")") depth -= 1;
      end += 1;
    }
    calls.push(code.slice(start, end - 1));
  }
  return calls;
}

/** A slash after one of these begins a regular expression, not a division. */
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of))\s*$/;

function blank(source: string, what: { readonly strings: boolean }): string {
  let out = "";
  let at = 0;
  // Depth of braces inside each open `${`.
  const holes: number[] = [];
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    const one = source[at] ?? "";
    if (two === "//") at = skip(lineEnd(source, at), true);
    else if (two === "/*") at = skip(after(source, "*/", at + 2), true);
    else if (one === "/" && BEFORE_PATTERN.test(out.slice(-40)))
      at = skip(patternEnd(source, at), what.strings);
    else if (one === '"' || one === "'") at = skip(stringEnd(source, at), what.strings);
    else if (one === "`") at = template(at);
    else if (one === "}" && holes.at(-1) === 0) {
      holes.pop();
      at = template(at);
    } else {
      if (holes.length > 0 && one === "{") holes.push((holes.pop() ?? 0) + 1);
      if (holes.length > 0 && one === "}") holes.push((holes.pop() ?? 0) - 1);
      out += one;
      at += 1;
    }
  }
  return out;

  function skip(end: number, hide: boolean): number {
    const text = source.slice(at, end);
    if (!hide) out += text;
    else if (text.startsWith("/")) out += text.replace(/[^\n]/g, " ");
    else out += `${text[0] ?? ""}${text.slice(1, -1).replace(/[^\n]/g, " ")}${text.at(-1) ?? ""}`;
    return end;
  }

  /** From a backtick, or from the brace that ends a hole, to the next hole or the end. */
  function template(start: number): number {
    let end = start + 1;
    while (end < source.length && source[end] !== "`") {
      if (source[end] === "\\") end += 1;
      else if (source.startsWith("${", end)) {
        holes.push(0);
        return skip(end + 2, what.strings);
      }
      end += 1;
    }
    return skip(end + 1, what.strings);
  }
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf("\n", at);
  return end < 0 ? source.length : end;
}

function after(source: string, mark: string, at: number): number {
  const end = source.indexOf(mark, at);
  return end < 0 ? source.length : end + mark.length;
}

function stringEnd(source: string, at: number): number {
  let end = at + 1;
  while (end < source.length && source[end] !== source[at]) end += source[end] === "\\" ? 2 : 1;
  return end + 1;
}

/** A `/` inside a character class does not end the pattern. */
function patternEnd(source: string, at: number): number {
  let inClass = false;
  let end = at + 1;
  while (end < source.length && (inClass || source[end] !== "/") && source[end] !== "\n") {
    if (source[end] === "[") inClass = true;
    if (source[end] === "]") inClass = false;
    end += source[end] === "\\" ? 2 : 1;
  }
  return end + 1;
}
