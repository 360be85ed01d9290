import { addressSet, domainOf, isFreemail } from "../mail/address.ts";
import { isUnderDomains } from "./address-domain.ts";
import type { RiskFlag } from "./triage.ts";
import type { TicketType } from "./ticket.ts";

export interface RiskFacts {
  readonly ticketType: TicketType;
  /** addr-specs that the draft would go to: To and Cc. */
  readonly recipients: readonly string[];
  /** addr-specs known for this ticket: its participants and its client's contacts. */
  readonly contacts: readonly string[];
  readonly clientDomains: readonly string[];
  /** Every address registered for a technician. */
  readonly technicianAddresses: readonly string[];
}

/** Why an item is high-risk, for the gate: each asks for something of its own (protocol §3, 6 and §4). */
export type HighRiskCode = "identity" | "security" | "payment" | "shared-domain" | "foreign-recipient";

export interface HighRisk {
  readonly highRisk: boolean;
  readonly codes: readonly HighRiskCode[];
  /** One sentence for each code, in the same order. */
  readonly reasons: readonly string[];
}

/** Whether an item may never ride along in `approve all`, nor go out by a policy. */
export function isHighRisk(risks: readonly RiskFlag[], facts: RiskFacts): HighRisk {
  const found: { code: HighRiskCode; reason: string }[] = [];

  const identity = risks.find((risk) => risk.kind === "identity");
  if (identity !== undefined)
    found.push({
      code: "identity",
      reason: `It asks for access or an identity change (${identity.evidence}).`,
    });

  const security = risks.find((risk) => risk.kind === "security");
  if (security !== undefined)
    found.push({ code: "security", reason: `It may be a security incident (${security.evidence}).` });
  else if (facts.ticketType === "security-incident")
    found.push({ code: "security", reason: "The ticket is a security incident." });

  const payment = risks.find((risk) => risk.kind === "payment");
  if (payment !== undefined)
    found.push({ code: "payment", reason: `It is about payment details (${payment.evidence}).` });

  const shared = sharedDomain(facts);
  if (shared !== null) {
    found.push({
      code: "shared-domain",
      reason: `The client writes from ${shared}, which technicians use too: a mailed approval cannot be told from the client's own mail.`,
    });
  }

  const contacts = addressSet(facts.contacts);
  const foreign = facts.recipients.filter(
    (address) => !contacts.has(address) && !isUnderDomains(address, facts.clientDomains),
  );
  if (foreign.length > 0) {
    found.push({
      code: "foreign-recipient",
      reason: `It would go to ${foreign.join(", ")}, outside the ticket's contacts and the client's domains.`,
    });
  }
  return {
    highRisk: found.length > 0,
    codes: found.map((one) => one.code),
    reasons: found.map((one) => one.reason),
  };
}

/**
 * The domain that a recipient or the client has in common with a technician. A freemail domain counts only by the whole
 * address: two people at one large provider are not one organisation.
 */
function sharedDomain(facts: RiskFacts): string | null {
  const addressedDomains = new Set(facts.recipients.map(domainOf));
  for (const technician of facts.technicianAddresses) {
    const domain = domainOf(technician);
    if (domain === "" || isFreemail(domain)) continue;
    const owned = facts.clientDomains.some((one) => one.toLowerCase() === domain);
    if (owned || addressedDomains.has(domain)) return domain;
  }
  return null;
}
