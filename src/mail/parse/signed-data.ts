/** The content of an opaque S/MIME signature (RFC 8551 §3.5.2), read without checking who signed. */

/** `1.2.840.113549.1.7.2`, signedData, and `1.2.840.113549.1.7.1`, data (RFC 5652 §4, §5). */
const SIGNED_DATA = "2a864886f70d010702";
const DATA = "2a864886f70d010701";

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
const OCTET_STRINGS = 0x24;
const EXPLICIT_0 = 0xa0;

/** An octet string that is cut into more pieces than this, or nested deeper, is no mail program's. */
const MOST_PIECES = 100_000;
const DEEPEST = 8;

interface Element {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
  /** Where the next one begins. */
  readonly next: number;
}

/** The MIME entity that was signed; `null` where the bytes are something else: encrypted, a bare certificate, rubbish. */
export function contentOfSignedData(bytes: Buffer): Buffer | null {
  try {
    const info = inside(bytes, elementAt(bytes, 0, bytes.length), SEQUENCE);
    if (!isObject(bytes, info[0], SIGNED_DATA)) return null;
    const [signed] = inside(bytes, info[1], EXPLICIT_0);
    // Version, digest algorithms, then what was signed.
    const content = inside(bytes, inside(bytes, signed, SEQUENCE)[2], SEQUENCE);
    if (!isObject(bytes, content[0], DATA)) return null;
    const [octets] = inside(bytes, content[1], EXPLICIT_0);
    const pieces: Buffer[] = [];
    gather(bytes, octets, pieces, 0);
    return Buffer.concat(pieces);
  } catch (error) {
    if (error instanceof NotBer) return null;
    throw error;
  }
}

class NotBer extends Error {}

function isObject(bytes: Buffer, element: Element | undefined, hex: string): boolean {
  return element?.tag === OBJECT_IDENTIFIER && bytes.toString("hex", element.from, element.to) === hex;
}

/** The first few elements of a constructed one. */
function inside(bytes: Buffer, element: Element | undefined, tag: number): readonly Element[] {
  if (element?.tag !== tag) throw new NotBer();
  const found: Element[] = [];
  for (let at = element.from; at < element.to && found.length < 3;) {
    const one = elementAt(bytes, at, element.to);
    found.push(one);
    at = one.next;
  }
  return found;
}

/** Programs that sign as they send write the content in pieces (BER, X.690 §8.7.3). */
function gather(bytes: Buffer, element: Element | undefined, pieces: Buffer[], depth: number): void {
  if (element?.tag === OCTET_STRING) {
    if (pieces.push(bytes.subarray(element.from, element.to)) > MOST_PIECES) throw new NotBer();
    return;
  }
  if (element?.tag !== OCTET_STRINGS || depth > DEEPEST) throw new NotBer();
  for (let at = element.from; at < element.to;) {
    const one = elementAt(bytes, at, element.to);
    gather(bytes, one, pieces, depth + 1);
    at = one.next;
  }
}

/** One element with a definite length, or one that two zero bytes end (X.690 §8.1.3.6). */
function elementAt(bytes: Buffer, at: number, end: number, depth = 0): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > end || (tag & 0x1f) === 0x1f || depth > 64)
    throw new NotBer();
  if (first === 0x80) {
    let to = at + 2;
    while (!(bytes[to] === 0 && bytes[to + 1] === 0)) {
      if (to >= end) throw new NotBer();
      to = elementAt(bytes, to, end, depth + 1).next;
    }
    return { tag, from: at + 2, to, next: to + 2 };
  }
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (more > 4 || at + 2 + more > end) throw new NotBer();
  const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
  const from = at + 2 + more;
  if (from + length > end) throw new NotBer();
  return { tag, from, to: from + length, next: from + length };
}
