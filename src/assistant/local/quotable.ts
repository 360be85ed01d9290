/** A client's words that go back into a mail: plain text, no link, no markup, no shouting marks; "" where little is left. */
export function quotable(text: string, longest: number): string {
  if (/https?:|www\.|@|\]\(|[<>{}]/i.test(text)) return "";
  const plain = text
    .replaceAll(/[*_`#|~\\[\]"“”„]/gu, " ")
    .replaceAll(/[!¡]+/g, "")
    .replaceAll(/\p{C}/gu, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/(?<![.,;:…\s])[.,;:…\s]+$/u, "");
  return plain.length > longest || !/\p{L}{2}/u.test(plain) ? "" : plain;
}
