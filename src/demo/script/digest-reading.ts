import type { KeptMail } from "../mailboxes.ts";

/** One numbered item, as a technician finds it in a digest's text. */
export interface DigestItem {
  readonly number: number;
  readonly ticketNumber: number;
}

/** `[Review] …`; what answers a review reply begins with `Re:`. */
export function isDigest(mail: KeptMail): boolean {
  return mail.letter.subject.startsWith("[Review]") && itemsOf(mail).length > 0;
}

export function itemsOf(mail: KeptMail): readonly DigestItem[] {
  return mail.letter.text.split("\n").flatMap((line) => {
    const found = /^(\d{1,3}) · #(\d{1,6}) · P[1-4] /.exec(line);
    return found === null ? [] : [{ number: Number(found[1]), ticketNumber: Number(found[2]) }];
  });
}

/** The draft of an item, as it stands between its marker lines; `null` where it has none. */
function draftIn(
  text: string,
  item: number,
): { readonly from: number; readonly to: number; readonly lines: readonly string[] } | null {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.includes(`[[ draft ${item} ·`));
  const end = lines.findIndex((line) => line.includes(`[[ end of draft ${item} ]]`));
  return start === -1 || end <= start
    ? null
    : { from: start + 1, to: end, lines: lines.slice(start + 1, end) };
}

/**
 * Change a draft where it stands in a quoted digest, as a person does who edits in the quote: the `> ` stays.
 * @throws Error where the quote holds no such draft, or the words to change are not in it.
 */
export function editQuotedDraft(quote: string, item: number, change: (draft: string) => string): string {
  const draft = draftIn(quote, item);
  if (draft === null) throw new Error(`the quoted digest has no draft ${item}`);
  const before = draft.lines.map((line) => line.replace(/^> ?/, "")).join("\n");
  const after = change(before);
  if (after === before) throw new Error(`nothing was changed in draft ${item}`);
  const lines = quote.split("\n");
  lines.splice(
    draft.from,
    draft.to - draft.from,
    ...after.split("\n").map((line) => (line === "" ? ">" : `> ${line}`)),
  );
  return lines.join("\n");
}
