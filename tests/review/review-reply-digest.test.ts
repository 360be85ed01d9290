import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { htmlToPlainText } from "../../src/mail/parse/html-text.ts";
import { splitReply } from "../../src/mail/reply/reply-text.ts";
import { renderDigest } from "../../src/review/digest.ts";
import { intend } from "../../src/review/reading/intention.ts";
import { readReviewReply } from "../../src/review/reading/reply-reading.ts";
import { createTemplates, loadTemplateFiles } from "../../src/templates.ts";
import { digest } from "./sample-views.ts";

const templates = createTemplates(
  await loadTemplateFiles(fileURLToPath(new URL("../../templates", import.meta.url))),
);
const mail = renderDigest(templates, digest);
const items = digest.items.flatMap((item) =>
  item.draft === null ? [] : [{ number: item.number, highRisk: false, draftText: item.draft.text }],
);
const numbers = items.map((item) => item.number);
const approve = `approve ${numbers.join(" ")}`;

const attribution = `On Sun, Nov 22, 2026 at 8:10 PM ${digest.deskName} <${digest.replyTo}> wrote:`;
const quoted = (text: string): string => text.replace(/^/gm, "> ");
const cited = (html: string): string =>
  `<div>${approve}</div><div>${attribution.replace("<", "&lt;").replace(">", "&gt;")}</div><blockquote type="cite">${html}</blockquote>`;
const header = `From: ${digest.deskName} <${digest.replyTo}>\nSent: Sunday, November 22, 2026 8:10 PM\nTo: Dana Wu <dana@msp.example>\nSubject: ${mail.subject}\n\n`;
const last = items.at(-1);

/** Replies as programs make them of the digest that the desk really sends. */
const replies: readonly (readonly [
  name: string,
  make: (text: string, html: string) => { text: string; html: string | null },
])[] = [
  ["text, quoted", (text) => ({ text: `${approve}\n\n${attribution}\n${quoted(text)}`, html: null })],
  [
    "text without quote signs, below a header block",
    (text) => ({ text: `${approve}\n\n${header}${text}`, html: null }),
  ],
  ["text without any sign of a quote", (text) => ({ text: `${approve}\n\n${text}`, html: null })],
  ["HTML only", (_, html) => ({ text: htmlToPlainText(cited(html)), html: cited(html) })],
  [
    "both parts",
    (text, html) => ({ text: `${approve}\n\n${attribution}\n${quoted(text)}`, html: cited(html) }),
  ],
];

const decide = ({ text, html }: { text: string; html: string | null }) => {
  const reading = readReviewReply(
    { text, html, ...splitReply({ text, html }) },
    { technicianName: "Dana Wu", items },
  );
  return { ...reading, intentions: intend({ ...reading, items }) };
};

describe("a reply to the digest as rendered", () => {
  it.each(replies)("%s: approved, nothing edited", (_, make) => {
    const { edits, intentions } = decide(make(mail.text, mail.html));
    expect([...edits.values()].map(({ kind }) => kind)).toEqual(items.map(() => "unchanged"));
    expect(intentions.map(({ kind }) => kind)).toEqual(items.map(() => "release"));
  });

  // The title of the digest stood below a technician's own text and went to the client with it.
  it("text without any sign of a quote: what is sent ends where the digest begins", () => {
    const text = `send ${last?.number}:\nHi Li,\n\nI will call you in a minute.\n\n${mail.text}`;
    const { intentions } = decide({ text, html: null });
    expect(intentions.at(-1)).toMatchObject({ text: "Hi Li,\n\nI will call you in a minute." });
  });

  it.each(replies.slice(0, 2))("%s: one word edited", (_, make) => {
    const draft = last?.draftText ?? "";
    const edited = draft.replace(/\bhappy\b|\bthe\b|\ba\b/, "very");
    expect(edited).not.toBe(draft);
    const { intentions } = decide(make(mail.text.replace(draft, edited), mail.html));
    expect(intentions.at(-1)).toMatchObject({ kind: "release", item: last?.number, text: edited });
  });
});
