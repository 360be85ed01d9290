/**
 * Words that mail programs put before a subject, lower case: reply and forward in English, German, Dutch, the Nordic
 * languages, French, Italian, Spanish, Portuguese, Polish, Czech, Turkish, Hungarian, Romanian, Indonesian, Chinese,
 * Japanese and Korean.
 */
const prefixes = new Set(
  (
    "re fw fwd aw antw wg sv vs vb vl res enc rv r rif i tr ref odp pd ynt ilt bls trs doorst betr vá továbbítás " +
    "回复 回覆 答复 转发 轉寄 返信 転送 회신 전달 αντ απ"
  ).split(" "),
);

/** Banners that gateways add: `[External]`, `[EXT]`. */
const banners = new Set([
  "external",
  "ext",
  "extern",
  "external email",
  "external mail",
  "caution: external",
]);

/**
 * The subject without reply and forward prefixes, the ticket's reference and gateway banners, white space folded; its
 * case is kept. Two mails of one conversation have the same one.
 */
export function canonicalSubject(subject: string): string {
  let rest = subject.replace(/\s/g, " ").trim();
  for (;;) {
    const shorter = withoutPrefix(withoutBracket(rest));
    if (shorter === rest) break;
    rest = shorter;
  }
  const parts: string[] = [];
  let position = 0;
  for (const reference of rest.matchAll(ticketReference)) {
    parts.push(rest.slice(position, reference.index));
    position = reference.index + reference[0].length;
  }
  parts.push(rest.slice(position));
  return parts
    .join(" ")
    .split(" ")
    .filter((word) => word !== "")
    .join(" ");
}

const ticketReference = /\[#([1-9][0-9]{0,8})\]/g;

/** The ticket number in `[#1042]`; the first where there are several; `null` without one. */
export function ticketReferenceIn(subject: string): number | null {
  const found = /\[#([1-9][0-9]{0,8})\]/.exec(subject);
  return found?.[1] === undefined ? null : Number(found[1]);
}

function withoutPrefix(text: string): string {
  const colon = firstColon(text);
  if (colon < 0) return text;
  // "Re[2]:", "Re (3):", "RE^2:", "Re*2:" count the replies (Lotus Notes, The Bat).
  const word = /^(\p{L}+)\s?(?:\[[0-9]{1,3}\]|\([0-9]{1,3}\)|[\^*][0-9]{1,3})?\s?$/u.exec(
    text.slice(0, colon),
  );
  if (word?.[1] === undefined || !prefixes.has(word[1].toLowerCase())) return text;
  return text.slice(colon + 1).trim();
}

/** A prefix is short: a colon later than this ends a word of the subject itself. */
function firstColon(text: string): number {
  const end = Math.min(text.length, 24);
  for (let index = 0; index < end; index += 1) {
    const character = text[index];
    if (character === ":" || character === "：") return index;
  }
  return -1;
}

function withoutBracket(text: string): string {
  if (!text.startsWith("[")) return text;
  const close = text.indexOf("]");
  if (close < 0 || close > 40) return text;
  const inner = text.slice(1, close).toLowerCase();
  return banners.has(inner) || /^#[1-9][0-9]{0,8}$/.test(inner) ? text.slice(close + 1).trim() : text;
}

/** Of the prefixes those that say "forward"; `rv`, `vs` and `vb` say either, by country. */
const forwardPrefixes = new Set(
  "fw fwd wg vs vb vl enc rv i tr pd ilt trs doorst továbbítás 轉寄 转发 転送 전달 προ".split(" "),
);

/** `Fwd: Your mailbox is full`, `[EXT] WG: …`. */
export function isForwardSubject(subject: string): boolean {
  const rest = withoutBracket(subject.slice(0, 200).replace(/\s/g, " ").trim());
  const colon = firstColon(rest);
  return colon > 0 && forwardPrefixes.has(rest.slice(0, colon).trim().toLowerCase());
}
