import { isUnderDomains } from "../../desk/address-domain.ts";
import { RISK_KINDS } from "../../desk/triage.ts";
import type { RiskFlag, RiskKind } from "../../desk/triage.ts";
import type { Client } from "../../desk/ticket.ts";
import { domainOf, sameAddress } from "../../mail/address.ts";
import { hasHiddenCharacters, hasMixedScripts } from "../../mail/parse/header-text.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import type { Evidence } from "./evidence.ts";
import { LOOKED_AT } from "./evidence.ts";
import type { Rule, Signal } from "./rules.ts";
import { wordsOf } from "./words.ts";

/** A rule's own risk counts also when another rule wins, from this much evidence on. */
const ENOUGH = 4;

const SIGNAL_RISKS: readonly (readonly [Signal, RiskKind])[] = [
  ["risk-identity", "identity"],
  ["risk-security", "security"],
  ["risk-legal", "legal"],
  ["risk-payment", "payment"],
];

/**
 * One flag a kind, in the order of `RISK_KINDS`. A risk flag only ever lowers what may happen alone, so it is quick to rise.
 *
 * @param likely rules of categories that may be meant, by what was learned
 */
export function findRisks(
  message: Pick<ParsedMessage, "from" | "replyTo" | "subject" | "newText">,
  client: Client | null,
  evidence: Evidence,
  chosen: Rule,
  likely: readonly Rule[] = [],
): readonly RiskFlag[] {
  const found = new Map<RiskKind, string>();
  const flag = (kind: RiskKind, why: string | null | undefined): void => {
    if (why !== null && why !== undefined && !found.has(kind)) found.set(kind, why);
  };
  for (const { rule, forIt, score, evidence: says } of evidence.rules) {
    if (rule.risk !== null && (rule === chosen || (forIt >= ENOUGH && score > 0))) flag(rule.risk, says[0]);
  }
  for (const [signal, kind] of SIGNAL_RISKS) {
    const says = evidence.signals.get(signal)?.[0];
    if (says !== undefined) flag(kind, `the mail says "${says}"`);
  }
  for (const { risk, category } of likely) {
    if (risk !== null) flag(risk, `mails like this were filed under "${category}"`);
  }
  flag("spoofing", pretence(message, client));
  flag("hidden-text", hidden(message));
  return RISK_KINDS.filter((kind) => found.has(kind)).map((kind) => ({
    kind,
    evidence: found.get(kind) ?? "",
  }));
}

/** A display name that holds another address, or a Reply-To that leads elsewhere. */
function pretence(message: Pick<ParsedMessage, "from" | "replyTo">, client: Client | null): string | null {
  const [author] = message.from;
  if (author === undefined) return null;
  for (const word of wordsOf(author.name.replaceAll(/[<>()"']/g, " ").slice(0, 500))) {
    if (word.kind !== "address" || sameAddress(word.text, author.address)) continue;
    if (domainOf(word.text).includes(".")) {
      return `the sender's name shows ${word.text}, the address is ${author.address}`;
    }
  }
  const own = [domainOf(author.address), ...(client?.domains ?? [])];
  const elsewhere = message.replyTo.find(
    ({ address }) => !sameAddress(address, author.address) && !isUnderDomains(address, own),
  );
  return elsewhere === undefined
    ? null
    : `replies would go to ${elsewhere.address}, not to ${author.address}`;
}

/** A byte order mark or a soft hyphen is a mail program's habit; a direction override or a mixed word is not. */
function hidden(message: Pick<ParsedMessage, "from" | "subject" | "newText">): string | null {
  const head = `${message.from.map((one) => one.name).join(" ")} ${message.subject}`;
  const text = message.newText.slice(0, LOOKED_AT);
  if (hasHiddenCharacters(head)) return "characters that nobody can see, in the subject or the sender's name";
  if (/[\u202a-\u202e\u2066-\u2069]/.test(text)) return "characters that change the direction of the text";
  // Some newsletters and copies from web pages hold one or two; many part words so that filters miss them.
  const invisible = text.match(/[\u200b-\u200d\u2060-\u2064]/g)?.length ?? 0;
  if (invisible >= 5 && hasHiddenCharacters(text)) return `${invisible} characters that nobody can see`;
  // Without a Greek or Cyrillic letter no word can mix them in; most mails end here.
  const both = `${head} ${text}`;
  if (/[\u0370-\u03ff\u0400-\u052f\u1f00-\u1fff]/.test(both) && hasMixedScripts(both)) {
    return "a word that mixes alphabets";
  }
  return null;
}
