import { createHash } from "node:crypto";
import type { HeaderField } from "./message.ts";

/** The tags of a DKIM-Signature field (RFC 6376 §3.5) that say what it covers. Reading them proves nothing. */
export interface SignatureField {
  /** `d=`, lower case. */
  readonly domain: string;
  /** `s=`, lower case. */
  readonly selector: string;
  /** `a=`, lower case. */
  readonly algorithm: string;
  /** `h=`, lower case, in order. */
  readonly signedHeaders: readonly string[];
  /** `l=` is present. */
  readonly bodyLengthLimited: boolean;
  /** `x=`, ISO; `null` where the signer set none. */
  readonly expiresAt: string | null;
  /** `b=` without blanks; a mail server names its first characters in `header.b` (RFC 6008). */
  readonly signature: string;
}

/** SHA-256 of what the check of a signature looks at in `b=`: its bytes, however they are written. */
export function fingerprintOf(signature: string): string {
  return createHash("sha256").update(Buffer.from(signature, "base64")).digest("hex");
}

const MAX_LENGTH = 20_000;

/** Every DKIM-Signature of a message that can be read, from the top. A tag that stands twice spoils its field (§3.2). */
export function readSignatureFields(headers: readonly HeaderField[]): readonly SignatureField[] {
  return headers
    .filter((field) => field.name === "dkim-signature" && field.value.length <= MAX_LENGTH)
    .map((field) => readField(field.value))
    .filter((field) => field !== null);
}

function readField(value: string): SignatureField | null {
  const tags = new Map<string, string>();
  for (const part of value.split(";")) {
    const at = part.indexOf("=");
    if (at === -1) continue;
    const name = part.slice(0, at).trim();
    if (tags.has(name)) return null;
    tags.set(name, part.slice(at + 1).replaceAll(/\s/g, ""));
  }
  const tag = (name: string): string => tags.get(name) ?? "";
  // What is no base64 is read in more ways than one: then nobody can say which signature it is.
  if (tag("d") === "" || !/^[A-Za-z0-9+/]*={0,2}$/.test(tag("b"))) return null;
  return {
    domain: tag("d").toLowerCase(),
    selector: tag("s").toLowerCase(),
    algorithm: tag("a").toLowerCase(),
    signedHeaders: tag("h")
      .toLowerCase()
      .split(":")
      .filter((name) => name !== ""),
    bodyLengthLimited: tags.has("l"),
    expiresAt: /^\d{1,12}$/.test(tag("x")) ? new Date(Number(tag("x")) * 1000).toISOString() : null,
    signature: tag("b"),
  };
}
