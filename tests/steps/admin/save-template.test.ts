import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveTemplate, templateProblems } from "../../../src/steps/admin/save-template.ts";
import { previewTemplate } from "../../../src/steps/admin/preview-template.ts";
import { documentVersions } from "../../../src/store/documents.ts";
import { startTestDesk, type TestDesk } from "../../support/test-desk.ts";

let test: TestDesk;
beforeEach(async () => void (test = await startTestDesk({ worker: false })));
afterEach(() => test?.close());

const body = "Hi {{greetingName}},\n\nthank you.\n";
const save = (more: { body?: string | null; basedOn?: number | null; name?: string }) =>
  saveTemplate(test.desk, { name: "client/vpn", body, author: "alex@msp.example", basedOn: null, ...more });

describe("saving a template", () => {
  it("keeps versions, and the same text is no new one", async () => {
    expect(await save({})).toEqual({ outcome: "saved", version: 1, changed: true });
    // A form's line ends are no edit.
    expect(await save({ body: body.replaceAll("\n", "\r\n") })).toEqual({
      outcome: "saved",
      version: 1,
      changed: false,
    });
    expect(await save({ body: null })).toEqual({ outcome: "saved", version: 2, changed: true });
    const versions = await documentVersions(test.desk.database.reader, "template", "client/vpn");
    expect(versions.map((version) => version.body)).toEqual([null, body]);
  });

  it("the default of what nobody edited is no version", async () => {
    expect(await save({ body: null })).toEqual({ outcome: "saved", version: 0, changed: false });
  });

  it("refuses what could leave a placeholder or greet nobody, and writes nothing", async () => {
    const refused = await save({ body: "Hi {{clientName}},\n\nx {{nobody}}\n" });
    expect(refused).toMatchObject({ outcome: "refused", problems: [{ line: 3, variable: "nobody" }] });
    expect((await save({ body: "Hi {{clientName}},\n\nx\n" })).outcome).toBe("refused");
    expect(await documentVersions(test.desk.database.reader, "template", "client/vpn")).toEqual([]);
    const events = (await test.desk.database
      .reader("events")
      .where("kind", "like", "template.%")) as unknown[];
    expect(events).toEqual([]);
  });

  it("of two at once the second is told", async () => {
    await save({ basedOn: 0 });
    expect(await save({ body: `${body}more\n`, basedOn: 0 })).toEqual({
      outcome: "conflict",
      version: 1,
      author: "alex@msp.example",
    });
  });

  it("takes no other name than a client's", async () => {
    await expect(save({ name: "review/digest.txt" })).rejects.toThrow("not a template");
  });

  it("every template that comes with the desk could be saved as it is", async () => {
    const { templates } = await test.desk.directory.current();
    const wrong = templates
      .names("client/")
      .map((name) => [name, templateProblems(name, templates.source(name))])
      .filter(([, problems]) => problems?.length !== 0);
    expect(wrong).toEqual([]);
  });

  it("a preview is the text that the drafter would write, for samples without a ticket", async () => {
    const { technicians } = await test.desk.directory.current();
    const dana = technicians[0];
    if (dana === undefined) throw new Error("no technician");
    expect(await previewTemplate(test.desk, "client/vpn", body, null, dana)).toEqual({
      text: "Hi Ana,\n\nthank you.",
      problem: "",
    });
  });
});
