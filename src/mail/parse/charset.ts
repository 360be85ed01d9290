import libmime from "libmime";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const utf8Lossy = new TextDecoder("utf-8");
const windows1252 = new TextDecoder("windows-1252");

/**
 * Text of bytes in a charset, as well as it can be had: never throws, unreadable bytes become U+FFFD.
 *
 * Nothing, ASCII and UTF-8 are read as UTF-8; bytes that hold no UTF-8 at all are taken for Windows-1252, which is what
 * old mail programs meant when they declared nothing, or lied. UTF-7 is refused (it hides markup) and read as UTF-8.
 */
export function decodeCharset(bytes: Uint8Array, charset: string | false): string {
  const label = (charset === false ? "" : charset).trim().toLowerCase();
  if (label === "" || label === "utf-8" || label === "utf8" || label === "us-ascii" || label === "ascii")
    return decodeUtf8(bytes);
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return decodeAlias(bytes, label);
  }
}

/** Bytes that should be UTF-8, such as an 8-bit header (RFC 6532), read as Windows-1252 where they are nothing of the kind. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const lossy = utf8Lossy.decode(bytes);
    // One broken byte must not spoil a text that is otherwise good UTF-8.
    return readableBeyondAscii(lossy) ? lossy : windows1252.decode(bytes);
  }
}

/** Whether more characters beyond ASCII were read than were replaced. */
function readableBeyondAscii(text: string): boolean {
  let read = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) read += code === 0xfffd ? -1 : 1;
  }
  return read > 0;
}

/** Names that the Encoding Standard does not know, `win-1251`, `cp850`, through the longer list of libmime. */
function decodeAlias(bytes: Uint8Array, label: string): string {
  const known = libmime.normalizeCharset(label);
  try {
    return new TextDecoder(known).decode(bytes);
  } catch {
    return decodeUtf8(bytes);
  }
}

/**
 * An 8-bit subject that declares nothing (RFC 5322 forbids it, RFC 6532 means UTF-8): UTF-8 where it is some, else the charset
 * that the body declares, else Big5 where the bytes can hardly be anything else, else Windows-1252.
 *
 * @param declared the charset of the message's Content-Type; "" without one
 */
export function decodeUndeclared(bytes: Uint8Array, declared: string): string {
  const text = decodeUtf8(bytes);
  if (text !== windows1252.decode(bytes)) return text;
  return decodeStrictly(bytes, declared) ?? (isBig5(bytes) ? big5.decode(bytes) : text);
}

const big5 = new TextDecoder("big5");

/** `null` for a charset that is none, that reads plain ASCII as something else, or that cannot have written these bytes. */
function decodeStrictly(bytes: Uint8Array, declared: string): string | null {
  const label = declared.trim().toLowerCase();
  if (label === "" || /^(?:utf-?8|us-ascii|ascii)$/.test(label)) return null;
  try {
    const ascii = new TextDecoder(label).decode(Buffer.from("Subject"));
    return ascii === "Subject" ? new TextDecoder(label, { fatal: true }).decode(bytes) : null;
  } catch {
    return null;
  }
}

/** Lead bytes of the characters that are in daily use (level 1): four fifths of a text and more are of these. */
const DAILY = { from: 0xa4, to: 0xc6 } as const;

/**
 * Whether 8-bit bytes are Big5: pairs that follow on one another, nearly all of them daily characters, and some with a second byte
 * among the ASCII letters, which the other two-byte charsets do not have. Western text has single bytes between letters.
 */
function isBig5(bytes: Uint8Array): boolean {
  let [pairs, daily, low, inRuns] = [0, 0, 0, 0];
  let run = 0;
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      run = 0;
      at += 1;
      continue;
    }
    const trail = bytes[at + 1] ?? 0;
    const isPair = lead >= 0xa1 && lead <= 0xf9 && ((trail >= 0x40 && trail <= 0x7e) || trail >= 0xa1);
    if (!isPair) return false;
    pairs += 1;
    run += 1;
    // The first of a run is counted with the second.
    if (run > 1) inRuns += run === 2 ? 2 : 1;
    if (lead >= DAILY.from && lead <= DAILY.to) daily += 1;
    if (trail < 0x80) low += 1;
    at += 2;
  }
  return pairs >= 3 && low >= 1 && daily >= 0.8 * pairs && inRuns >= 0.8 * pairs;
}
