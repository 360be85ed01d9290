import { describe, expect, it } from "vitest";
import { callWanted } from "../../../src/assistant/local/call-wanted.ts";
import { contextOf, mail, requestOf, starterEngine } from "../support.ts";

describe("who asks to be rung", () => {
  it.each([
    "I expect somebody to ring me today on 020 7946 0112.",
    "Please call me back.",
    "pls call me asap, nothing works at reception and the first patient is at 8",
    "Could someone give me a ring before noon?",
    "Rufen Sie mich bitte zurück.",
    "Bitte um Rückruf.",
    "Pourriez-vous me rappeler ?",
    "Llámeme cuando pueda.",
    "Kunt u mij terugbellen?",
    "Potete richiamarmi?",
    "Podem ligar-me?",
  ])("%s", (sentence) => {
    expect(callWanted(["Hello.", sentence])).toBe(sentence);
  });

  it.each([
    "Nobody has called me back.",
    "Ring me if anything is unclear.",
    "Wenn etwas unklar ist, rufen Sie mich an.",
    "The phones do not ring.",
    "I have a client call at 11.",
    "They call us every day about the website.",
  ])("not: %s", (sentence) => {
    expect(callWanted([sentence])).toBeNull();
  });

  it("is shown to the reviewer, since the draft is a mail", async () => {
    const engine = await starterEngine();
    const message = mail({
      subject: "Outlook",
      newText: "Outlook asks me for a password every ten minutes. Please call me today.",
    });
    const triage = await engine.triage(message, contextOf());
    const { warnings } = await engine.draft(requestOf(triage, message, contextOf()));
    expect(warnings).toContain(
      "They ask for a call: “Please call me today.” The draft does not speak of one.",
    );
  });
});
