import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isHighRisk } from "../../../src/desk/risk.ts";
import { mailMayRelease } from "../../../src/review/item-gate.ts";
import { contextOf, mail, requestOf, starterEngine } from "../support.ts";

type Rows = Readonly<Record<"identity" | "payment" | "none", readonly (readonly [string, string])[]>>;
const rows = parse(readFileSync("tests/fixtures/triage/identity.yaml", "utf8")) as Rows;
const engine = await starterEngine();

async function handled(subject: string, newText: string) {
  const context = contextOf();
  const message = mail({ subject, newText });
  const triage = await engine.triage(message, context);
  const draft = await engine.draft(requestOf(triage, message, context));
  const risk = isHighRisk(triage.risks, {
    ticketType: triage.type.value,
    recipients: ["ana@contoso.example"],
    contacts: ["ana@contoso.example"],
    clientDomains: ["contoso.example"],
    technicianAddresses: ["dana@msp.example"],
  });
  return { draft, risk, byMail: mailMayRelease(risk.codes, draft.template) };
}

describe("who asks for access or about bank details", () => {
  it.each([...rows.identity, ...rows.payment])("is called back: %s: %s", async (subject, text) => {
    const { draft, risk, byMail } = await handled(subject, text);
    expect(draft.template).toMatch(/^client\/(?:identity-callback|security-)/);
    expect(risk.highRisk).toBe(true);
    expect(byMail).toBe("unedited");
  });

  it.each(rows.none)("and who does not is answered: %s: %s", async (subject, text) => {
    const { draft, risk } = await handled(subject, text);
    expect(draft.template).not.toMatch(/^client\/(?:identity-callback|security-)/);
    expect(risk.highRisk).toBe(false);
  });
});
