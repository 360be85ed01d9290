/**
 * Whether a template that an admin wrote may be saved: only known variables, only known helpers, and no reply that
 * reads "Hi ," when something is missing. Nothing of it is trusted: the allow-list names what may stand in it.
 */
import Handlebars from "handlebars";
import { HELPERS, isHelper, parseProblem, type TemplateProblem } from "./templates-compile.ts";
import { MAX_TEMPLATE_LENGTH, tryOut, type Variable, type VariableSchema } from "./templates-trial.ts";

const MAX_BLOCKS_DEEP = 8;

/** Problems in order of their place; empty when the template may be saved. */
export function checkTemplate(
  name: string,
  source: string,
  known: VariableSchema,
): readonly TemplateProblem[] {
  if (source.length > MAX_TEMPLATE_LENGTH) {
    const message = `the template has ${source.length} characters; at most ${MAX_TEMPLATE_LENGTH} are allowed`;
    return [{ line: 1, column: 1, message }];
  }
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return [parseProblem(error)];
  }
  const marker = name.startsWith("client/") ? source.indexOf("[[") : -1;
  if (marker >= 0) {
    const before = source.slice(0, marker).split("\n");
    const message = "“[[” marks where a draft begins and ends in a review mail; write one bracket";
    return [{ line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message }];
  }
  const walk = new Walk(known);
  walk.accept(program);
  return walk.problems.length > 0 ? walk.problems : tryOut(name, source, known);
}

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
