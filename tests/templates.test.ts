import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  checkTemplate,
  CLIENT_VARIABLES,
  createTemplates,
  loadTemplateFiles,
  readTemplateFront,
  safeHtml,
  sampleOf,
} from "../src/templates.ts";

const render = (source: string, variables: object, name = "client/x"): string =>
  createTemplates(new Map([[name, source]])).render(name, variables);

describe("rendering", () => {
  it("leaves plain text as it is and escapes HTML", () => {
    const variables = { name: "O'Brien <b>" };
    expect(render("Hi {{name}}", variables, "review/x.txt")).toBe("Hi O'Brien <b>");
    expect(render("Hi {{name}}", variables, "client/x")).toBe("Hi O'Brien <b>");
    expect(render("Hi {{name}}", variables, "prompts/x")).toBe("Hi O'Brien <b>");
    expect(render("Hi {{name}}", variables, "review/x.html")).toBe("Hi O&#x27;Brien &lt;b&gt;");
    expect(render("Hi {{name}}", variables, "web/x")).toBe("Hi O&#x27;Brien &lt;b&gt;");
    expect(render("{{html}}", { html: safeHtml("<br>") }, "web/x")).toBe("<br>");
  });

  it.each([
    ["Hi\n{{nmae}}", 'template client/x, line 2: variable "nmae" is not known'],
    ["{{#if nmae}}a{{/if}}", 'template client/x, line 1: variable "nmae" is not known'],
    ["{{#unless a.c}}a{{/unless}}", 'variable "a.c" is not known'],
    ["{{#each nmae}}a{{/each}}", 'variable "nmae" is not known'],
    ["{{#each list}}{{that}}{{/each}}", 'variable "that" is not known'],
    ['{{#if (eq nmae "a")}}a{{/if}}', 'variable "nmae a" is not known'],
    ["{{none}}", 'variable "none" is empty here; put it inside {{#if}}'],
    ["{{none.title}}", 'variable "none.title" is empty here'],
    ["{{a}}", 'variable "a" is not text'],
    ["{{list}}", 'variable "list" is a list'],
    ["{{#each name}}a{{/each}}", 'variable "name" is not a list'],
    ["{{constructor}}", 'variable "constructor" is not known'],
    ["{{name.constructor.name}}", "is not known"],
    ["{{__proto__.x}}", "is not known"],
    ["{{shout name}}", 'unknown helper "shout"'],
    ["{{#if name}}open", "template client/x"],
  ])("%s is an error that says where", (source, message) => {
    const variables = { name: "Ana", none: null, a: { b: 1 }, list: ["x"] };
    expect(() => render(source, variables)).toThrow(message);
  });

  it("refuses to print without escaping in HTML", () => {
    expect(() => render("{{{name}}}", { name: "a" }, "web/x")).toThrow("line 1: {{{ prints without escaping");
  });

  it("names the partial in which a variable is missing, and takes layouts", () => {
    const templates = createTemplates(
      new Map([
        ["web/layout", "<main>{{> @partial-block}}</main>"],
        ["web/row", "[{{label}}{{missing}}]"],
        ["web/cell", "[{{label}}]"],
        ["web/bad", "{{> web/row label=name}}"],
        [
          "web/good",
          "{{#> web/layout}}{{#each rows}}{{@index}}{{> web/cell label=this}}{{/each}}{{/web/layout}}",
        ],
      ]),
    );
    expect(() => templates.render("web/bad", { name: "a" })).toThrow(
      'template web/row, line 1: variable "missing" is not known',
    );
    expect(templates.render("web/good", { rows: ["<", "b"] })).toBe("<main>0[&lt;]1[b]</main>");
    expect(() => templates.render("web/none", {})).toThrow("there is no template named web/none");
  });

  it("has a few helpers of its own", () => {
    expect(render('{{plural n "draft" "drafts"}}: {{join list ", "}}', { n: 1, list: ["a", "b"] })).toBe(
      "1 draft: a, b",
    );
    expect(
      render("{{#each list}}{{this}}{{#unless @last}}+{{/unless}}{{else}}none{{/each}}", { list: [1, 2] }),
    ).toBe("1+2");
    expect(render("{{#each list}}x{{else}}none{{/each}}", { list: [] })).toBe("none");
    expect(render("{{#if (and a (not b))}}yes{{else}}no{{/if}}", { a: true, b: [] })).toBe("yes");
  });
});

describe("loading", () => {
  it("names a template by its path without .hbs", async () => {
    const dir = await mkdtemp(join(tmpdir(), "templates-"));
    try {
      await mkdir(join(dir, "review"));
      await writeFile(join(dir, "review/digest.txt.hbs"), "a");
      await writeFile(join(dir, "notes.md"), "b");
      expect([...(await loadTemplateFiles(dir))]).toEqual([["review/digest.txt", "a"]]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("says which folder cannot be read", async () => {
    await expect(loadTemplateFiles("/nowhere/at/all")).rejects.toThrow(
      "cannot read the templates in /nowhere/at/all",
    );
  });

  it("every client template of the project may be saved as it is", async () => {
    const sources = await loadTemplateFiles(fileURLToPath(new URL("../templates", import.meta.url)));
    for (const [name, source] of sources) {
      if (name.startsWith("client/"))
        expect({ name, problems: checkTemplate(name, source, CLIENT_VARIABLES) }).toEqual({
          name,
          problems: [],
        });
    }
  });
});

const problems = (source: string): readonly string[] =>
  checkTemplate("client/x", source, CLIENT_VARIABLES).map(({ message }) => message);

describe("64 · the check before saving", () => {
  it.each([
    "Hi {{greetingName}},\n\n{{#if article}}{{article.title}}: {{#each article.steps}}{{this}}\n{{/each}}{{else}}we look at it.{{/if}}\n{{technicianName}}",
    'Hello,\n\n{{#if questions}}We need {{join questions ", "}}.{{else if outage}}Others have it too.{{else}}Noted.{{/if}}',
    "{{!-- title: VPN / language: en / for: vpn --}}\nDear {{greetingName}},\n{{#each questions}}{{@index}} {{this}}{{/each}}ok",
    '{{#if (eq language "de")}}Guten Tag{{else}}Hello{{/if}}',
  ])("passes %j", (source) => {
    expect(problems(source)).toEqual([]);
  });

  it.each([
    ["a\nb {{#if artcle}}x{{/if}}", 'line 2: unknown variable "artcle"; did you mean "article"?'],
    ["{{article.titel}}", 'line 1: unknown variable "article.titel"; did you mean "title"?'],
    ["{{zebra}}", 'unknown variable "zebra"; known are greetingName'],
    ["{{#if outage}}{{#each questions}}{{thing}}{{/each}}{{/if}}", 'unknown variable "thing"'],
    ["{{article}}", '"article" is not text; use a part of it, such as article.title'],
    ["{{questions}}", '"questions" is not text; use {{#each questions}}'],
    ["{{outage}}", '"outage" is yes or no'],
    ["{{#each subject}}x{{/each}}", '"subject" is not a list'],
    ["{{{subject}}}", "use two braces"],
    ["{{&subject}}", "use two braces"],
    ["{{> other}}", "partials"],
    ["{{#> other}}x{{/other}}", "partials"],
    ["{{* deco}}", "decorators"],
    ['{{#* inline "x"}}a{{/inline}}', "decorators"],
    ["{{#each questions}}{{../subject}}{{/each}}", '"../" is not allowed'],
    ["{{@root.subject}}", '"@root.subject" is not known here'],
    ["{{constructor.name}}", '"constructor.name" is not allowed'],
    ["{{subject.__proto__}}", "is not allowed"],
    ["{{lookup this 'subject'}}", '"lookup" is not a helper'],
    ["{{log subject}}", '"log" is not a helper'],
    ["{{#with article}}x{{/with}}", '"with" is not a helper'],
    ["{{subject x=1}}", "takes nothing behind it"],
    ["{{#each questions as |q|}}{{q}}{{/each}}", "names between bars"],
    ['{{"text"}}', "only variables"],
    ["{{#if article}}open", "line 1"],
    ["{{greetingName", "line 1"],
    [`${"{{#if outage}}".repeat(9)}x${"{{/if}}".repeat(9)}`, "more than 8 deep"],
    // What only a trial shows.
    ["{{article.title}}", 'variable "article.title" is empty here; put it inside {{#if}}'],
    ["Hi {{clientName}},", 'the result greets nobody: "Hi ,"'],
    ["x\nDear  {{summary}},", "the result greets nobody"],
    ["{{#if outage}}x{{/if}}", "the result is empty"],
    ["\\{{subject}}", 'the result reads "{{"'],
    ["x undefined", 'the result reads "undefined"'],
  ])("refuses %j", (source, message) => {
    expect(problems(source).join("\n")).toContain(message);
  });

  it("refuses what is too long to be a reply", () => {
    expect(problems("x".repeat(20_001))).toEqual([
      "the template has 20001 characters; at most 20000 are allowed",
    ]);
    expect(problems("{{subject}}".repeat(1800)).join()).toContain(
      "the result is longer than 20000 characters",
    );
  });

  it("gives line, column and variable", () => {
    expect(checkTemplate("client/x", "a\n  {{sbject}}", CLIENT_VARIABLES)).toEqual([
      {
        line: 2,
        column: 5,
        variable: "sbject",
        message: 'line 2: unknown variable "sbject"; did you mean "subject"?',
      },
    ]);
  });

  it("gives one sample for previews", () => {
    expect(render("{{greetingName}} {{article.title}}", sampleOf(CLIENT_VARIABLES))).toBe(
      "Ana VPN client 7.2: known fault",
    );
  });
});

describe("the comment at the head of a client template", () => {
  it.each([
    [
      "{{!-- title: VPN drops / language: en / for: vpn --}}\nHi",
      { title: "VPN drops", language: "en", category: "vpn" },
    ],
    ["{{!--\ntitle: VPN\nlanguage: de\n--}}", { title: "VPN", language: "de", category: "" }],
    ["Hi", { title: "", language: "", category: "" }],
  ])("%j", (source, front) => {
    expect(readTemplateFront(source)).toEqual(front);
  });
});
