/** How a mail was made and sent, where it speaks for bulk mail or fraud whatever the mail says: points and words for a technician. */
const SIGNS: Readonly<Record<string, readonly [points: number, says: string]>> = {
  "no:message-id": [1, "it has no Message-ID"],
  "no:date": [1, "it has no date"],
  "no:to": [0.5, "it names no recipient"],
  "to:undisclosed": [1, "its recipients are hidden"],
  "to:author": [1, "it is addressed to its own sender"],
  "to:neighbours": [1.5, "it goes to neighbours on a list of addresses"],
  "date:impossible-zone": [1.5, "its date has a time zone that does not exist"],
  "id:not-outlook": [1.5, "it says that Outlook wrote it, and its Message-ID is none of Outlook's"],
  "reply:freemail-for-company": [2, "replies to a company's mail would go to a free mailbox"],
  "reply:other-owner": [1, "replies would go elsewhere"],
  "from:name-shows-other-address": [2, "the sender's name shows another address"],
  "subject:capitals": [0.5, "its subject is all capitals"],
  "subject:reply-to-nothing": [1, "its subject answers a mail that it does not refer to"],
  "subject:code-at-end": [1, "its subject ends with a code"],
  "subject:spaced-out": [1.5, "its subject is spelt with gaps"],
  "hop:may-be-forged": [0.5, "the sending server's name does not fit its address"],
  "html:picture-only": [1, "it is one picture with a link"],
  "html:broken-words:4": [2, "words are broken by invisible marks"],
  "html:encoded-letters:8": [1.5, "ordinary letters are written so that filters cannot read them"],
  "html:hidden-text:8": [1.5, "it holds text that nobody sees"],
  "text:spaced-letters": [1, "words are spelt with gaps"],
  "spf:fail": [1.5, "its domain says that this server may not send for it (SPF)"],
  "dmarc:fail": [1.5, "its domain says that it is a forgery (DMARC)"],
  "field:in-reply-to": [-1, ""],
  "text:attribution": [-1, ""],
};

/** The clues that speak for bulk mail or fraud. */
export const SUSPICIOUS: readonly string[] = Object.entries(SIGNS).flatMap(([clue, [points]]) =>
  points > 0 ? [clue] : [],
);

interface Suspicion {
  readonly points: number;
  /** Up to three sentences, heaviest first. */
  readonly says: readonly string[];
}

export function suspicionOf(clues: readonly string[]): Suspicion {
  const signs = [...new Set(clues)]
    .flatMap((clue) => (Object.hasOwn(SIGNS, clue) ? [SIGNS[clue]!] : []))
    .sort(([left], [right]) => right - left);
  return {
    points: signs.reduce((sum, [points]) => sum + points, 0),
    says: signs
      .filter(([, says]) => says !== "")
      .slice(0, 3)
      .map(([, says]) => says),
  };
}
