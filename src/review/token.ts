/**
 * The token of a digest (protocol §3): 160 bits in the sub-address of its Reply-To. It is derived, not drawn, so that
 * the database never holds it: a stolen database releases nothing.
 */
import { createHash, createHmac } from "node:crypto";
import { PermanentError } from "../errors.ts";

/** RFC 4648 §6, in lower case: mail programs and relays change the case of local parts. */
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const TOKEN_LENGTH = 32;
/** Version of the scheme and separator: `review+a1.<token>@…`. */
const PREFIX = "a1.";

/** 32 characters for a digest's random id; the same id gives the same token for as long as the key lives. */
export function deriveToken(key: Buffer, digestId: string): string {
  return base32(keyed(key, `countersign review token 1\n${digestId}`).subarray(0, 20));
}

/** 8 characters that stand in the digest's subject, so that a signature over the subject binds the reply to this digest. */
export function digestReference(key: Buffer, digestId: string): string {
  return base32(keyed(key, `countersign digest reference 1\n${digestId}`).subarray(0, 5));
}

/** Whether a subject bears a digest's reference, as a word of its own and in any case: `Re: … · ref k3m2wq5a`. */
export function bearsReference(subject: string, reference: string): boolean {
  return (
    reference !== "" &&
    subject
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .includes(reference.toLowerCase())
  );
}

/** Whether a subject is that of a digest or of an answer to one, in whatever way it was answered or passed on. Tells nothing about which. */
export const namesDigest = (subject: string): boolean =>
  /\[review\] .{0,400} · ref [a-z2-7]{8}\s*$/i.test(subject.slice(0, 1000));

/** Hex SHA-256 of a token, in any case: what the database keeps to look it up. A token has 160 bits, so no salt is needed. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(`countersign token hash 1\n${token.toLowerCase()}`).digest("hex");
}

/** `review@desk.example` and a token make `review+a1.<token>@desk.example`. @throws PermanentError for a base that is not an addr-spec. */
export function reviewAddress(base: string, token: string): string {
  const at = base.lastIndexOf("@");
  if (at < 1 || at === base.length - 1) {
    throw new PermanentError(
      `desk.review_address is "${base}": an address such as review@desk.example is needed`,
    );
  }
  return `${base.slice(0, at)}+${PREFIX}${token}${base.slice(at)}`;
}

/**
 * The token among a reply's recipients. Only the exact shape counts: the base's local part, `+a1.`, 32 characters of
 * base32, the base's domain. Case does not matter. Two different tokens in one mail are none: nobody can say which was meant.
 */
export function tokenIn(addresses: readonly string[], base: string): { readonly token: string } | null {
  const at = base.lastIndexOf("@");
  const start = `${base.slice(0, at)}+${PREFIX}`.toLowerCase();
  const end = base.slice(at).toLowerCase();
  const found = new Set<string>();
  for (const address of addresses) {
    const plain = address.trim().toLowerCase();
    if (plain.length !== start.length + TOKEN_LENGTH + end.length) continue;
    if (!plain.startsWith(start) || !plain.endsWith(end)) continue;
    const token = plain.slice(start.length, start.length + TOKEN_LENGTH);
    if (/^[a-z2-7]+$/.test(token)) found.add(token);
  }
  const [token, ...others] = found;
  return token !== undefined && others.length === 0 ? { token } : null;
}

/**
 * Text as it may be kept in the clear: its tokens struck out. People quote headers, and forward digests; what the
 * database holds must release nothing (threat 68).
 */
export function withoutTokens(text: string): string {
  // No boundary before it: a rewritten link holds `review%2Ba1.…`.
  // Programs break long words by characters without width.
  return text.replace(/a1\.(?:[\u00ad\u200b-\u200d\u2060\ufeff]?[a-z2-7]){32}(?![a-z2-7])/gi, "a1.…");
}

/** The hashes of the tokens that stand in a text, at most `limit` of them: whoever quotes a digest has its token. */
export function tokenHashesInText(text: string, limit: number): readonly string[] {
  const found = new Set<string>();
  for (const [, token = ""] of text.matchAll(/a1\.([a-z2-7]{32})(?![a-z2-7])/gi)) {
    found.add(tokenHash(token));
    if (found.size === limit) break;
  }
  return [...found];
}

/**
 * Whether a message's bytes may hold a token: as it stands, percent-encoded in a link, broken by quoted-printable, or inside
 * of base64. Says yes too often rather than decode every mail.
 * @param raw the bytes as Latin-1
 */
export const mayHoldToken = (raw: string, base: string): boolean => new TokenSearch(base).foundIn(raw);

/** Longer than any form of the mark at which a token is known, line breaks of base64 included. */
const OVERLAP = 1024;

/** The same over a message that comes in pieces, from its head on; a mark may lie across two of them. */
export class TokenSearch {
  readonly #local: string;
  readonly #plain: RegExp;
  /** `null` until base64 was met, which most mails do not hold. */
  #base64: readonly string[] | null = null;
  #before = "";

  constructor(base: string) {
    this.#local = base.slice(0, base.lastIndexOf("@"));
    const local = this.#local.toLowerCase().replaceAll(/[^a-z0-9]/g, "\\$&");
    // As it stands, percent-encoded once and twice, in quoted-printable, and as entities of HTML.
    this.#plain = new RegExp(
      `${local}(?:\\+|%2b|%252b|=2b|&#43;|&#x2b;|&plus;)a1(?:\\.|%2e|=2e|&#46;|&#x2e;|&period;)`,
    );
  }

  /** @param piece the next one, as Latin-1 */
  foundIn(piece: string): boolean {
    const raw = this.#before + piece;
    this.#before = raw.slice(-OVERLAP);
    const plain = raw.toLowerCase();
    const unbroken = plain.includes("=\r\n") ? plain.replaceAll("=\r\n", "") : plain;
    if (this.#plain.test(unbroken)) return true;
    if (plain.includes("?b?") && this.#inEncodedWord(raw)) return true;
    if (this.#base64 === null && plain.includes("base64")) this.#base64 = this.#marksInBase64();
    if (this.#base64 === null) return false;
    const letters = raw.replaceAll(/\s+/g, "");
    return this.#base64.some((mark) => letters.includes(mark));
  }

  /** RFC 2047 §2: decoded one by one, since to look for the marks of base64 costs ten times as much in a mail without a base64 part. */
  #inEncodedWord(raw: string): boolean {
    for (const [, word = ""] of raw.matchAll(/\?b\?([A-Za-z0-9+/=]{1,300})\?=/gi))
      if (this.#plain.test(Buffer.from(word, "base64").toString("latin1").toLowerCase())) return true;
    return false;
  }

  #marksInBase64(): readonly string[] {
    return [`${this.#local}+${PREFIX}`, `${this.#local}%2B${PREFIX}`]
      .flatMap((mark) => [mark, mark.toLowerCase()])
      .flatMap((mark) => [0, 1, 2].map((place) => inBase64(mark, place)));
  }
}

/** The letters that a text is sure to have in base64, `place` bytes behind a whole group of three (RFC 4648 §4). */
function inBase64(text: string, place: number): string {
  const encoded = Buffer.from(`${" ".repeat(place)}${text}`).toString("base64");
  const whole = Math.floor((place + text.length) / 3) * 4;
  return encoded.slice(place === 0 ? 0 : 4, whole);
}

const HIDDEN = "sha256-";

/** An address with its token's hash in the token's place: it still leads to the digest, and opens nothing. */
export function hideToken(address: string, base: string): string {
  const found = tokenIn([address], base);
  if (found === null) return address;
  const at = base.lastIndexOf("@");
  return `${base.slice(0, at)}+${PREFIX}${HIDDEN}${tokenHash(found.token)}${base.slice(at)}`;
}

/** As `tokenIn`, for addresses of which some may have their token hidden. Answers the token's hash. */
export function tokenHashIn(addresses: readonly string[], base: string): string | null {
  const at = base.lastIndexOf("@");
  const start = `${base.slice(0, at)}+${PREFIX}${HIDDEN}`.toLowerCase();
  const end = base.slice(at).toLowerCase();
  const found = new Set<string>();
  for (const address of addresses) {
    const plain = address.trim().toLowerCase();
    const clear = tokenIn([plain], base);
    if (clear !== null) found.add(tokenHash(clear.token));
    else if (plain.startsWith(start) && plain.endsWith(end)) {
      const hash = plain.slice(start.length, plain.length - end.length);
      if (/^[0-9a-f]{64}$/.test(hash)) found.add(hash);
    }
  }
  const [hash, ...others] = found;
  return hash !== undefined && others.length === 0 ? hash : null;
}

function keyed(key: Buffer, text: string): Buffer {
  if (key.length < 16)
    throw new PermanentError("the desk's key is shorter than 16 bytes: check security.key");
  return createHmac("sha256", key).update(text).digest();
}

/** RFC 4648 §6 without padding; the lengths used here need none. */
function base32(bytes: Buffer): string {
  let bits = 0;
  let value = 0;
  let out = "";
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return out;
}
