/** Lines at the end of a text among which a list's footer is looked for. */
const FOOTER_LINES = 14;
const RULE = /^(?:[_=*-]{20,}|-- ?)$/;
const LIST_WORDS =
  /mailing list|list maintainer|listinfo|un-?subscri(?:be|ption)|post messages|mailman|groups\.google/i;

/** A subject without the name that a list puts before it: `[staff] Printer` → `Printer`. Who sent it is no word of it. */
export function withoutListTag(subject: string): string {
  return subject.replace(/^(\s*(?:re:\s*){0,3})\[[\w .-]{2,30}\]\s*/i, "$1");
}

/** A text without the lines that a list puts below it: they are the same under what spammers and people write there. */
export function withoutListFooter(text: string): string {
  const lines = text.trimEnd().split("\n");
  for (let at = Math.max(0, lines.length - FOOTER_LINES); at < lines.length; at += 1) {
    if (!RULE.test((lines[at] ?? "").trim())) continue;
    if (LIST_WORDS.test(lines.slice(at).join("\n"))) return lines.slice(0, at).join("\n");
  }
  return text;
}
