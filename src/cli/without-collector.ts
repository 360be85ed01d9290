import type { Mailbox, ParsedMessage } from "../mail/message.ts";
import { withoutListFooter, withoutListTag } from "./list-marks.ts";

/**
 * Fields that tell who collected a mail, or through which list it came: in a collection they stand for the label. A desk
 * may read them; a measurement that did would flatter itself.
 */
const COLLECTORS =
  /^(?:list-|x-spam|x-mailman|x-beenthere|x-list|x-loop|x-egroups|x-yahoogroups|x-original-date|x-mailscanner|x-pyzor|x-bogosity|x-status|x-keywords|x-uid|x-imap|x-mozilla|x-evolution|x-sieve|x-delivery|x-apparently-to|delivered-to|delivery-date|envelope-to|errors-to|precedence|sender$|mailing-list|mail-followup-to|status$|old-return-path|resent-)/;

/** A mail of a collection as it would have come by itself: without the collector's fields, the list's marks, and whose mailbox it was. */
export function withoutCollector(message: ParsedMessage): ParsedMessage {
  const own = [...message.to, ...message.cc];
  const text = withoutListFooter(message.text);
  return {
    ...message,
    headers: message.headers.filter(({ name }) => !COLLECTORS.test(name)),
    automatic: message.automatic.verdict === "list" ? { verdict: "no", reasons: [] } : message.automatic,
    subject: withoutAddressees(withoutListTag(message.subject), own),
    text,
    newText: withoutAddressees(withoutListFooter(message.newText), own),
  };
}

/**
 * Whom the mail is to is left out of its words, and of every address only its domain stays: else a filter would learn
 * which mailbox a mail came from, not what it is.
 */
function withoutAddressees(text: string, own: readonly Mailbox[]): string {
  let out = text.replace(
    /[\w.+=-]{1,64}@([\w.-]{1,100})/g,
    (_, domain: string) => ` address ${domain.replaceAll(".", "_")} `,
  );
  for (const { address } of own.slice(0, 5)) {
    const local = address.slice(0, address.lastIndexOf("@"));
    if (local.length >= 4) out = out.replaceAll(local, "addressee");
  }
  return out;
}
