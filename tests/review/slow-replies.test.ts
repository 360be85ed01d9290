import { describe, expect, it } from "vitest";
import { readReviewReply } from "../../src/review/reading/reply-reading.ts";
import { changedPhrases } from "../../src/review/rewrites.ts";
import { cpuMsOf } from "../support/cpu-time.ts";

/** Threat 40: what a technician's mailbox may send, built to be slow. */

const read = (text: string): unknown =>
  readReviewReply(
    { text, newText: text, quotedText: "", html: null },
    { technicianName: "Dana Wu", items: [] },
  );

function filled(shape: string, length: number): string {
  return `send 1\n\n${shape.repeat(length / shape.length)}`;
}

describe("40 · a reply built to be slow", () => {
  it.each(
    [
      ["approve 1", "reject 1", "priority 1", "stop", "help", "run 1", "snooze 1", "assign 1 to", "undo 1"],
      ["send 1 without", "merge 1 into", "time 1", "category 1", "note 1:", "attach 1", "take all"],
    ].flat(),
  )("blanks behind %s, on 200 lines", (verb) => {
    const text = `${verb}${" ".repeat(1900)}x\n`.repeat(200);
    expect(cpuMsOf(() => read(text))).toBeLessThan(500);
  });
});

describe("40 · a reply with thousands of commands", () => {
  it.each(["approve 1", "assign 1 to Dana", "stop", "reject 1: no", "help"])("%s", (line) => {
    const text = `${line}\n`.repeat(3000);
    const { reading } = readReviewReply(
      { text, newText: text, quotedText: "", html: null },
      { technicianName: "Dana Wu", items: [] },
    );
    // A reason takes the lines below it, also where they read like commands.
    expect(reading.commands.length).toBeLessThanOrEqual(201);
    expect(reading.commands.length).toBeGreaterThanOrEqual(200);
    if (!line.startsWith("reject")) expect(reading.notUnderstood).toHaveLength(2800);
  });
});

describe("40 · the drafts of a digest that asks about fifty", () => {
  const items = Array.from({ length: 50 }, (_, at) => ({ number: at + 1, draftText: `Hello ${at}` }));
  const readAll = (text: string, html: string | null): unknown =>
    readReviewReply({ text, newText: "send 1", quotedText: "", html }, { technicianName: "Dana Wu", items });

  it.each(["[", "[[d", "[[draft", "[[draft1 ", "[[ draft 1\n", "[[ end of draft 1 ]]\n", "> [\n", "a\n"])(
    "in a text of %j",
    (shape) => {
      const text = filled(shape, 400_000);
      expect(cpuMsOf(() => readAll(text, null))).toBeLessThan(1500);
    },
  );

  it.each(["<p>a</p>", "<blockquote>a", "<a href=x>a</a>", "[[ draft 1<br>"])("in HTML of %j", (shape) => {
    const html = filled(shape, 100_000);
    expect(cpuMsOf(() => readAll("send 1", html))).toBeLessThan(1500);
  });
});

describe("40 · a rewrite built to be slow", () => {
  it("a draft that ends in marks", () => {
    const released = `Hello you${" -".repeat(25_000)}x`;
    expect(cpuMsOf(() => changedPhrases([{ proposed: "Hello", released }], 5))).toBeLessThan(1000);
  });

  it("drafts to which a log was added", () => {
    const released = `Hello you ${"a log line\n".repeat(40_000)}`;
    const pairs = Array.from({ length: 30 }, () => ({ proposed: "Hello", released }));
    expect(cpuMsOf(() => changedPhrases(pairs, 5))).toBeLessThan(1000);
  });
});
