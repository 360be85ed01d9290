import { findSensitive } from "./sensitive.ts";

/**
 * The text with passwords, keys, card, account and long numbers replaced: `[removed: password]`. For a hosted model and
 * for logs. What is already replaced stays as it is.
 */
export function redact(text: string): string {
  let redacted = text;
  // What one look replaced may have stood between a word and its secret: look again until nothing is found.
  for (let look = 0; look < MOST_LOOKS; look++) {
    const next = redactOnce(redacted);
    if (next === redacted) break;
    redacted = next;
  }
  return redacted;
}

const MOST_LOOKS = 8;

function redactOnce(text: string): string {
  let result = "";
  let from = 0;
  for (const { kind, start, end } of findSensitive(text)) {
    result += `${text.slice(from, start)}[removed: ${kind}]`;
    from = end;
  }
  return result + text.slice(from);
}
