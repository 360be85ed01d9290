const LONGEST = 1200;

/**
 * The passage of an article (Markdown) that answers best, plain as written: the whole of a short article, else the section
 * under one heading that holds most of the words, else its first part. At most 1,200 characters, cut at a paragraph.
 * @param words in lower case
 */
export function articleExcerpt(body: string, words: readonly string[]): string {
  const sections = body
    .split(/^#{1,6}[ \t].*$/m)
    .map((section) => section.trim())
    .filter((section) => section !== "");
  const whole = sections.join("\n\n");
  if (whole.length <= LONGEST) return whole;
  let best = sections[0] ?? "";
  let most = -1;
  for (const section of sections) {
    const text = section.toLowerCase();
    const hits = words.filter((word) => text.includes(word)).length;
    if (hits > most) [best, most] = [section, hits];
  }
  return firstParagraphs(best);
}

/** Whole paragraphs while they fit; a list stays with the words that introduce it because it follows them. */
function firstParagraphs(section: string): string {
  let kept = "";
  for (const paragraph of section.split(/\n\s*\n/)) {
    if (kept !== "" && kept.length + paragraph.length + 2 > LONGEST) break;
    kept += (kept === "" ? "" : "\n\n") + paragraph;
  }
  return kept.slice(0, LONGEST);
}
