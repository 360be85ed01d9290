import { z } from "zod";
import { parseDeskFile } from "../../desk/desk-file.ts";
import { describeProblem } from "../../desk/problem.ts";
import { importDeskFile } from "../../steps/admin/import-desk.ts";
import { saveTemplate } from "../../steps/admin/save-template.ts";
import { currentPolicies, type DocumentVersion } from "../../store/documents.ts";
import { allClients } from "../../store/people.ts";
import type { Web } from "../context.ts";
import { HttpProblem } from "../problem.ts";
import { pageOf, readCursor } from "../paging.ts";
import { templateEntries, templateEntry, VARIABLE_NOTES, type TemplateEntry } from "../template-catalogue.ts";
import { paging, route, type ApiRoute, type Caller } from "./route.ts";
import * as schemas from "./schemas.ts";

/** Templates and policies: what admins write, each version kept with its author. */

const nameParam = z.object({
  name: z.string().max(100).describe("`client/vpn`; the slash may stand as it is or as %2F."),
});

export const documentRoutes: readonly ApiRoute[] = [
  route({
    path: "/templates",
    name: "listTemplates",
    summary: "The templates of mails, by name",
    query: z.strictObject(paging),
    answer: schemas.listOf("TemplateList", schemas.TemplateSummary),
    async handle({ web, query }) {
      const start = readCursor("templates", query.cursor) ?? 0;
      const rows = (await templateEntries(web)).map((entry, index) => ({ ...entry, index }));
      const page = pageOf("templates", rows.slice(start), query.limit, (row) => row.index + 1);
      return { items: page.items.map((row) => summaryOf(row)), next: page.next };
    },
  }),

  route({
    path: "/templates/{name}",
    name: "getTemplate",
    summary: "One template, its variables and its versions",
    params: nameParam,
    answer: schemas.Template,
    problems: [404],
    handle: ({ web, params }) => templateShape(web, params.name),
  }),

  route({
    method: "put",
    path: "/templates/{name}",
    name: "putTemplate",
    summary: "Save a client template as a new version",
    description:
      "Templates below `client/` alone: the desk’s own mails carry the marks that replies are read by. A text with an unknown variable, " +
      "or one that could leave a placeholder or greet nobody, is refused with line, column and variable. " +
      "`basedOn` is the version that you read (0 for the default): where somebody saved meanwhile, the answer is 409.",
    role: "admin",
    params: nameParam,
    body: z.strictObject({
      source: z.string().nullable().describe("The text; null goes back to the default."),
      basedOn: z.int().min(0).optional(),
    }),
    answer: schemas.Template,
    problems: [404, 409, 422],
    async handle({ web, params, body, caller }) {
      const found = await templateEntry(web, params.name);
      if (found === null) throw unknownTemplate(params.name);
      if (!found.entry.editable)
        throw new HttpProblem(
          "forbidden",
          `${params.name} is a mail of the desk itself: replies are read by its marks, so it changes with the program.`,
        );
      const saved = await saveTemplate(web.desk, {
        name: params.name,
        body: body.source,
        author: authorOf(caller),
        basedOn: body.basedOn ?? null,
      });
      if (saved.outcome === "conflict")
        throw new HttpProblem(
          "conflict",
          `${saved.author} saved version ${saved.version} meanwhile. Nothing was saved.`,
        );
      if (saved.outcome === "refused")
        throw new HttpProblem(
          "invalid",
          "The template was not saved.",
          saved.problems.map((problem) => ({ path: "source", ...problem })),
        );
      return templateShape(web, params.name);
    },
  }),

  route({
    path: "/policies",
    name: "getPolicies",
    summary: "The policies in force",
    answer: schemas.Policies,
    handle: ({ web }) => policiesShape(web),
  }),

  route({
    method: "put",
    path: "/policies",
    name: "putPolicies",
    summary: "Replace the policies as a new version",
    description:
      "All rules at once; one that is not understood refuses them all. Rules are written as in desk.yaml.",
    role: "admin",
    body: z.strictObject({ rules: z.array(z.record(z.string(), z.unknown())).max(500) }),
    answer: schemas.Policies,
    problems: [422],
    async handle({ web, body, caller }) {
      const clients = (await allClients(web.desk.database.reader)).map((client) => client.name);
      // JSON is YAML: the same reader as `import`, so that both take and refuse the same rules.
      const { desk: file, problems } = parseDeskFile(JSON.stringify({ policies: body.rules }), "request", {
        queues: [],
        slas: [],
        clients,
      });
      if (file.policies === null)
        throw new HttpProblem(
          "invalid",
          "The policies were not saved.",
          problems.map((problem) => ({
            path: problem.path.replace(/^policies/, "rules"),
            message: describeProblem({
              ...problem,
              path: problem.path.replace(/^policies/, "rules"),
            }).replace(/^request(?::\d+)?: /, ""),
          })),
        );
      await importDeskFile(web.desk, { ...file, policies: file.policies }, authorOf(caller));
      return policiesShape(web);
    },
  }),
];

/** What stands beside a version that a program saved. */
const authorOf = (caller: Caller): string => `token ${caller.name}`;

const unknownTemplate = (name: string): HttpProblem =>
  new HttpProblem("not-found", `There is no template named ${name.slice(0, 100)}.`);

function summaryOf(entry: TemplateEntry) {
  const { name, title, language, editable, edited, version, author, changedAt } = entry;
  return { name, title, language, editable, edited, version, author, changedAt };
}

async function templateShape(web: Web, name: string) {
  const found = await templateEntry(web, name);
  if (found === null) throw unknownTemplate(name);
  const { entry, versions } = found;
  return {
    ...summaryOf(entry),
    source: entry.source,
    defaultSource: entry.defaultSource,
    variables: entry.editable ? VARIABLE_NOTES : [],
    versions: versions.map(({ version, author, createdAt, body }: DocumentVersion) => ({
      version,
      author,
      createdAt,
      source: body,
    })),
  };
}

async function policiesShape(web: Web) {
  const { version, author, rules } = await currentPolicies(web.desk.database.reader);
  return { version, author, rules };
}
