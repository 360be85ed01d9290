/** RFC 5322 §2.1.1 caps a line at 998; a longer "id" is junk. */
const longestId = 998;

/**
 * Every msg-id in a header value, in order, each once and with its angle brackets.
 *
 * Tolerates what programs write: ids wrapped in the middle (Outlook, Lotus Notes fold inside the brackets), ids without
 * brackets, commas or none between them, and the phrases of RFC 822 ("Your message of Monday <id@host>").
 */
export function parseMessageIds(value: string): string[] {
  const ids = new Set<string>();
  let position = 0;
  let close = value.indexOf(">");
  while (position < value.length) {
    const open = value.indexOf("<", position);
    addBareIds(value.slice(position, open < 0 ? value.length : open), ids);
    if (open < 0) break;
    if (close >= 0 && close < open) close = value.indexOf(">", open);
    const nextOpen = value.indexOf("<", open + 1);
    if (close < 0 || (nextOpen >= 0 && nextOpen < close)) {
      // "<id@host <id2@host>": the first bracket was never closed.
      addBareIds(value.slice(open + 1, nextOpen < 0 ? value.length : nextOpen), ids);
      position = nextOpen < 0 ? value.length : nextOpen;
      continue;
    }
    addBracketed(value.slice(open + 1, close), ids);
    position = close + 1;
  }
  return [...ids];
}

function addBracketed(inner: string, ids: Set<string>): void {
  const wrapped = /\s/.test(inner);
  const left = wrapped ? inner.replace(/\s/g, "") : inner;
  if (left === "" || left.length > longestId || hasControl(left)) return;
  // Some programs write ids without "@"; one that was wrapped as well is more likely a phrase.
  if (wrapped && !left.includes("@")) return;
  ids.add(`<${left}>`);
}

function addBareIds(between: string, ids: Set<string>): void {
  if (!between.includes("@")) return;
  for (const token of between.split(/[\s,;]/)) {
    const at = token.indexOf("@");
    if (at <= 0 || at === token.length - 1 || token.length > longestId) continue;
    if (token.includes("@", at + 1) || /["()>]/.test(token) || hasControl(token)) continue;
    ids.add(`<${token}>`);
  }
}

function hasControl(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(text);
}
