import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";

import type { AuthenticateResult, DKIMResult } from "mailauth";

import { domainOf } from "./address.ts";
import { fingerprintOf } from "./dkim-signature.ts";
import type { Envelope } from "./message.ts";
import type { MessageSource } from "./parse/parse.ts";

/** Result words of RFC 8601 §2.7. */
type AuthenticationWord =
  "pass" | "fail" | "softfail" | "neutral" | "none" | "policy" | "temperror" | "permerror";

/** One DKIM signature (RFC 6376), as far as the gate judges it. */
export interface SignatureResult {
  /** `d=`, lower case. */
  readonly domain: string;
  readonly selector: string;
  readonly result: AuthenticationWord;
  /** Why it is not `pass`; "" for none. */
  readonly reason: string;
  /** Names in `h=`, lower case, in order; a name stands once for each time it is signed. */
  readonly signedHeaders: readonly string[];
  /** Bits of an RSA key, 256 for Ed25519, 0 where no key was read. */
  readonly bits: number;
  /** `rsa-sha256`, `ed25519-sha256`, `rsa-sha1`. */
  readonly algorithm: string;
  /** `l=` is present: text may have been added below the signed one. */
  readonly bodyLengthLimited: boolean;
  /** Relaxed or strict, as the DMARC record of the From domain asks. */
  readonly aligned: boolean;
  /** `x=`, ISO; `null` where the signer set none. */
  readonly expiresAt: string | null;
  /** `fingerprintOf`; `null` without a value. Nobody without the key can make another for what was signed. */
  readonly fingerprint: string | null;
}

export interface Authentication {
  /** RFC 7208; `none` without an envelope. */
  readonly spf: AuthenticationWord;
  /** The best of the signatures: `pass` where one passes. Says nothing about whose it is. */
  readonly dkim: AuthenticationWord;
  /** RFC 9989; `permerror` where the message has several authors' domains, so that it cannot be evaluated. */
  readonly dmarc: AuthenticationWord;
  readonly signatures: readonly SignatureResult[];
  /** The domain that SPF was checked for, "" without one. */
  readonly spfDomain: string;
  /** The author's domain that DMARC was evaluated for; "" where there is none, or more than one. */
  readonly fromDomain: string;
}

/** As `dns.promises.resolve`: throws an error with `code` ENOTFOUND or ENODATA for "no such record", others are temporary. */
export type Resolver = (name: string, rrtype: string) => Promise<string[][] | string[]>;

type Mailauth = typeof import("mailauth");

interface AuthenticateOptions {
  readonly envelope: Envelope | null;
  /** When the bytes were taken in: by then a signature may have expired, whenever it is looked at. */
  readonly receivedAt: Date;
  readonly resolver: Resolver;
  /** RFC 8601 §2.5: the desk's own name; shown in SPF explanations. */
  readonly authservId: string;
}

/**
 * Checks SPF, DKIM and DMARC of the bytes exactly as they were taken in. Headers that claim results are not read.
 * Never throws for what the network does: a DNS failure is `temperror`, to be tried again by the caller.
 */
export async function authenticate(
  message: Uint8Array | MessageSource,
  options: AuthenticateOptions,
): Promise<Authentication> {
  const { envelope } = options;
  if (!("file" in message) && signatureFields(message) > MOST_SIGNATURES)
    return { ...NOTHING_CHECKED, dkim: "fail", dmarc: "fail" };
  let result: AuthenticateResult;
  try {
    // As large as the rest of the mail code together, and a desk without a proof by signature never asks.
    const mailauth = await import("mailauth");
    result = await mailauth.authenticate(inputOf(message), {
      resolver: options.resolver,
      mta: options.authservId,
      disableArc: true,
      disableBimi: true,
      ...(envelope === null
        ? {}
        : { sender: envelope.reversePath, ip: envelope.remoteAddress, helo: envelope.heloName }),
    });
    await judgeAsOfReceipt(result, options, mailauth.dmarc);
  } catch {
    // Whatever the library could not do is not proof; the next try decides.
    return { ...NOTHING_CHECKED, spf: "temperror", dkim: "temperror", dmarc: "temperror" };
  }
  const signatures = result.dkim.results
    .filter((entry) => entry.signingDomain !== undefined)
    .map(readSignature);
  return {
    spf: envelope === null || result.spf === false ? "none" : wordOf(result.spf.status.result),
    dkim: bestOf(signatures),
    dmarc: result.dmarc === false ? withoutDmarc(result) : wordOf(result.dmarc.status.result),
    signatures,
    spfDomain: envelope === null || result.spf === false ? "" : lower(result.spf.domain),
    fromDomain: authorDomain(result),
  };
}

const NOTHING_CHECKED: Authentication = {
  spf: "none",
  dkim: "none",
  dmarc: "none",
  signatures: [],
  spfDomain: "",
  fromDomain: "",
};

/**
 * RFC 6376 §6.1 lets a verifier look at so many. Each may ask for a hash of its own over the whole body (`c=`, `l=`): two thousand
 * took five seconds. With more the mail fails, or forging somebody would be as easy as that.
 */
const MOST_SIGNATURES = 30;

/** DKIM-Signature fields of the header, folded or not. */
function signatureFields(message: Uint8Array | { readonly bytes: Uint8Array }): number {
  const bytes = view(message instanceof Uint8Array ? message : message.bytes);
  const ends = [bytes.indexOf("\r\n\r\n"), bytes.indexOf("\n\n")].filter((end) => end >= 0);
  const head = bytes.toString("latin1", 0, ends.length === 0 ? bytes.length : Math.min(...ends));
  return head.match(/^dkim-signature[ \t]*:/gim)?.length ?? 0;
}

function inputOf(message: Uint8Array | MessageSource): Buffer | Readable {
  if (message instanceof Uint8Array) return view(message);
  return "bytes" in message ? view(message.bytes) : createReadStream(message.file);
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readSignature(entry: DKIMResult): SignatureResult {
  return {
    domain: lower(entry.signingDomain),
    selector: lower(entry.selector),
    result: wordOf(entry.status.result),
    reason:
      entry.status.result === "pass"
        ? ""
        : (entry.status.comment ?? entry.status.policy?.["dkim-rules"] ?? ""),
    signedHeaders: (entry.signingHeaders?.keys ?? "")
      .split(":")
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ""),
    bits:
      entry.modulusLength ??
      (entry.publicKey !== undefined && entry.algo?.startsWith("ed25519") === true ? 256 : 0),
    algorithm: lower(entry.algo),
    bodyLengthLimited: entry.canonBodyLengthLimited === true,
    aligned: typeof entry.status.aligned === "string" && entry.status.aligned !== "",
    expiresAt: entry.expiresAfter ?? null,
    fingerprint:
      entry.signature === undefined || entry.signature === "" ? null : fingerprintOf(entry.signature),
  };
}

/**
 * mailauth judges `x=` by the machine's clock at the moment it looks, which may be hours after the mail came (DNS was away, a
 * person let it try again). A signature that holds but for that, and that held when the mail came, counts as one that passes.
 */
async function judgeAsOfReceipt(
  result: AuthenticateResult,
  { receivedAt, resolver }: AuthenticateOptions,
  dmarc: Mailauth["dmarc"],
): Promise<void> {
  const inTime = result.dkim.results.filter(
    ({ status, expiresAfter }) =>
      status.result === "neutral" &&
      status.comment === "expired" &&
      !hasExpired(expiresAfter ?? null, receivedAt),
  );
  if (inTime.length === 0) return;
  for (const { status } of inTime) status.result = "pass";
  if (result.dmarc === false) return;
  result.dmarc = await dmarc({
    headerFrom: result.dkim.headerFrom,
    fromFields: result.dkim.fromFields,
    spfDomains: result.spf !== false && result.spf.status.result === "pass" ? [result.spf.domain ?? ""] : [],
    dkimDomains: result.dkim.results
      .filter(({ status }) => status.result === "pass")
      .map(({ id, signingDomain, status }) => ({
        ...(id === undefined ? {} : { id }),
        domain: signingDomain ?? "",
        ...(status.aligned === undefined ? {} : { aligned: status.aligned }),
        ...(status.underSized === undefined ? {} : { underSized: status.underSized }),
      })),
    resolver,
  });
}

/** A mail may be on its way for a while after the signer's time has run out (RFC 6376 §3.5): servers try again within the hour. */
const DELIVERY_DELAY_MS = 60 * 60 * 1000;

/** Whether a signature was no longer valid when the mail was taken in. */
export function hasExpired(expiresAt: string | null, receivedAt: Date): boolean {
  return expiresAt !== null && receivedAt.getTime() > Date.parse(expiresAt) + DELIVERY_DELAY_MS;
}

/** A failing signature beside a good one is a forwarder's work, so the best one speaks; a temporary failure may still pass. */
const order: readonly AuthenticationWord[] = ["pass", "temperror", "fail", "policy", "permerror", "neutral"];

function bestOf(signatures: readonly SignatureResult[]): AuthenticationWord {
  return order.find((word) => signatures.some((signature) => signature.result === word)) ?? "none";
}

/** RFC 9989 §5.3.1: no author's domain is "nothing to check", several are an error of the message. */
function withoutDmarc(result: AuthenticateResult): AuthenticationWord {
  return result.dkim.headerFrom.length > 1 || result.dkim.fromFields > 1 ? "permerror" : "none";
}

function authorDomain(result: AuthenticateResult): string {
  if (result.dkim.fromFields > 1) return "";
  const domains = new Set(result.dkim.headerFrom.map(domainOf));
  const [only] = domains;
  return domains.size === 1 && only !== undefined ? only : "";
}

function wordOf(result: string): AuthenticationWord {
  if (result === "temperr") return "temperror";
  return words.find((word) => word === result) ?? "none";
}

const words: readonly AuthenticationWord[] = [
  "pass",
  "fail",
  "softfail",
  "neutral",
  "none",
  "policy",
  "temperror",
  "permerror",
];

function lower(text: string | undefined): string {
  return (text ?? "").toLowerCase();
}
