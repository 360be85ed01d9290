/**
 * Templates for mails, pages and prompts: loaded once, compiled once, strict. A variable that was not handed in,
 * `null` or an object where text belongs is an error with the template, the line and the name; never a blank.
 */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type Handlebars from "handlebars";
import { PermanentError, reasonOf } from "./errors.ts";
import {
  type CompiledTemplate,
  compileTemplate,
  createEnvironment,
  parseTemplate,
} from "./templates-compile.ts";

export { safeHtml, type TemplateProblem } from "./templates-compile.ts";
export { checkTemplate } from "./templates-check.ts";
export { sampleOf, type Variable, type VariableSchema } from "./templates-trial.ts";
export {
  CLIENT_VARIABLES,
  readTemplateFront,
  type ClientTemplateArticle,
  type ClientTemplateVariables,
  type TemplateFront,
} from "./templates-client.ts";

/** Longest result, in characters: a page or a mail, not a flood. */
const MAX_RESULT = 2_000_000;

/**
 * Reads every `*.hbs` below a folder. The name is the path without `.hbs`: `client/vpn`, `review/digest.txt`.
 * @throws PermanentError when the folder cannot be read.
 */
export async function loadTemplateFiles(dir: string): Promise<Map<string, string>> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".hbs"));
    const sources = await Promise.all(
      files.map(async (entry): Promise<[string, string]> => {
        const path = join(entry.parentPath, entry.name);
        const name = relative(dir, path).split(sep).join("/").slice(0, -".hbs".length);
        return [name, await readFile(path, "utf8")];
      }),
    );
    return new Map(sources.sort(([left], [right]) => (left < right ? -1 : 1)));
  } catch (error) {
    throw new PermanentError(`cannot read the templates in ${dir}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Reads the files below a folder's `languages/`, by name: `fr.yaml`. The assistant reads what stands in them.
 * @throws PermanentError when the folder cannot be read.
 */
export async function loadLanguageFiles(dir: string): Promise<Map<string, string>> {
  const folder = join(dir, "languages");
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
    return new Map(
      await Promise.all(
        names.map(async (name): Promise<[string, string]> => [
          name,
          await readFile(join(folder, name), "utf8"),
        ]),
      ),
    );
  } catch (error) {
    throw new PermanentError(`cannot read the languages in ${folder}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * A set of templates. Names that end in `.txt` or start with `client/` or `prompts/` are plain text and are not
 * escaped; all others are HTML. `{{> web/row}}` includes another template of the set.
 */
export class TemplateSet {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #compiled = new Map<string, CompiledTemplate>();
  readonly #environment: typeof Handlebars;

  constructor(sources: ReadonlyMap<string, string>) {
    this.#sources = sources;
    this.#environment = createEnvironment();
    for (const name of sources.keys()) {
      // Handed over as a function, a partial is as strict as the rest and is compiled when it is first used.
      this.#environment.registerPartial(name, (context: object, within?: RuntimeOptions) =>
        this.#template(name)(context, within),
      );
    }
  }

  has(name: string): boolean {
    return this.#sources.has(name);
  }

  /** Names in order, those under `prefix` only: `names("client/")`. */
  names(prefix = ""): readonly string[] {
    return [...this.#sources.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  /** The source as loaded. @throws PermanentError for an unknown name. */
  source(name: string): string {
    const source = this.#sources.get(name);
    if (source === undefined) throw new PermanentError(`there is no template named ${name}`);
    return source;
  }

  /** @throws PermanentError that names template, line and variable when a variable is unknown or cannot be printed. */
  render(name: string, variables: object): string {
    const template = this.#template(name);
    let result: string;
    try {
      result = template(variables);
    } catch (error) {
      if (error instanceof PermanentError) throw error;
      throw new PermanentError(`template ${name}: ${reasonOf(error)}`, { cause: error });
    }
    if (result.length > MAX_RESULT) throw new PermanentError(`template ${name}: the result is too long`);
    return result;
  }

  #template(name: string): CompiledTemplate {
    const known = this.#compiled.get(name);
    if (known) return known;
    const template = compileTemplate(this.#environment, name, parseTemplate(name, this.source(name)));
    this.#compiled.set(name, template);
    return template;
  }
}

export function createTemplates(sources: ReadonlyMap<string, string>): TemplateSet {
  return new TemplateSet(sources);
}
