import { expect, test } from "vitest";
import { articleExcerpt } from "../../src/desk/article-excerpt.ts";

const long = (word: string): string => `${word} `.repeat(150).trim();

test("a short article is its own excerpt, steps and all", () => {
  const body = "# VPN\n\nKnown fault.\n\n1. Open the client.\n2. Switch it off.";
  expect(articleExcerpt(body, ["vpn"])).toBe("Known fault.\n\n1. Open the client.\n2. Switch it off.");
});

test("of a long one, the section that holds most of the words", () => {
  const body = `# Mail\n\n${long("mailbox")}\n\n## Phone\n\nSet the voicemail greeting.\n\n1. Dial 1.\n2. Speak.\n\n## Other\n\n${long("other")}`;
  expect(articleExcerpt(body, ["voicemail", "greeting"])).toBe(
    "Set the voicemail greeting.\n\n1. Dial 1.\n2. Speak.",
  );
});

test("a section that is too long ends at a paragraph", () => {
  const body = `${long("alpha")}\n\n${long("beta")}\n\n${long("gamma")}`;
  const excerpt = articleExcerpt(body, ["alpha"]);
  expect(excerpt.length).toBeLessThanOrEqual(1200);
  expect(excerpt.endsWith("alpha")).toBe(true);
});

test("an empty article gives nothing", () => {
  expect(articleExcerpt("", ["vpn"])).toBe("");
});
