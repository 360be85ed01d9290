import { describe, expect, it } from "vitest";
import { formOf } from "../../src/assistant/learning/form.ts";
import { redraft } from "../../src/assistant/local/redraft.ts";
import { findSensitive } from "../../src/assistant/sensitive.ts";
import { cluesOf } from "../../src/assistant/spam/clues/clues.ts";
import { cpuMsOf } from "../support/cpu-time.ts";
import { mailOf } from "./spam/support.ts";

/** Threat 40: what anybody may write, built to be slow, costs the desk's thread no more than any other mail of its length. */

const HEAD = ["From: Eve <eve@b.cc>", "To: support@northwind.example", "Subject: Offer"];
const TEXT = ["", "Hello"];
const htmlOf = (html: string): readonly string[] => [...HEAD, "Content-Type: text/html", "", html];

/** Anything that is tried again at each character needs seconds for these. */
const BUDGET_MS = 400;

describe("40 · clues of a mail that is built to be slow", () => {
  it.each<[string, readonly string[]]>([
    ["a display name of 100,000 letters", [`From: ${"a".repeat(100_000)} <eve@b.cc>`, ...TEXT]],
    ["a text of empty lines", [...HEAD, "", "\r\n".repeat(30_000), "x"]],
    ["a text of blanks", [...HEAD, "", `${" ".repeat(30_000)}x`]],
    ["links of dots", htmlOf(`<a href="http://${".".repeat(1900)}a">x</a>`.repeat(130))],
    ["links of marks in the text", [...HEAD, "", `http://${"!".repeat(490)}a `.repeat(2000)]],
    ["a Return-Path without an address", [`Return-Path: ${"a".repeat(100_000)}`, ...HEAD, ...TEXT]],
    ["a subject of blanks", [...HEAD.slice(0, 2), `Subject: a${" ".repeat(3000)}b b`, ...TEXT]],
    [
      "servers with many @",
      [
        ...Array.from({ length: 8 }, () => `Received: ${"@".repeat(400)} x@${".b.cc".repeat(110)}@`),
        ...HEAD,
        ...TEXT,
      ],
    ],
  ])("%s", async (_, lines) => {
    const message = await mailOf(...lines);
    const look = (): unknown => cluesOf(message, null);
    look();
    expect(cpuMsOf(look)).toBeLessThan(BUDGET_MS);
  });
});

function repeated(times: number, look: () => unknown): () => void {
  return () => {
    for (let time = 0; time < times; time += 1) look();
  };
}

describe("40 · other looks at a text that is built to be slow", () => {
  it.each<[string, () => void]>([
    [
      "its form, of empty lines",
      repeated(60, () => formOf({ subject: "x", body: `x${"\n".repeat(2990)}x`, facts: [] }, [], [])),
    ],
    ["secrets in one long word", () => findSensitive("password=Aa1!".repeat(3800))],
    ["words before a secret in one long word", () => findSensitive("pin:=".repeat(10_000))],
    [
      "an instruction of blanks",
      repeated(60, () =>
        redraft({ instruction: `${" ".repeat(3990)}x`, previous: "Hello.", phrases: { ask: [] } as never }),
      ),
    ],
  ])("%s", (_, look) => {
    expect(cpuMsOf(look)).toBeLessThan(BUDGET_MS);
  });
});
