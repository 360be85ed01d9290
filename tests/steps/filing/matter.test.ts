import { describe, expect, test } from "vitest";
import { parseMessage } from "../../../src/mail/parse/parse.ts";
import { matterOf } from "../../../src/steps/filing/matter.ts";
import { rawMail } from "../../support/mail-program.ts";

const FORWARDED = `---------- Forwarded message ---------
From: Bank Service <service@bank.example>
Date: Tue, 24 Nov 2026 at 09:12
Subject: Your account is locked
To: <ana@contoso.example>

Log in within 24 hours, or your account is closed.`;

async function matter(
  text: string,
  filing: { kind: "new-ticket" | "follow-up"; code: string },
): Promise<string> {
  const { raw } = rawMail({ from: "ana@contoso.example", subject: "Fwd: Your account is locked", text });
  const message = await parseMessage({ bytes: Buffer.from(raw) });
  return matterOf({ message, filing, facts: { forward: null, deskAddresses: ["support@desk.example"] } });
}
const opens = { kind: "new-ticket", code: "first-message" } as const;

describe("what a ticket is about", () => {
  test.each([
    ["", "without a word"],
    ["Is this real?\n\nThanks, Ana", "with few words"],
  ])("%j above a forwarded mail: all of it, with where it is from", async (words) => {
    const said = await matter(`${words}\n\n${FORWARDED}\n`, opens);
    expect(said.startsWith(words)).toBe(true);
    expect(said).toContain("From: Bank Service <service@bank.example>");
    expect(said).toContain("Log in within 24 hours");
  });

  test("who writes what it is about has said it", async () => {
    const words = `My printer prints every page twice. ${"It does so since the update of this morning. ".repeat(3)}`;
    expect(await matter(`${words}\n\n${FORWARDED}\n`, opens)).toBe(words.trim());
  });

  test("a quote of the desk's own mail is none of the matter, nor is what stands below a follow-up", async () => {
    const own = FORWARDED.replace("service@bank.example", "support@desk.example");
    expect(await matter(`And now?\n\n${own}\n`, opens)).toBe("And now?");
    expect(await matter(`And now?\n\n${FORWARDED}\n`, { kind: "follow-up", code: "known-reference" })).toBe(
      "And now?",
    );
  });

  test("few words alone stay few", async () => {
    expect(await matter("It broke.", opens)).toBe("It broke.");
  });
});
