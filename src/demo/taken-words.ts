import type { Taken } from "./deliver-mails.ts";

/** What became of a support mail, in a few words. */
export function takenInWords({
  disposition,
  ticketNumber,
}: Pick<Taken, "disposition" | "ticketNumber">): string {
  const number = ticketNumber === null ? "" : ` #${ticketNumber}`;
  switch (disposition) {
    case "new-ticket":
      return `opened${number}`;
    case "follow-up":
      return `joined${number}`;
    case "spam-suspect":
      return `looks like spam${number}`;
    case "automatic":
      return "automatic, not answered";
    case "delivery-status":
      return "a bounce, not answered";
    default:
      return `${disposition}${number}`;
  }
}
