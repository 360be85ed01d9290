import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitReply } from "../../src/mail/reply/reply-text.ts";
import { parseCommandLine } from "../../src/review/reading/command-grammar.ts";
import { DEFAULT_SYNONYMS } from "../../src/review/reading/command-words.ts";
import { findDraftEdit } from "../../src/review/reading/edited-draft.ts";
import { intend } from "../../src/review/reading/intention.ts";
import { readReviewReply } from "../../src/review/reading/reply-reading.ts";
import { isClosing } from "../../src/review/reading/sign-off.ts";
import { foldWord } from "../../src/review/reading/vocabulary.ts";

const start = (item: number): string => `[[ draft ${item} · edit between these two lines, then reply ]]`;
const end = (item: number): string => `[[ end of draft ${item} ]]`;

const word = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      "the",
      "VPN",
      "client",
      "restart",
      "please",
      "it's",
      "not",
      "30",
      "seconds",
      "Ana,",
      "done.",
      "“Fast",
      "rekey”",
      "follow-up",
      "10:15",
      "a",
      "über",
      "naïve",
      "(see",
      "below)",
      "50%",
      "C:\\Temp",
      "e.g.",
      "→",
    ),
  },
  { weight: 2, arbitrary: fc.stringMatching(/^[a-zA-Z]{1,12}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "**bold**",
      "*soft*",
      "[the article](https://docs.msp.example/a-b_c?x=1&y=2)",
      "https://status.msp.example/today",
      "help@msp.example",
      "–",
      "...",
      "您好",
      "snake_case",
      "*.tmp",
    ),
  },
);
const paragraph = fc.array(word, { minLength: 1, maxLength: 40 }).map((words) => words.join(" "));
const list = fc
  .array(fc.array(word, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 })
  .map((items) => items.map((words) => `- ${words.join(" ")}`).join("\n"));
const draft = fc
  .array(fc.oneof({ weight: 3, arbitrary: paragraph }, { weight: 1, arbitrary: list }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((blocks) => `Hi Ana,\n\n${blocks.join("\n\n")}\n\nDana Wu\nNorthwind Support`);

const lines = (change: (line: string) => string) => (text: string) => text.split("\n").map(change).join("\n");
function wrapLine(line: string, width: number, keepSpace: boolean): string {
  let out = "";
  let column = 0;
  for (const part of line.split(" ")) {
    if (column > 0 && column + 1 + part.length > width) {
      out += `${keepSpace ? " " : ""}\n${part}`;
      column = part.length;
    } else {
      out += (column > 0 ? " " : "") + part;
      column += part.length + (column > 0 ? 1 : 0);
    }
  }
  return out;
}

/** What mail programs do to a text that nobody edits. */
const journeys: readonly ((text: string) => string)[] = [
  lines((line) => `> ${line}`),
  lines((line) => `>${line}`),
  ...[60, 72, 76, 78].map((width) => lines((line) => wrapLine(line, width, false))),
  lines((line) => wrapLine(line, 70, true)),
  lines((line) => line.trimEnd()),
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.replaceAll(" ", "\u00a0"),
  (text) => text.replaceAll("'", "’"),
  (text) => text.replaceAll(/[“”]/g, '"'),
  (text) => text.replaceAll("–", "—"),
  (text) => text.replaceAll("...", "…"),
  (text) => text.replaceAll("\n\n", "\n\n\n"),
  (text) => text.replaceAll("\n- ", "\n* "),
  (text) => text.replaceAll("·", "*"),
  (text) => text.replaceAll("the ", "the \u200b"),
];
const journey = fc.array(fc.constantFrom(...journeys), { maxLength: 4 });
const travel = (text: string, steps: readonly ((text: string) => string)[]): string =>
  steps.reduce((now, step) => step(now), text);
const marked = (text: string): string => `${start(1)}\n${text}\n${end(1)}`;
const find = (text: string, draftText: string) =>
  findDraftEdit({ text, html: null }, { number: 1, draftText });

const mutated = (text: string, changes: readonly { at: number; kind: string; line: string }[]): string => {
  let lines = text.split("\n");
  for (const { at, kind, line } of changes) {
    const place = at % Math.max(1, lines.length);
    const here = lines[place] ?? "";
    if (kind === "drop") lines.splice(place, 1);
    else if (kind === "double") lines.splice(place, 0, here);
    else if (kind === "swap") lines.splice(place, 2, lines[place + 1] ?? "", here);
    else if (kind === "cut") lines = lines.slice(0, place + 1);
    else if (kind === "insert") lines.splice(place, 0, line);
    else if (kind === "glue") lines.splice(place, 2, `${here} ${lines[place + 1] ?? ""}`);
    else lines[place] = Array.from(here).toReversed().join("");
  }
  return lines.join("\n");
};

describe("random review replies", () => {
  it("never takes a journey for an edit", () => {
    fc.assert(
      fc.property(draft, journey, (text, steps) => {
        const reply = travel(marked(text), steps);
        expect(find(reply, text), reply).toEqual({ kind: "unchanged" });
      }),
      { numRuns: 400 },
    );
  });

  it("never loses an edit", () => {
    const change = fc.record({
      place: fc.nat(),
      kind: fc.constantFrom("swap", "remove", "add", "digit"),
      by: fc.constantFrom("tomorrow", "never", "42", "Bob", "maybe", "\n\nOne more thing.\n\n"),
    });
    fc.assert(
      fc.property(draft, journey, change, (text, steps, { place, kind, by }) => {
        const words = text.split(" ");
        const at = place % words.length;
        const old = words[at] ?? "";
        const plain = /^[\p{L}\p{N}.,:'-]+$/u.test(old);
        fc.pre(kind === "add" || (plain && old !== by && words.length > 1));
        if (kind === "add") words.splice(at, 0, by);
        else if (kind === "remove") words.splice(at, 1);
        else words[at] = kind === "digit" ? `${old}7` : by;
        const edited = words.join(" ");
        const found = find(travel(marked(edited), steps), text);
        expect(["edited", "damaged"]).toContain(found.kind);
        if (found.kind === "edited") {
          // What goes out says what the technician wrote, whatever became of its white space on the way.
          expect(find(marked(edited), found.text)).toEqual({ kind: "unchanged" });
          expect(found.text).not.toMatch(/\[\[|^>/m);
        }
      }),
      { numRuns: 600 },
    );
  });

  const noise = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          start(1),
          end(1),
          start(2),
          end(2),
          "Draft one.",
          "Draft two.",
          "> ",
          "approve?",
          "don't approve",
          "ok",
          "On Sun, Nov 22, 2026 at 8:10 PM Desk <r@desk.example> wrote:",
          "From: Desk <r@desk.example>",
          "Sent: Sunday",
          "Subject: x",
          "-- ",
          "[[",
          "]]",
          "**",
          "[a](",
          "reject 1: no",
          "help",
          "\u0000",
          ">>",
          "| ",
        ),
        fc.string({ maxLength: 40 }),
        fc.string({ unit: "binary", maxLength: 20 }),
      ),
      { maxLength: 25 },
    )
    .chain((parts) => fc.constantFrom("\n", "\r\n", " ", "\n> ").map((glue) => parts.join(glue)));
  const items = [
    { number: 1, highRisk: false, draftText: "Draft one." },
    { number: 2, highRisk: true, draftText: "Draft two." },
  ];

  it("never throws, and never releases a draft as it is without a word for it", () => {
    fc.assert(
      fc.property(noise, fc.option(noise), (text, html) => {
        const { reading, edits } = readReviewReply(
          { text, html, ...splitReply({ text, html }) },
          { technicianName: "Dana Wu", items },
        );
        for (const intention of intend({ reading, edits, items })) {
          if (intention.kind !== "release") continue;
          const signs = reading.commands.filter(({ verb }) => verb === "approve" || verb === "send");
          if (intention.text === null) expect(signs.length).toBeGreaterThan(0);
          else expect(edits.get(intention.item)?.kind === "edited" || signs.length > 0).toBe(true);
          expect(reading.notUnderstood).toEqual([]);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("reads texts built to be slow", () => {
    const shapes = [
      "[",
      "[[ draft 1 ",
      "*a ",
      "](",
      "> ",
      "approve 1, ",
      "<https://",
      "From: a\n",
      "_a",
      "On 1 ",
      "\n\n",
      "<a href=x",
      "[a](https://x",
      "- \n",
      "a\n",
      "Thanks\nDana\n",
      "reject 1: a\n",
      "Freigeben 1 und ",
      "approve 1 en 2 e ",
      "[[ Entwurf 1 ",
      "<a href=https://x.example>a</a>",
      "<a href=https://x.example>",
      "[a](https://x.example/b) ",
      "This e-mail is confidential. ",
      "send 1: a\n",
      "İ",
    ];
    for (const shape of shapes) {
      const text = shape.repeat(Math.ceil(60_000 / shape.length));
      const whole = `${start(1)}\n${text}\n${end(1)}`;
      for (const reply of [text, whole]) {
        const { edits } = readReviewReply(
          { text: reply, newText: text, quotedText: "", html: reply },
          { technicianName: "Dana Wu", items },
        );
        expect(edits.size).toBe(2);
      }
    }
  }, 60_000);

  const folder = new URL("../fixtures/review-reply/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  const fixtures = names.map((name) => {
    const html = new URL(name.replace(/txt$/, "html"), folder);
    return {
      text: readFileSync(new URL(name, folder), "utf8"),
      html: existsSync(html) ? readFileSync(html, "utf8") : null,
    };
  });
  const digest = JSON.parse(readFileSync(new URL("digest.json", folder), "utf8")) as {
    technicianName: string;
    items: { number: number; highRisk: boolean; draftText: string }[];
  };
  const stray = [
    "approve?",
    "freigeben, sobald Bob zustimmt",
    "not yet",
    "> approve 1",
    start(1),
    end(2),
    "[[ Entwurf 1 · bearbeiten ]]",
    "ok",
    "attach 1",
    "-- ",
    "\u0000",
    "On Sun, Nov 22, 2026 at 8:10 PM Desk <r@desk.example> wrote:",
  ];
  const mutation = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom("drop", "double", "swap", "cut", "insert", "glue", "letters"),
    line: fc.constantFrom(...stray),
  });
  it("releases of a damaged reply only what it says by a command or an edit, and nothing beside words", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        ({ text, html }, changes, both) => {
          const body = { text: mutated(text, changes), html: both ? html : null };
          const { reading, edits } = readReviewReply({ ...body, ...splitReply(body) }, digest);
          for (const intention of intend({ reading, edits, items: digest.items })) {
            if (intention.kind !== "release") continue;
            expect(reading.notUnderstood).toEqual([]);
            if (intention.attach) expect(reading.commands.map(({ verb }) => verb)).toContain("attach");
            const signs = reading.commands.filter(({ verb }) => verb === "approve" || verb === "send");
            const edit = edits.get(intention.item);
            if (intention.text === null)
              expect(edit?.kind === "edited" || edit?.kind === "damaged").toBe(false);
            expect(signs.length > 0 || edit?.kind === "edited").toBe(true);
            if (intention.text !== null) expect(intention.text).not.toMatch(/\[\[|\]\]|a1\.[a-z2-7]{8}|^>/m);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  const wordsOfCommands = Object.values(DEFAULT_SYNONYMS).flatMap((verbs) => Object.values(verbs).flat());
  const approvals = new Set(
    ["approve", ...Object.values(DEFAULT_SYNONYMS).flatMap((verbs) => verbs.approve ?? [])].map(foldWord),
  );
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("approve", ...approvals, ...wordsOfCommands) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        "1",
        "2",
        "#1",
        "1-3",
        "all",
        "alle",
        "und",
        "y",
        "e",
        ",",
        ":",
        "?",
        ".",
        "!",
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "not",
        "nicht",
        "if",
        "wenn",
        "Bob",
        "thanks",
        "Danke",
        "to",
        "later",
        "15:00",
      ),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
  );

  it("takes a line for an approval only where every word of it is one", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(" ", ""),
        (pieces, glue) => {
          const line = pieces.join(glue);
          const command = parseCommandLine(line);
          if (command?.verb !== "approve") return;
          const [first = "", ...rest] = line.normalize("NFC").match(/\p{L}[\p{L}\p{M}']*/gu) ?? [];
          expect(approvals.has(foldWord(first)), line).toBe(true);
          const allowed = /^(?:all|alle|und|y|e|thanks|danke)$/i;
          const others = rest.filter((word) => !allowed.test(word));
          expect(others.length === 0 || isClosing(others.join(" ")), line).toBe(true);
          expect(line).not.toContain("?");
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("lets nothing out of words and mail without a command or an edit", () => {
    const prose = fc.constantFrom(
      "ja",
      "ok",
      "yes",
      "fine",
      "go",
      "it",
      "approves",
      "approval",
      "send",
      "it",
      "1",
      "👍",
      ".",
      "\n",
      "\n\n",
      "> ",
      "Ana",
      "freigegeben wird",
      "passt",
    );
    fc.assert(
      fc.property(fc.array(prose, { maxLength: 30 }), (parts) => {
        const text = parts.join(" ");
        const { reading, edits } = readReviewReply(
          { text, html: null, ...splitReply({ text, html: null }) },
          { technicianName: "Dana Wu", items },
        );
        const done = intend({ reading, edits, items });
        expect(done.filter(({ kind }) => kind === "release")).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
