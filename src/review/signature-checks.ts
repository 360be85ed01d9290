/**
 * What a DKIM signature must fulfil to prove its author (protocol §3, 5), as an ordered list of small named checks. The same
 * list judges what the desk verified itself and what a mail server it trusts has verified.
 */

import { hasExpired } from "../mail/authentication.ts";

/** One signature: what it covers, and what was found about it. */
export interface SignatureTerms {
  /** `d=`, lower case. */
  readonly domain: string;
  readonly selector: string;
  /** A word of RFC 8601 §2.7.1. */
  readonly result: string;
  /** Why it is not `pass`; "" for none. */
  readonly reason: string;
  /** Names in `h=`. */
  readonly signedHeaders: readonly string[];
  /** Bits of an RSA key; `null` where a mail server read the key, and not the desk. */
  readonly bits: number | null;
  readonly algorithm: string;
  readonly bodyLengthLimited: boolean;
  /** `x=`, ISO; `null` where the signer set none. */
  readonly expiresAt: string | null;
  /** As DMARC found; `null` where only the names can tell. */
  readonly aligned: boolean | null;
  /** The domain in From, as whoever verified the signature read it. */
  readonly fromDomain: string;
  /** DMARC's word for that domain. */
  readonly dmarc: string;
}

export interface SigningRules {
  /** When the mail was taken in. */
  readonly receivedAt: Date;
  /** Domain of the one addr-spec in From, as the desk reads it. */
  readonly author: string;
  /** Further domains that sign for it. */
  readonly enrolled: readonly string[];
  /** The field of the header in which the token stands. */
  readonly tokenField: "to" | "cc";
  /** The subject bears the digest's reference. */
  readonly bearsReference: boolean;
}

interface SignatureCheck {
  /** Unique among all checks of the gate. */
  readonly name: string;
  /** The sentence of its refusal; `null` where it holds. */
  readonly refuses: (terms: SignatureTerms, rules: SigningRules) => string | null;
}

export const signatureChecks: readonly SignatureCheck[] = [
  {
    // RFC 6376 §3.5 leaves it to the verifier; to release something on a word that its signer no longer stands by would be wrong.
    name: "signature-not-expired",
    refuses: ({ domain, expiresAt }, { receivedAt }) =>
      expiresAt !== null && hasExpired(expiresAt, receivedAt)
        ? `The signature of ${domain} was good until ${minute(expiresAt)}, and the mail came at ${minute(receivedAt.toISOString())}. A new reply is signed anew.`
        : null,
  },
  {
    name: "signature-verifies",
    refuses: ({ result, domain, reason }) =>
      result === "pass"
        ? null
        : `The signature of ${domain} is ${result}${reason === "" ? "" : `: ${reason}`}.`,
  },
  {
    name: "signed-by-the-author-domain",
    refuses: (terms, rules) =>
      isAligned(terms, rules) || isEnrolled(terms, rules)
        ? null
        : `From is unsigned by ${rules.author}: the signature is ${terms.domain}'s.`,
  },
  {
    // Two readers of one header must not see two authors.
    name: "same-author-domain",
    refuses: ({ fromDomain }, rules) =>
      fromDomain === rules.author
        ? null
        : `Authentication was checked for ${fromDomain || "no domain"}, and From names ${rules.author}.`,
  },
  {
    // An admin's word that this domain signs for that one stands in for DMARC's.
    name: "dmarc-passes",
    refuses: (terms, rules) =>
      terms.dmarc === "pass" || isEnrolled(terms, rules)
        ? null
        : `DMARC of ${rules.author} is ${terms.dmarc}${terms.dmarc === "none" ? ": it publishes no DMARC record" : ""}.`,
  },
  {
    // RFC 6376 §8.2: below the signed length anybody may add words.
    name: "whole-body-signed",
    refuses: ({ bodyLengthLimited, domain }) =>
      bodyLengthLimited ? `The signature of ${domain} covers a part of the body only (l=).` : null,
  },
  {
    // RFC 8301 §3.1
    name: "no-rsa-sha1",
    refuses: ({ algorithm, domain }) =>
      algorithm.includes("sha1") ? `The signature of ${domain} is made with rsa-sha1.` : null,
  },
  {
    // RFC 8301 §3.2
    name: "key-of-1024-bits",
    refuses: ({ algorithm, bits, domain }) =>
      bits === null || algorithm.startsWith("ed25519") || bits >= 1024
        ? null
        : `The key of ${domain} has ${bits} bits; 1024 is the least.`,
  },
  {
    name: "from-signed",
    refuses: (terms) =>
      covers(terms, "from") ? null : `The signature of ${terms.domain} does not cover From.`,
  },
  {
    name: "subject-signed",
    refuses: (terms) =>
      covers(terms, "subject") ? null : `The signature of ${terms.domain} does not cover the Subject.`,
  },
  {
    // Microsoft 365 does not sign To: then the signed Subject names the digest, or any signed mail could be replayed (threat 8).
    name: "to-signed-or-digest-named",
    refuses: (terms, rules) =>
      covers(terms, rules.tokenField) || rules.bearsReference
        ? null
        : `The signature of ${terms.domain} does not cover ${rules.tokenField === "to" ? "To" : "Cc"}, and the Subject does not bear the digest's reference.`,
  },
  {
    // Without a signed To, only a signed Message-ID tells a reply from its replay.
    name: "to-or-message-id-signed",
    refuses: (terms, rules) =>
      covers(terms, rules.tokenField) || covers(terms, "message-id")
        ? null
        : `The signature of ${terms.domain} covers neither ${rules.tokenField === "to" ? "To" : "Cc"} nor the Message-ID.`,
  },
];

/** The first check that refuses, and how many held before it; `null` where all hold. */
export function firstFailure(
  terms: SignatureTerms,
  rules: SigningRules,
): { readonly check: string; readonly sentence: string; readonly passed: number } | null {
  for (const [passed, check] of signatureChecks.entries()) {
    const sentence = check.refuses(terms, rules);
    if (sentence !== null) return { check: check.name, sentence, passed };
  }
  return null;
}

/** `2026-03-02 09:00 UTC` */
const minute = (iso: string): string => iso.replace(/T(\d\d:\d\d).*$/, " $1 UTC");

const covers = (terms: SignatureTerms, name: string): boolean =>
  terms.signedHeaders.some((signed) => signed.toLowerCase() === name);

/** RFC 7489 §3.1: relaxed alignment. Names alone cannot know where an organisation ends, so one has to be the other's parent. */
function isAligned({ aligned, domain }: SignatureTerms, { author }: SigningRules): boolean {
  if (aligned !== null) return aligned;
  if (!domain.includes(".") || author === "") return false;
  return domain === author || author.endsWith(`.${domain}`) || domain.endsWith(`.${author}`);
}

const isEnrolled = ({ domain }: SignatureTerms, { enrolled }: SigningRules): boolean =>
  enrolled.some((own) => own.toLowerCase() === domain.toLowerCase());
