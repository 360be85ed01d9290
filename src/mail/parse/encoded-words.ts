import libmime from "libmime";

import { oneLine } from "./header-text.ts";

/** Header text as a person reads it: encoded words (RFC 2047) decoded, on one line, without control characters. */
export function decodeHeaderText(value: string): string {
  return oneLine(value.includes("=?") ? decodeWords(value) : value);
}

function decodeWords(value: string): string {
  try {
    return libmime.decodeWords(value);
  } catch {
    return value;
  }
}
