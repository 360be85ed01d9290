import type { TicketType } from "../../desk/ticket.ts";
import type { Finding } from "../../desk/triage.ts";
import type { Rule } from "../local/rules.ts";
import { ON_PURPOSE, type Deception } from "./deception.ts";

export interface PassedOnFraud {
  readonly rule: Rule;
  readonly category: Finding<string>;
  readonly type: Finding<TicketType>;
}

/** As sure as a sign in the mail itself can be, whatever the words round it are. */
const SURE = 0.8;

/**
 * A known client's mail with something in it that leads astray on purpose is about that, and so is one that passes on
 * what would be spam from a stranger, though the fraud's own words
 * ("your mailbox is full") read like another matter: nobody may be sent the answer to what a fraud pretends.
 * `null` where there is no such thing, or the table has no rule for it.
 */
export function passedOnFraud(
  mail: {
    readonly known: boolean;
    readonly deceptions: readonly Deception[];
    /** It passes on what would be spam from a stranger. */
    readonly passedOnSpam: boolean;
  },
  rules: readonly Rule[],
): PassedOnFraud | null {
  const says = mail.deceptions
    .filter((one) => one.kind === "link" && one.weight >= ON_PURPOSE)
    .map((one) => one.sentence);
  if (says.length === 0 && mail.passedOnSpam) says.push("a client passes on what looks like spam");
  if (!mail.known || says.length === 0) return null;
  const meant = rules.filter((rule) => rule.risk === "security" && rule.type === "security-incident");
  const rule = meant.find(({ category }) => category === "phishing") ?? meant[0];
  if (rule === undefined) return null;
  const evidence = says.slice(0, 3);
  return {
    rule,
    category: { value: rule.category, confidence: SURE, evidence },
    type: { value: "security-incident", confidence: SURE, evidence },
  };
}
