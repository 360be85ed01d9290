import type { Filing } from "../../desk/filing.ts";
import type { FilingFacts } from "../../desk/filing-facts.ts";
import { sameAddress } from "../../mail/address.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { readForward } from "../../mail/reply/forward.ts";

interface FiledMail {
  readonly filing: Pick<Filing, "kind" | "code">;
  readonly facts: Pick<FilingFacts, "forward" | "deskAddresses">;
  readonly message: Pick<ParsedMessage, "text" | "newText">;
}

/** "Can you look at this, please? Thanks, Ana Ruiz" and a little more: who writes so much has said what it is about. */
const FEW_WORDS = 20;

/**
 * The text that a ticket is about. Of what a technician forwarded it is the client's. A client who opens a ticket with next
 * to no words and something passed on below them, a suspicious mail or a supplier's, means all of it, with the header that
 * tells where it is from. A mail of the desk itself below few words is a quote, not the matter.
 */
export function matterOf({ filing, facts, message }: FiledMail): string {
  if (filing.code === "forwarded-by-technician" && facts.forward !== null) return facts.forward.text;
  if (filing.kind !== "new-ticket" && filing.kind !== "spam-suspect") return message.newText;
  if (hasMoreWords(message.newText, FEW_WORDS)) return message.newText;
  const passedOn = readForward(message.text);
  if (passedOn === null || passedOn.text === "") return message.newText;
  const ours = facts.deskAddresses.some((address) => sameAddress(address, passedOn.address));
  return ours ? message.newText : message.text.trim();
}

/** Counted no further than that: a log has a hundred thousand. */
function hasMoreWords(text: string, words: number): boolean {
  let counted = 0;
  for (const _ of text.matchAll(/\S+/g)) if ((counted += 1) > words) return true;
  return false;
}
