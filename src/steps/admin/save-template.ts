import { person } from "../../desk/event.ts";
import { documentVersions, saveDocument } from "../../store/documents.ts";
import { checkTemplate, CLIENT_VARIABLES, type TemplateProblem } from "../../templates.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";

type Saving = Pick<Desk, "database" | "queue" | "clock" | "directory" | "failPoint">;

/**
 * Replies to clients alone. The desk's own mails carry the marker lines and the address that a review reply is read by:
 * a slip in them would break review by email, so they change with the program, where tests hold them.
 */
export function isEditableTemplate(name: string): boolean {
  return name.startsWith("client/");
}

interface TemplateEdit {
  readonly name: string;
  /** `null` goes back to the default in templates/. */
  readonly body: string | null;
  /** addr-spec of the person, or the name of an API token. */
  readonly author: string;
  /** The version that the author saw, 0 for the default; `null` where they did not say. */
  readonly basedOn: number | null;
}

type TemplateSaved =
  | { readonly outcome: "saved"; readonly version: number; readonly changed: boolean }
  | { readonly outcome: "refused"; readonly problems: readonly TemplateProblem[] }
  /** Somebody saved meanwhile; nothing was written. */
  | { readonly outcome: "conflict"; readonly version: number; readonly author: string };

/** What keeps a text from being saved; the same for the page and the API. */
export function templateProblems(name: string, body: string): readonly TemplateProblem[] {
  return checkTemplate(name, normalise(body), CLIENT_VARIABLES);
}

/** Keep a new version of a client template. Whoever renders next in this process has it; others within a second. */
export async function saveTemplate(desk: Saving, edit: TemplateEdit): Promise<TemplateSaved> {
  if (!isEditableTemplate(edit.name))
    throw new Error(`${edit.name} is not a template that the console may edit`);
  const body = edit.body === null ? null : normalise(edit.body);
  const problems = body === null ? [] : templateProblems(edit.name, body);
  if (problems.length > 0) return { outcome: "refused", problems };
  const saved = await transact(desk, "template", async (unit): Promise<TemplateSaved> => {
    const [newest] = await documentVersions(unit.db, "template", edit.name);
    if (edit.basedOn !== null && edit.basedOn !== (newest?.version ?? 0)) {
      return { outcome: "conflict", version: newest?.version ?? 0, author: newest?.author ?? "" };
    }
    // Nothing was ever saved: the default is in force already.
    if (body === null && newest === undefined) return { outcome: "saved", version: 0, changed: false };
    const { version, changed } = await saveDocument(
      unit.db,
      { kind: "template", name: edit.name, body, author: edit.author },
      unit.now,
    );
    if (changed) {
      unit.record({
        stream: "desk",
        actor: person(edit.author),
        kind: body === null ? "template.reset" : "template.saved",
        sentence: `${edit.author} ${body === null ? "put the default back for" : "saved"} the template ${edit.name} (version ${version}).`,
        evidence: { name: edit.name, version },
      });
    }
    return { outcome: "saved", version, changed };
  });
  desk.directory.invalidate();
  return saved;
}

/** A form sends CR LF (HTML §4.10.21.4); templates have LF and end with one. */
function normalise(body: string): string {
  const text = body.replaceAll(/\r\n?/g, "\n");
  return text.endsWith("\n") ? text : `${text}\n`;
}
