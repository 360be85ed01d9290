import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { htmlToPlainText } from "../../src/mail/parse/html-text.ts";
import { splitReply } from "../../src/mail/reply/reply-text.ts";
import { intend, type Intention, type ItemToDecide } from "../../src/review/reading/intention.ts";
import { readReviewReply } from "../../src/review/reading/reply-reading.ts";

const folder = new URL("../fixtures/review-reply/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const digest = JSON.parse(read("digest.json")) as { technicianName: string; items: ItemToDecide[] };

interface Case {
  readonly origin: string;
  readonly expect: readonly (string | { readonly item: number; readonly text: string })[];
}

const names = readdirSync(folder)
  .filter((name) => /^\d{3}-.*\.json$/.test(name))
  .map((name) => name.slice(0, -5));

function decide(text: string, html: string | null): readonly Intention[] {
  const { reading, edits } = readReviewReply({ text, html, ...splitReply({ text, html }) }, digest);
  return intend({ reading, edits, items: digest.items });
}

function brief(intention: Intention): string | { item: number; text: string } {
  if (intention.kind === "release")
    return intention.text === null
      ? `release ${intention.item} as drafted`
      : { item: intention.item, text: intention.text };
  if (intention.kind === "ask") return `ask ${intention.item ?? "*"} ${intention.code}`;
  return intention.kind === "note" ? `note ${intention.item ?? "*"} ${intention.text}` : intention.kind;
}

describe("replies of many mail programs", () => {
  it.each(names)("%s", (name) => {
    const { expect: expected, origin } = JSON.parse(read(`${name}.json`)) as Case;
    const html = existsSync(new URL(`${name}.html`, folder)) ? read(`${name}.html`) : null;
    expect(decide(read(`${name}.txt`), html).map(brief), origin).toEqual(expected);
  });

  const withHtml = names.filter((name) => existsSync(new URL(`${name}.html`, folder)));
  it.each(withHtml.filter((name) => !name.startsWith("html-", 4)))(
    "%s, where the mail has no text part",
    (name) => {
      const { expect: expected, origin } = JSON.parse(read(`${name}.json`)) as Case;
      const html = read(`${name}.html`);
      expect(decide(htmlToPlainText(html), html).map(brief), origin).toEqual(expected);
    },
  );
});
