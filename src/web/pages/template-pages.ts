import type { Request, Response } from "express";
import { renderMarkdown } from "../../mail/compose/markdown.ts";
import { diffWords } from "../../review/reading/word-diff.ts";
import { previewTemplate } from "../../steps/admin/preview-template.ts";
import { saveTemplate, templateProblems } from "../../steps/admin/save-template.ts";
import type { DocumentVersion } from "../../store/documents.ts";
import { listTickets, ticketByNumber } from "../../store/tickets.ts";
import { safeHtml, type TemplateProblem } from "../../templates.ts";
import type { Web } from "../context.ts";
import { HttpProblem } from "../problem.ts";
import { checkOrigin, field, isOwnForm, visitorOf, type Visitor } from "../session.ts";
import { templateEntries, templateEntry, VARIABLE_NOTES, type TemplateEntry } from "../template-catalogue.ts";
import { sendPage } from "./page.ts";
import { text } from "./ticket-list.ts";
import { moments, type Moment } from "./words.ts";

/** `/templates`: what the desk writes with, and whether somebody has edited it. */
export async function showTemplates(web: Web, _req: Request, res: Response, visitor: Visitor): Promise<void> {
  const entries = await templateEntries(web);
  await sendPage(
    web,
    res,
    visitor,
    "templates",
    { title: "Templates", section: "templates" },
    {
      editable: byAnswer(
        entries.filter((entry) => entry.editable),
        moments(web),
      ),
      fixed: entries.filter((entry) => !entry.editable).map(({ name }) => ({ name })),
      mayEdit: visitor.technician.role === "admin",
    },
  );
}

const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** One row an answer, its languages beside each other: `client/vpn` and `client/vpn.de` say the same. */
function byAnswer(entries: readonly TemplateEntry[], at: (iso: string) => Moment) {
  const rows = Map.groupBy(entries, ({ name }) => name.replace(/\.[a-z]{2}$/, ""));
  return [...rows].map(([name, texts]) => ({
    name: texts[0]?.name ?? name,
    title: texts[0]?.title ?? name,
    texts: texts.map((entry) => ({
      name: entry.name,
      language: entry.language,
      inWords: /^[a-z]{2,3}$/.test(entry.language) ? LANGUAGES.of(entry.language) : entry.language,
      edited: entry.edited,
      // Two hundred times “default” would hide the few that somebody changed.
      state: entry.version === 0 ? "" : stateOf(entry, at),
    })),
  }));
}

/** `/templates/client/vpn`: the text, what may stand in it, how it reads on a real ticket, and its versions. */
export async function showTemplate(web: Web, req: Request, res: Response, visitor: Visitor): Promise<void> {
  const saved = /^\d{1,9}$/.exec(text(req, "saved"))?.[0];
  await sendEditor(web, res, visitor, nameOf(req), {
    ticket: text(req, "ticket"),
    notice: saved === undefined ? "" : `Saved as version ${saved}. The next draft is written with it.`,
  });
}

/**
 * Save, preview, go back. Whatever goes wrong, the page that answers holds the text as it was typed: it may be an
 * hour's work.
 */
export async function changeTemplate(web: Web, req: Request, res: Response): Promise<void> {
  checkOrigin(web, req);
  const name = nameOf(req);
  const visitor = await visitorOf(web, req);
  if (visitor === null) return sendSignedOut(web, req, res, name);
  const act = field(req, "act");
  const typed = { body: field(req, "source"), ticket: field(req, "ticket") };
  const keep = (status: number, notice: string): Promise<void> =>
    sendEditor(web, res, visitor, name, { ...typed, status, notice });
  if (act === "preview") {
    if (req.get("hx-request") === "true") return sendPreview(web, res, visitor, name, typed);
    return sendEditor(web, res, visitor, name, typed);
  }
  if (!isOwnForm(visitor, req))
    return keep(
      403,
      "You signed in again since this page was opened. Look at the text once more, then save it.",
    );
  if (visitor.technician.role !== "admin")
    return keep(403, "Only an admin may save templates. Nothing was saved.");
  const author = visitor.technician.email;
  if (act === "default")
    return saveAndGo(web, res, visitor, { name, body: null, author, basedOn: null }, typed);
  if (act === "go-back") {
    const found = await templateEntry(web, name);
    const version = found?.versions.find((one) => String(one.version) === field(req, "version"));
    if (version === undefined) return keep(404, "There is no such version. Nothing was changed.");
    return saveAndGo(web, res, visitor, { name, body: version.body, author, basedOn: null }, typed);
  }
  if (act !== "save") return keep(400, "The page sent something that is not understood. Nothing was saved.");
  const basedOn = /^\d{1,9}$/.test(field(req, "basedOn")) ? Number(field(req, "basedOn")) : null;
  await saveAndGo(web, res, visitor, { name, body: typed.body, author, basedOn }, typed);
}

interface Typed {
  readonly body?: string;
  readonly ticket?: string;
  readonly status?: number;
  readonly notice?: string;
  readonly problems?: readonly TemplateProblem[];
}

async function saveAndGo(
  web: Web,
  res: Response,
  visitor: Visitor,
  edit: Parameters<typeof saveTemplate>[1],
  typed: Typed,
): Promise<void> {
  const found = await templateEntry(web, edit.name);
  if (found === null || !found.entry.editable)
    throw new HttpProblem("not-found", "There is no such template to edit.");
  const saved = await saveTemplate(web.desk, edit);
  if (saved.outcome === "saved") return res.redirect(303, `/templates/${edit.name}?saved=${saved.version}`);
  if (saved.outcome === "conflict") {
    const notice = `${saved.author} saved version ${saved.version} while you were writing. Your text is below and was not saved: compare it with version ${saved.version}, then save again.`;
    return sendEditor(web, res, visitor, edit.name, { ...typed, status: 409, notice });
  }
  // An older version may not pass today's check; it is shown for mending instead of being put in force.
  const body = edit.body ?? typed.body ?? "";
  const notice =
    saved.problems.length === 1
      ? "Not saved: one thing needs mending."
      : `Not saved: ${saved.problems.length} things need mending.`;
  await sendEditor(web, res, visitor, edit.name, {
    ...typed,
    body,
    status: 422,
    notice,
    problems: saved.problems,
  });
}

async function sendEditor(
  web: Web,
  res: Response,
  visitor: Visitor,
  name: string,
  typed: Typed,
): Promise<void> {
  const found = await templateEntry(web, name);
  if (found === null) throw new HttpProblem("not-found", "There is no template with that name.");
  const { entry, versions } = found;
  const body = typed.body ?? entry.source;
  const at = moments(web);
  const tickets = await listTickets(web.desk.database.reader, { limit: 25 });
  const mayEdit = entry.editable && visitor.technician.role === "admin";
  const chosen = typed.ticket ?? "";
  await sendPage(
    web,
    res,
    visitor,
    "template",
    { title: entry.title, section: "templates", lively: mayEdit, status: typed.status ?? 200 },
    {
      name: entry.name,
      title: entry.title,
      language: entry.language,
      state: stateOf(entry, at),
      editable: entry.editable,
      edited: entry.edited,
      mayEdit,
      version: entry.version,
      body,
      rows: Math.min(30, Math.max(12, body.split("\n").length + 2)),
      notice: typed.notice ?? "",
      good: (typed.status ?? 200) === 200,
      problems: (typed.problems ?? []).map(placed),
      variables: VARIABLE_NOTES,
      tickets: tickets
        .filter((ticket) => ticket.status !== "spam")
        .map((ticket) => ({
          number: ticket.number,
          subject: ticket.subject.slice(0, 60),
          selected: String(ticket.number) === chosen,
        })),
      preview: entry.editable ? await previewOf(web, visitor, name, body, chosen) : null,
      versions: versionsOf(entry, versions, at),
    },
  );
}

/** The part of the page that htmx puts in place while somebody types. */
async function sendPreview(
  web: Web,
  res: Response,
  visitor: Visitor,
  name: string,
  typed: Typed,
): Promise<void> {
  const found = await templateEntry(web, name);
  if (found === null || !found.entry.editable)
    throw new HttpProblem("not-found", "There is no such template.");
  const { templates } = await web.desk.directory.current();
  const preview = await previewOf(web, visitor, name, typed.body ?? "", typed.ticket ?? "");
  res.type("html").setHeader("Cache-Control", "no-store").send(templates.render("web/preview", { preview }));
}

interface Preview {
  readonly on: string;
  readonly html: unknown;
  readonly problems: readonly { readonly line: number; readonly column: number; readonly message: string }[];
}

async function previewOf(
  web: Web,
  visitor: Visitor,
  name: string,
  body: string,
  chosen: string,
): Promise<Preview> {
  const number = /^\d{1,9}$/.test(chosen) ? Number(chosen) : null;
  const ticket = number === null ? null : await ticketByNumber(web.desk.database.reader, number);
  const on = ticket === null ? "sample values" : `#${ticket.number} ${ticket.subject}`;
  const problems = templateProblems(name, body).map(placed);
  if (problems.length > 0) return { on, html: "", problems };
  const shown = await previewTemplate(web.desk, name, body, ticket, visitor.technician);
  if (shown.problem !== "")
    return { on, html: "", problems: [{ line: 1, column: 1, message: shown.problem }] };
  // Our own renderer made this and escaped what it did not make.
  return { on, html: safeHtml(renderMarkdown(shown.text).html), problems: [] };
}

/** The page names line and column itself; the message need not say the line again. */
function placed({ line, column, message }: TemplateProblem): Preview["problems"][number] {
  return { line, column, message: message.replace(/^line \d+:? /, "") };
}

function versionsOf(entry: TemplateEntry, versions: readonly DocumentVersion[], at: (iso: string) => Moment) {
  return versions.map((version, index) => {
    const before = versions[index + 1]?.body ?? entry.defaultSource;
    const body = version.body ?? entry.defaultSource;
    return {
      version: version.version,
      author: version.author,
      at: at(version.createdAt),
      isDefault: version.body === null,
      current: index === 0,
      against: index + 1 < versions.length ? `version ${version.version - 1}` : "the default",
      diff: diffWords(before, body).map(({ kind, text: words }) => ({
        text: words,
        added: kind === "added",
        removed: kind === "removed",
      })),
    };
  });
}

function stateOf(entry: TemplateEntry, at: (iso: string) => Moment): string {
  if (entry.version === 0 || entry.author === null || entry.changedAt === null) return "default";
  const by = `version ${entry.version} by ${entry.author}, ${at(entry.changedAt).text}`;
  return entry.edited ? by : `default again, ${by}`;
}

function sendSignedOut(web: Web, req: Request, res: Response, name: string): Promise<void> {
  return sendPage(
    web,
    res,
    null,
    "signed-out",
    { title: "You are signed out", status: 401 },
    { name, body: field(req, "source") },
  );
}

function nameOf(req: Request): string {
  const name: unknown = req.params["name"];
  return Array.isArray(name) ? name.join("/") : String(name);
}
