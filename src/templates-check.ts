/**
 * Whether a template that an admin wrote may be saved: only known variables, only known helpers, and no reply that
 * reads "Hi ," when something is missing. Nothing of it is trusted: the allow-list names what may stand in it.
 */
import Handlebars from "handlebars";
import { reasonOf } from "./errors.ts";
import {
  compileTemplate,
  createEnvironment,
  HELPERS,
  isHelper,
  parseProblem,
  parseTemplate,
  type TemplateProblem,
} from "./templates-compile.ts";

/** What a template may print or ask for. `samples` are tried out, the usual one first, the empty ones after it. */
export type Variable = { readonly about: string } & (
  | { readonly kind: "text"; readonly samples: readonly [string, ...string[]] }
  | { readonly kind: "number"; readonly samples: readonly [number, ...number[]] }
  | { readonly kind: "boolean" }
  | { readonly kind: "list"; readonly of: Variable }
  | { readonly kind: "object"; readonly nullable: boolean; readonly fields: VariableSchema }
);
export interface VariableSchema {
  readonly [name: string]: Variable;
}

/** Longest source and longest result, in characters. A reply to a client is a page, not a book. */
export const MAX_TEMPLATE_LENGTH = 20_000;
const MAX_BLOCKS_DEEP = 8;

/** Problems in order of their place; empty when the template may be saved. */
export function checkTemplate(
  name: string,
  source: string,
  known: VariableSchema,
): readonly TemplateProblem[] {
  if (source.length > MAX_TEMPLATE_LENGTH) {
    return [
      problem(`the template has ${source.length} characters; at most ${MAX_TEMPLATE_LENGTH} are allowed`),
    ];
  }
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return [parseProblem(error)];
  }
  const walk = new Walk(known);
  walk.accept(program);
  return walk.problems.length > 0 ? walk.problems : tryOut(name, source, known);
}

const problem = (message: string): TemplateProblem => ({ line: 1, column: 1, message });

/** Names that reach behind an object's own properties. */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype", "__defineGetter__", "__lookupGetter__"]);
const LOOP_DATA = new Set(["index", "first", "last"]);

/** The allow-list, with the variables in scope at each place. A kind of node that is not named here is refused. */
class Walk extends Handlebars.Visitor {
  readonly problems: TemplateProblem[] = [];
  #scope: Variable;
  #loops = 0;
  #depth = 0;

  constructor(known: VariableSchema) {
    super();
    this.#scope = { kind: "object", about: "", nullable: false, fields: known };
  }

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (!mustache.escaped) return this.#add(mustache, "use two braces, {{ and }}, not three");
    if (mustache.path.type !== "PathExpression")
      return this.#add(mustache, "only variables may stand in braces");
    const path = mustache.path as hbs.AST.PathExpression;
    if (mustache.params.length > 0 || isHelper(path)) return this.#call(mustache, path, ["join", "plural"]);
    if (mustache.hash) return this.#add(mustache, `"${path.original}" takes nothing behind it`);
    const variable = this.#resolve(path);
    if (variable && (variable.kind === "list" || variable.kind === "object")) {
      const use =
        variable.kind === "list"
          ? `{{#each ${path.original}}}`
          : `a part of it, such as ${partsOf(path, variable)}`;
      this.#add(path, `"${path.original}" is not text; use ${use}`, path.original);
    } else if (variable?.kind === "boolean") {
      this.#add(path, `"${path.original}" is yes or no; use {{#if ${path.original}}}`, path.original);
    }
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    if (block.program?.blockParams?.length || block.inverse?.blockParams?.length) {
      return this.#add(block, "names between bars (as |x|) are not allowed");
    }
    if (++this.#depth > MAX_BLOCKS_DEEP) this.#add(block, `blocks are more than ${MAX_BLOCKS_DEEP} deep`);
    else if (block.path.original === "each" && isHelper(block.path)) this.#each(block);
    else {
      this.#call(block, block.path, ["if", "unless"]);
      this.#body(block.program);
      this.#body(block.inverse);
    }
    this.#depth--;
  }

  #each(block: hbs.AST.BlockStatement): void {
    const [list] = block.params;
    if (block.params.length !== 1 || list?.type !== "PathExpression" || block.hash) {
      return this.#add(block, "{{#each}} takes one list");
    }
    const path = list as hbs.AST.PathExpression;
    const variable = this.#resolve(path);
    if (variable && variable.kind !== "list") {
      this.#add(path, `"${path.original}" is not a list`, path.original);
    } else if (variable) {
      const outer = this.#scope;
      this.#scope = variable.of;
      this.#loops++;
      this.#body(block.program);
      this.#loops--;
      this.#scope = outer;
    }
    this.#body(block.inverse);
  }

  override SubExpression(expression: hbs.AST.SubExpression): void {
    this.#call(expression, expression.path, ["eq", "not", "and", "or"]);
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    this.#resolve(path);
  }

  override PartialStatement(node: hbs.AST.PartialStatement): void {
    this.#add(node, "partials ({{> …}}) are not allowed here");
  }
  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    this.#add(node, "partials ({{#> …}}) are not allowed here");
  }
  override Decorator(node: hbs.AST.Decorator): void {
    this.#add(node, "decorators ({{* …}}) are not allowed");
  }
  override DecoratorBlock(node: hbs.AST.DecoratorBlock): void {
    this.#add(node, "decorators ({{#* …}}) are not allowed");
  }

  #body(program: hbs.AST.Program | undefined): void {
    if (program) this.accept(program);
  }

  #call(node: Call, path: hbs.AST.PathExpression, allowed: readonly string[]): void {
    if (!isHelper(path) || !allowed.includes(path.original)) {
      return this.#add(
        node,
        `"${path.original}" is not a helper that may stand here; there are ${HELPERS.join(", ")}`,
      );
    }
    if (node.hash) return this.#add(node, `"${path.original}" takes no names with =`);
    const wanted = ARITY[path.original] ?? 1;
    if (node.params.length !== wanted) return this.#add(node, `"${path.original}" takes ${wanted} values`);
    for (const param of node.params) this.accept(param);
  }

  #resolve(path: hbs.AST.PathExpression): Variable | undefined {
    if (path.depth > 0) return this.#unresolved(path, '"../" is not allowed');
    if (path.parts.some((part) => FORBIDDEN.has(part))) {
      return this.#unresolved(path, `"${path.original}" is not allowed`);
    }
    if (path.data) {
      if (this.#loops > 0 && path.parts.length === 1 && LOOP_DATA.has(path.parts[0] ?? "")) return INDEX;
      return this.#unresolved(path, `"${path.original}" is not known here`);
    }
    let at: Variable = this.#scope;
    for (const part of path.parts) {
      if (at.kind === "list" && part === "length") return INDEX;
      const fields: VariableSchema = at.kind === "object" ? at.fields : {};
      const next: Variable | undefined = Object.hasOwn(fields, part) ? fields[part] : undefined;
      if (!next) {
        const near = nearest(part, Object.keys(fields));
        const hint = near
          ? `; did you mean "${near}"?`
          : `; known are ${Object.keys(fields).join(", ") || "none here"}`;
        return this.#unresolved(path, `unknown variable "${path.original}"${hint}`);
      }
      at = next;
    }
    return at;
  }

  #unresolved(path: hbs.AST.PathExpression, message: string): undefined {
    this.#add(path, message, path.original);
  }

  #add(node: hbs.AST.Node, message: string, variable?: string): void {
    const { line, column } = node.loc.start;
    const text = `line ${line}: ${message}`;
    this.problems.push({
      line,
      column: column + 1,
      message: text,
      ...(variable === undefined ? {} : { variable }),
    });
  }
}

type Call = hbs.AST.Node & { params: hbs.AST.Expression[]; hash: hbs.AST.Hash };
const INDEX: Variable = { kind: "number", about: "position", samples: [0] };
const ARITY: Readonly<Record<string, number>> = { eq: 2, and: 2, or: 2, join: 2, plural: 3 };

function partsOf(path: hbs.AST.PathExpression, variable: Variable): string {
  return variable.kind === "object"
    ? `${path.original}.${Object.keys(variable.fields)[0] ?? ""}`
    : path.original;
}

/** The known name that takes the fewest edits, when that is few enough to be a slip. */
function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

function editDistance(left: string, right: string): number {
  if (left.length > 60 || right.length > 60) return 60;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const swap = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 60;
}

/** Renders with the usual samples, with each variable emptied on its own, and with everything emptied. */
function tryOut(name: string, source: string, known: VariableSchema): readonly TemplateProblem[] {
  const render = compileTemplate(createEnvironment(), name, parseTemplate(name, source));
  const usual = sampleOf(known);
  const cases: { readonly without: string; readonly variables: object }[] = [
    { without: "", variables: usual },
  ];
  for (const [key, variable] of Object.entries(known)) {
    for (const value of valuesOf(variable).slice(1)) {
      cases.push({ without: key, variables: { ...usual, [key]: value } });
    }
  }
  const emptied = Object.entries(known).map(([key, variable]) => [key, valuesOf(variable).at(-1)]);
  cases.push({ without: "everything that may be missing", variables: Object.fromEntries(emptied) as object });
  const found = new Map<string, TemplateProblem>();
  for (const { without, variables } of cases) {
    for (const message of faults(render, variables)) {
      const when = without === "" ? "" : `, tried with another "${without}"`;
      if (!found.has(message)) found.set(message, problem(message + when));
    }
  }
  return [...found.values()];
}

function faults(render: (variables: object) => string, variables: object): readonly string[] {
  let text: string;
  try {
    text = render(variables);
  } catch (error) {
    return [reasonOf(error)];
  }
  const found: string[] = [];
  if (text.trim() === "") found.push("the result is empty");
  if (text.length > MAX_TEMPLATE_LENGTH)
    found.push(`the result is longer than ${MAX_TEMPLATE_LENGTH} characters`);
  for (const leftover of ["{{", "}}", "undefined", "[object Object]", "NaN"]) {
    if (text.includes(leftover)) found.push(`the result reads "${leftover}"`);
  }
  const greeting = text.split("\n").find((line) => isEmptyGreeting(line));
  if (greeting !== undefined) found.push(`the result greets nobody: "${greeting.trim()}"`);
  return found;
}

const GREETINGS = new Set([
  "hi",
  "hello",
  "hey",
  "dear",
  "hallo",
  "liebe",
  "lieber",
  "bonjour",
  "hola",
  "ciao",
  "beste",
]);

/** `Hi ,` or `Dear  ,`: a greeting word, nothing, and a comma or an end. `Hello,` alone is a greeting. */
function isEmptyGreeting(line: string): boolean {
  const trimmed = line.replaceAll(/<[^<>]*>/g, "").trim();
  const space = trimmed.search(/\s/);
  if (space < 0 || !GREETINGS.has(trimmed.slice(0, space).toLowerCase())) return false;
  return /^[,.:;!]/.test(trimmed.slice(space).trimStart());
}

/** One value of each variable, as a reviewer would see it. For previews beside an editor. */
export function sampleOf(known: VariableSchema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(known).map(([key, variable]) => [key, valuesOf(variable)[0]]));
}

/** The usual value first, the emptiest last. */
function valuesOf(variable: Variable): readonly [unknown, ...unknown[]] {
  switch (variable.kind) {
    case "text":
    case "number":
      return variable.samples;
    case "boolean":
      return [true, false];
    case "list":
      return [[valuesOf(variable.of)[0], valuesOf(variable.of)[0]], [valuesOf(variable.of)[0]], []];
    case "object": {
      const whole = sampleOf(variable.fields);
      const bare = Object.entries(variable.fields).map(([key, field]) => [key, valuesOf(field).at(-1)]);
      return [whole, Object.fromEntries(bare), ...(variable.nullable ? [null] : [])];
    }
  }
}
