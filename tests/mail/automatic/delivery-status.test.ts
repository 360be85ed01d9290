import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { classifyAutomatic } from "../../../src/mail/automatic/automatic.ts";
import { plainReason } from "../../../src/mail/automatic/delivery-reason.ts";
import { readDeliveryStatus } from "../../../src/mail/automatic/delivery-status.ts";
import { fixturesOf, readFixtureMail } from "../fixture-mail.ts";

interface Expected {
  readonly verdict: string;
  readonly deliveryStatus: Record<string, unknown> | null;
}

describe("notices as mail systems write them", () => {
  test.each(fixturesOf("bounce", ".eml"))("$name", ({ path }) => {
    const mail = readFixtureMail(path);
    const expected = JSON.parse(readFileSync(path.replace(/\.eml$/, ".json"), "utf8")) as Expected;
    const status = readDeliveryStatus(mail);
    if (expected.deliveryStatus === null) expect(status).toBeNull();
    else expect(status).toMatchObject(expected.deliveryStatus);
    const hasDeliveryStatusPart = mail.parts.some((part) => part.contentType === "message/delivery-status");
    expect(
      classifyAutomatic(mail.headers, { ...mail, reversePath: null, hasDeliveryStatusPart }).verdict,
    ).toBe(expected.verdict);
  });
});

describe("reasons in plain words", () => {
  test.each([
    ["5.1.1", "550 5.1.1 see our page about spam", "no such mailbox"],
    ["5.7.1", "554 5.7.1 Message rejected as spam by content filtering", "refused as spam"],
    ["5.2.2", "", "mailbox full"],
    ["5.2.3", "", "message too large"],
    ["", "552 Mailbox over quota", "mailbox full"],

    ["5.7.0", "550 5.7.0 refused", "refused by the recipient's policy"],
    ["5.1.2", "Host or domain name not found", "domain not found"],
    ["", "", "delivery failed"],
  ])("%s %s → %s", (status, diagnostic, reason) => {
    expect(plainReason(status, diagnostic, "hard")).toBe(reason);
  });

  test("an address in an answer is no status code", () => {
    const mail = readFixtureMail(fixturesOf("bounce", ".eml")[1]?.path ?? "");
    const text = mail.text.replace("550 No Such User Here", "550 5.1.1.2 is my address, no such user");
    expect(readDeliveryStatus({ ...mail, text })?.status).toBe("");
  });
});

test("a long hostile notice is read in bounded time and size", () => {
  const mail = readFixtureMail(fixturesOf("bounce", ".eml")[0]?.path ?? "");
  const text = "Final-Recipient: rfc822; a@b\nMessage-ID: <a@b>\n550 5.1.1 \n".repeat(20_000);
  const status = readDeliveryStatus({
    ...mail,
    text,
    parts: [{ contentType: "message/delivery-status", text }],
  });
  expect(status?.originalMessageIds.length).toBeLessThanOrEqual(20);
  expect(status?.diagnostic.length).toBeLessThan(5000);
});
