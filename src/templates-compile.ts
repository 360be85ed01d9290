/**
 * Handlebars, made strict. Every place where a template takes a value goes through one of the helpers below, and
 * each of them refuses a value that is not there: Handlebars' own `strict` does not look inside `{{#if}}`, and
 * prints `null` and objects without a word.
 */
import Handlebars from "handlebars";
import { PermanentError } from "./errors.ts";

/** A sentence about one place of a template; lines and columns count from 1. */
export interface TemplateProblem {
  readonly line: number;
  readonly column: number;
  readonly variable?: string;
  readonly message: string;
}

/** Helpers that a template may use. `print` is what `{{name}}` becomes; nobody writes it. */
export const HELPERS = ["if", "unless", "each", "eq", "not", "and", "or", "join", "plural"] as const;
const KNOWN = new Set<string>(HELPERS);

/** HTML that our own code has made and escaped; a template prints it as it is. */
export function safeHtml(html: string): unknown {
  return new Handlebars.SafeString(html);
}

/** `within` is what Handlebars hands to a partial: the frame and block of the template that includes it. */
export type CompiledTemplate = (variables: object, within?: RuntimeOptions) => string;

/** Escaping is off where the result is not HTML: else O'Brien would read `O&#x27;Brien`. */
function isPlainText(name: string): boolean {
  return name.endsWith(".txt") || name.startsWith("client/") || name.startsWith("prompts/");
}

/** One set of helpers and partials. Prototype access stays off. */
export function createEnvironment(): typeof Handlebars {
  const environment = Handlebars.create();
  for (const [name, helper] of Object.entries(helpers)) environment.registerHelper(name, helper);
  return environment;
}

/** @throws PermanentError that names the template and the line when it cannot be parsed. */
export function parseTemplate(name: string, source: string): hbs.AST.Program {
  try {
    return Handlebars.parse(source, { srcName: name });
  } catch (error) {
    throw new PermanentError(`template ${name}: ${parseProblem(error).message}`, { cause: error });
  }
}

const OPEN_BLOCK =
  "a {{#if …}}, {{#unless …}} or {{#each …}} is not closed with {{/if}}, {{/unless}} or {{/each}}";

/** In place of the parser's list of the signs that it knows. */
const BROKEN_BRACES = "a {{…}} is not closed with }}, or holds a sign or a word that may not stand in it";

/** What Handlebars' parser says, with the place it names. */
export function parseProblem(error: unknown): TemplateProblem {
  const message = error instanceof Error ? error.message : String(error);
  const [head = ""] = message.split("\n");
  const line = Number(/line (\d+)/.exec(head)?.[1] ?? 1);
  const expected = /Expecting [^\n]*/.exec(message.slice(0, 2000))?.[0];
  const isOpenBlock = expected?.includes("OPEN_ENDBLOCK") === true && expected.endsWith("got 'EOF'");
  const slip = isOpenBlock ? OPEN_BLOCK : BROKEN_BRACES;
  const mismatch = / doesn't match /.test(head) ? head.split(" - ")[0] : undefined;
  return {
    line,
    column: Number(/ - \d+:(\d+)/.exec(head)?.[1] ?? 0) + 1,
    message: `line ${line} is not a template: ${mismatch ?? (expected === undefined ? head : slip)}`,
  };
}

/**
 * Compiles a parsed template. What the allow-list refuses never gets here from an admin: `checkTemplate` runs before.
 * @throws PermanentError for an unknown helper, a decorator or `{{{` in HTML.
 */
export function compileTemplate(
  environment: typeof Handlebars,
  name: string,
  program: hbs.AST.Program,
): CompiledTemplate {
  const strict = new Strict(name);
  strict.accept(program);
  const template = environment.compile<object>(program, {
    noEscape: isPlainText(name),
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(["print", ...HELPERS].map((helper) => [helper, true])),
    preventIndent: true,
  });
  return (variables, within) =>
    template(variables, {
      ...within,
      allowProtoPropertiesByDefault: false,
      allowProtoMethodsByDefault: false,
    });
}

/** Rewrites `{{path}}` to `{{print path}}` and tells each helper where it stands, so that its error can say so. */
class Strict extends Handlebars.Visitor {
  readonly #template: string;

  constructor(template: string) {
    super();
    this.#template = template;
  }

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (!mustache.escaped && !isPlainText(this.#template)) {
      throw this.#refuse(mustache, "{{{ prints without escaping; use {{ or hand in safeHtml()");
    }
    if (mustache.path.type !== "PathExpression") throw this.#refuse(mustache, "a bare literal");
    const path = mustache.path as hbs.AST.PathExpression;
    if (mustache.params.length === 0 && !isHelper(path)) {
      mustache.params = [path];
      mustache.path = { ...path, data: false, depth: 0, parts: ["print"], original: "print" };
      mustache.hash = this.#at(mustache, path.original);
      return;
    }
    this.#helper(mustache, path);
    super.MustacheStatement(mustache);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    this.#helper(block, block.path);
    super.BlockStatement(block);
  }

  override SubExpression(expression: hbs.AST.SubExpression): void {
    this.#helper(expression, expression.path);
    super.SubExpression(expression);
  }

  override Decorator(decorator: hbs.AST.Decorator): void {
    throw this.#refuse(decorator, "a decorator");
  }

  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    throw this.#refuse(decorator, "a decorator");
  }

  #helper(node: Call, path: hbs.AST.PathExpression): void {
    if (!isHelper(path)) {
      throw this.#refuse(node, `unknown helper "${path.original}"; there are ${HELPERS.join(", ")}`);
    }
    node.hash = this.#at(node, node.params.map((param) => originalOf(param)).join(" "));
  }

  #at(node: hbs.AST.Node, what: string): hbs.AST.Hash {
    const value: hbs.AST.StringLiteral = {
      type: "StringLiteral",
      value: `template ${this.#template}, line ${node.loc.start.line}: variable "${what}"`,
      original: "",
      loc: node.loc,
    };
    return { type: "Hash", loc: node.loc, pairs: [{ type: "HashPair", key: "at", value, loc: node.loc }] };
  }

  #refuse(node: hbs.AST.Node, what: string): PermanentError {
    return new PermanentError(`template ${this.#template}, line ${node.loc.start.line}: ${what}`);
  }
}

type Call = hbs.AST.Node & { params: hbs.AST.Expression[]; hash: hbs.AST.Hash };

export function isHelper(path: hbs.AST.PathExpression): boolean {
  return !path.data && path.depth === 0 && path.parts.length === 1 && KNOWN.has(path.original);
}

function originalOf(node: hbs.AST.Expression): string {
  return "original" in node ? String(node.original) : `(${node.type})`;
}

interface Options {
  readonly hash: { readonly at: string };
  readonly data: Record<string, unknown>;
  fn(context: unknown, options?: object): string;
  inverse(context: unknown, options?: object): string;
}

/** Refuses `undefined`: a variable that nobody handed in is a mistake, never a blank. */
function present(value: unknown, options: Options): unknown {
  if (value === undefined) throw new PermanentError(`${options.hash.at} is not known`);
  return value;
}

function truthy(value: unknown, options: Options): boolean {
  const given = present(value, options);
  return Array.isArray(given) ? given.length > 0 : Boolean(given);
}

const helpers = {
  print(value: unknown, options: Options): unknown {
    const given = present(value, options);
    if (typeof given === "string" || typeof given === "number" || typeof given === "boolean") return given;
    if (given instanceof Handlebars.SafeString) return given;
    if (given === null) throw new PermanentError(`${options.hash.at} is empty here; put it inside {{#if}}`);
    throw new PermanentError(`${options.hash.at} is ${Array.isArray(given) ? "a list" : "not text"}`);
  },
  if(this: unknown, value: unknown, options: Options): string {
    return truthy(value, options) ? options.fn(this) : options.inverse(this);
  },
  unless(this: unknown, value: unknown, options: Options): string {
    return truthy(value, options) ? options.inverse(this) : options.fn(this);
  },
  each(this: unknown, list: unknown, options: Options): string {
    const given = present(list, options);
    if (!Array.isArray(given)) throw new PermanentError(`${options.hash.at} is not a list`);
    if (given.length === 0) return options.inverse(this);
    return given
      .map((item: unknown, index) =>
        options.fn(item, {
          data: { ...options.data, index, first: index === 0, last: index === given.length - 1 },
        }),
      )
      .join("");
  },
  eq(left: unknown, right: unknown, options: Options): boolean {
    return present(left, options) === present(right, options);
  },
  not(value: unknown, options: Options): boolean {
    return !truthy(value, options);
  },
  and(left: unknown, right: unknown, options: Options): boolean {
    return truthy(left, options) && truthy(right, options);
  },
  or(left: unknown, right: unknown, options: Options): boolean {
    return truthy(left, options) || truthy(right, options);
  },
  /** `{{join names ", "}}` */
  join(list: unknown, separator: unknown, options: Options): string {
    const given = present(list, options);
    if (!Array.isArray(given) || given.some((item) => typeof item !== "string")) {
      throw new PermanentError(`${options.hash.at} is not a list of texts`);
    }
    return given.join(String(separator));
  },
  /** `{{plural count "draft" "drafts"}}` prints the number and the word. */
  plural(count: unknown, one: unknown, many: unknown, options: Options): string {
    const given = present(count, options);
    return `${String(given)} ${String(given === 1 ? one : many)}`;
  },
};
