import { describe, expect, test } from "vitest";
import { isHighRisk } from "../../src/desk/risk.ts";
import type { RiskFacts } from "../../src/desk/risk.ts";
import type { RiskFlag } from "../../src/desk/triage.ts";

const FACTS: RiskFacts = {
  ticketType: "incident",
  recipients: ["ana@contoso.example"],
  contacts: ["ana@contoso.example"],
  clientDomains: ["contoso.example"],
  technicianAddresses: ["dana@msp.example"],
};
const flag = (kind: RiskFlag["kind"]): RiskFlag => ({ kind, evidence: "seen" });

interface Case {
  readonly name: string;
  readonly risks?: readonly RiskFlag[];
  readonly facts?: Partial<RiskFacts>;
  readonly codes: readonly string[];
}
const CASES: readonly Case[] = [
  { name: "nothing", codes: [] },
  { name: "identity", risks: [flag("identity")], codes: ["identity"] },
  { name: "security by flag", risks: [flag("security")], codes: ["security"] },
  { name: "security by type", facts: { ticketType: "security-incident" }, codes: ["security"] },
  {
    name: "security by both counts once",
    risks: [flag("security")],
    facts: { ticketType: "security-incident" },
    codes: ["security"],
  },
  { name: "payment", risks: [flag("payment")], codes: ["payment"] },
  { name: "legal words alone are no high risk", risks: [flag("legal")], codes: [] },
  {
    name: "27 · the client shares the technicians' domain",
    facts: { clientDomains: ["MSP.example"], recipients: ["ana@msp.example"] },
    codes: ["shared-domain"],
  },
  {
    name: "27 · a recipient shares it",
    facts: { recipients: ["x@msp.example"], contacts: ["x@msp.example"] },
    codes: ["shared-domain"],
  },
  {
    name: "one freemail provider is not one organisation",
    facts: {
      technicianAddresses: ["dana@gmail.com"],
      recipients: ["ana@gmail.com"],
      contacts: ["ana@gmail.com"],
    },
    codes: [],
  },
  {
    name: "a recipient outside",
    facts: { recipients: ["ana@contoso.example", "x@other.example"] },
    codes: ["foreign-recipient"],
  },
  {
    name: "a freemail contact is known",
    facts: { recipients: ["ana.r@gmail.com"], contacts: ["Ana.R@gmail.com"] },
    codes: [],
  },
  {
    name: "a freemail stranger is not, even where the client lists the domain",
    facts: { recipients: ["eve@gmail.com"], clientDomains: ["gmail.com"] },
    codes: ["foreign-recipient"],
  },
  {
    name: "several at once",
    risks: [flag("identity"), flag("payment")],
    facts: { recipients: ["x@other.example"] },
    codes: ["identity", "payment", "foreign-recipient"],
  },
];

describe("isHighRisk", () => {
  test.each(CASES)("$name", ({ risks, facts, codes }) => {
    const risk = isHighRisk(risks ?? [], { ...FACTS, ...facts });
    expect(risk.codes).toEqual(codes);
    expect(risk.highRisk).toBe(codes.length > 0);
    expect(risk.reasons).toHaveLength(codes.length);
  });
});
