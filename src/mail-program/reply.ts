import type { Correspondent, Letter } from "./letter.ts";
import { written } from "./letter.ts";
import type { Writing } from "./writing.ts";

/** Where a mail program puts the cursor: above the quote (Outlook, Gmail) or below it (Thunderbird, for some). */
export type Posting = "top" | "bottom";

/**
 * The mail that a Reply button opens: to the Reply-To, with the whole mail quoted below an attribution line.
 * `words` is what the person adds; "" leaves room for it.
 */
export function replyTo(
  letter: Letter,
  from: Correspondent,
  words: string,
  posting: Posting = "top",
): Writing {
  const quote = quoted(letter);
  return {
    from,
    to: written(letter.replyTo ?? letter.from),
    subject: /^re:/i.test(letter.subject) ? letter.subject : `Re: ${letter.subject}`,
    text: posting === "top" ? `${words}\n\n${quote}\n` : `${quote}\n\n${words}\n`,
    inReplyTo: letter.messageId === "" ? null : letter.messageId,
    references: [...letter.references, letter.messageId].filter((id) => id !== ""),
  };
}

/** `On Tue, 12 May 2026 at 09:02, Ana Ruiz <ana@contoso.example> wrote:` and every line behind `> `. */
export function quoted(letter: Letter): string {
  const lines = letter.text
    .split("\n")
    .map((line) => (line === "" || line.startsWith(">") ? `>${line}` : `> ${line}`));
  return [`On ${attributionDate(letter.date)}, ${written(letter.from)} wrote:`, "", ...lines].join("\n");
}

function attributionDate(date: Date): string {
  const day = date.toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  return `${day} at ${date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}
