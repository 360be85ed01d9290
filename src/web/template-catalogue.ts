import { currentDocuments, documentVersions, type DocumentVersion } from "../store/documents.ts";
import { isEditableTemplate } from "../steps/admin/save-template.ts";
import { CLIENT_VARIABLES, readTemplateFront, type Variable, type VariableSchema } from "../templates.ts";
import type { Web } from "./context.ts";

/** One template as it is in force, beside its default. */
export interface TemplateEntry {
  readonly name: string;
  readonly title: string;
  readonly language: string;
  readonly editable: boolean;
  readonly edited: boolean;
  /** 0 where nothing was ever saved. */
  readonly version: number;
  readonly author: string | null;
  readonly changedAt: string | null;
  readonly source: string;
  readonly defaultSource: string;
}

/** The mails of the desk; the pages of the console and the prompts are no templates that anybody is shown. */
const SHOWN = ["client/", "review/"];

export async function templateEntries(web: Web): Promise<readonly TemplateEntry[]> {
  const saved = new Map(
    (await currentDocuments(web.desk.database.reader, "template")).map((document) => [
      document.name,
      document,
    ]),
  );
  return [...web.defaults]
    .filter(([name]) => SHOWN.some((prefix) => name.startsWith(prefix)))
    .map(([name, source]) => entryOf(name, source, saved.get(name)));
}

/** `null` for a name that is not there. */
export async function templateEntry(
  web: Web,
  name: string,
): Promise<{ readonly entry: TemplateEntry; readonly versions: readonly DocumentVersion[] } | null> {
  const source = SHOWN.some((prefix) => name.startsWith(prefix)) ? web.defaults.get(name) : undefined;
  if (source === undefined) return null;
  const versions = await documentVersions(web.desk.database.reader, "template", name);
  return { entry: entryOf(name, source, versions[0]), versions };
}

function entryOf(name: string, defaultSource: string, saved: DocumentVersion | undefined): TemplateEntry {
  const source = saved?.body ?? defaultSource;
  const front = readTemplateFront(source);
  return {
    name,
    title: front.title || readTemplateFront(defaultSource).title || name,
    language: front.language || "en",
    editable: isEditableTemplate(name),
    edited: saved !== undefined && saved.body !== null,
    version: saved?.version ?? 0,
    author: saved?.author ?? null,
    changedAt: saved?.createdAt ?? null,
    source,
    defaultSource,
  };
}

interface VariableNote {
  readonly name: string;
  readonly kind: string;
  readonly about: string;
}

/** The variables of a client template with what they mean, parts behind their whole: `article.title`. */
export const VARIABLE_NOTES: readonly VariableNote[] = notesOf(CLIENT_VARIABLES, "");

function notesOf(schema: VariableSchema, prefix: string): readonly VariableNote[] {
  return Object.entries(schema).flatMap(([key, variable]) => {
    const name = prefix + key;
    const note = { name, kind: kindOf(variable), about: variable.about };
    return variable.kind === "object" ? [note, ...notesOf(variable.fields, `${name}.`)] : [note];
  });
}

function kindOf(variable: Variable): string {
  if (variable.kind === "boolean") return "yes or no";
  if (variable.kind === "object") return variable.nullable ? "group, may be missing" : "group";
  return variable.kind;
}
