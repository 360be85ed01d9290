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
