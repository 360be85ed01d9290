import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { parseMessage } from "../../src/mail/parse/parse.ts";

interface Fixture {
  readonly origin: string;
  /** Fields of ParsedMessage; dates as ISO 8601. Lists are compared whole, objects by the fields named. */
  readonly expect: Readonly<Record<string, unknown>>;
}

const folder = fileURLToPath(new URL("../fixtures/mail/", import.meta.url));
/** Numbers below 100 are about reading a message; others have tests of their own. */
const names = readdirSync(folder)
  .filter((name) => /^0[0-9]{2}-.*\.eml$/.test(name))
  .map((name) => name.slice(0, -4));

describe("mails as programs write them", () => {
  it("finds the fixtures", () => {
    expect(names.length).toBeGreaterThan(30);
  });

  it.each(names)("%s", async (name) => {
    const fixture = JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Fixture;
    const message = await parseMessage({ file: `${folder}${name}.eml` });
    expect(fixture.origin).not.toBe("");
    expect({ ...message, date: message.date?.toISOString() ?? null }).toMatchObject(fixture.expect);
  });

  it.each(names)("%s reads the same from bytes as from a file", async (name) => {
    const file = `${folder}${name}.eml`;
    expect(await parseMessage({ bytes: readFileSync(file) })).toEqual(await parseMessage({ file }));
  });
});
