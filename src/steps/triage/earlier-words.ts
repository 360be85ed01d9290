import { readLetter } from "../../assistant/local/letter.ts";
import { shortened } from "../../review/presentation.ts";
import type { EarlierView } from "../../review/digest-view.ts";
import type { ExchangedMail } from "../../store/exchange.ts";
import { clockTime } from "../words.ts";

/** The mail that began it, and the last of what followed; what lies between is counted. */
const LAST = 3;
const FIRST_WORDS = 240;
const LATER_WORDS = 140;

/** What came before a message, in brief: who wrote what when. `mails` are the ticket's, oldest first. */
export function earlierWords(
  mails: readonly ExchangedMail[],
  before: number,
  clock: { readonly now: Date; readonly timeZone: string },
): readonly EarlierView[] {
  const earlier = mails.filter((mail) => mail.id < before);
  const at = earlier.length > LAST + 1 ? earlier.length - LAST : 1;
  const view = (mail: ExchangedMail, most: number): EarlierView => ({
    who: who(mail),
    when: clockTime(new Date(mail.receivedAt), clock.now, clock.timeZone),
    words: mail.acknowledgement ? "" : opening(mail.opening, most),
  });
  const [first] = earlier;
  if (first === undefined) return [];
  const left = at - 1;
  return [
    view(first, FIRST_WORDS),
    ...(left === 0
      ? []
      : [{ who: `${left} more ${left === 1 ? "mail" : "mails"} in between`, when: "", words: "" }]),
    ...earlier.slice(at).map((mail) => view(mail, LATER_WORDS)),
  ];
}

function who({ direction, fromName, fromAddress, acknowledgement }: ExchangedMail): string {
  // The desk writes as `Dana Wu · Northwind Support`.
  const name = fromName.split(" · ")[0]?.trim() || fromAddress || "Somebody";
  if (direction === "in") return `${name} wrote`;
  return acknowledgement ? `${name} said that the mail has arrived` : `${name} answered`;
}

/** Without greeting, closing and signature, on one line: every mail begins with “Hi Ana,”. */
function opening(text: string, most: number): string {
  const words = readLetter(text).body.trim() || text;
  return shortened(words.split(/\s+/).join(" ").trim(), most);
}
