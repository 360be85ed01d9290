/** The proof of identity that a decision rests on (protocol §3, 5). */
import { domainOf } from "../mail/address.ts";
import { borderResults, type MethodResult, type ResultsPlace } from "../mail/authentication-results.ts";
import type { Authentication } from "../mail/authentication.ts";
import { readSignatureFields, type SignatureField } from "../mail/dkim-signature.ts";
import { readExchangeStamp } from "../mail/exchange-stamp.ts";
import type { HeaderField } from "../mail/message.ts";
import { firstFailure, type SignatureTerms, type SigningRules } from "./signature-checks.ts";

export type ProofKind = "dkim" | "authentication-results" | "exchange" | "token" | "console";

export interface Proof {
  readonly kind: ProofKind;
  /** `d=msp.example s=k1`, `mx.desk.example dmarc=pass`. */
  readonly detail: string;
}

/** How far one accepted proof came: the check that it failed. */
export interface Shortfall {
  readonly proof: ProofKind;
  /** A name of `signatureChecks`, `borderChecks` or `exchangeChecks`; `proof-advice.ts` says what to do about each. */
  readonly check: string;
  readonly sentence: string;
}

export type Identity =
  | { readonly state: "proven"; readonly proof: Proof }
  /** DNS did not answer: to be tried again. Never approves. */
  | { readonly state: "deferred"; readonly sentence: string }
  | { readonly state: "unproven"; readonly shortfalls: readonly Shortfall[] };

/** The border's mail server: whose Authentication-Results counts, and where it stands. */
interface BorderServer {
  readonly authservId: string;
  readonly place: ResultsPlace;
}

/** An Exchange mailbox that the message was taken from by IMAP. */
export interface ExchangeMailbox {
  /** The tenant's id, lower case; `null` where it is not known. */
  readonly tenant: string | null;
}

export interface ProofFacts {
  /** The one addr-spec in From. */
  readonly author: string;
  readonly accepted: readonly ProofKind[];
  /** When the mail was taken in. */
  readonly receivedAt: Date;
  /** What the desk's own check of the raw bytes found; `null` where none was made. */
  readonly authentication: Authentication | null;
  readonly headers: readonly HeaderField[];
  /** `null` where no authserv-id is configured. */
  readonly border: BorderServer | null;
  /** `null` for mail from SMTP, and from a mailbox that is not Exchange's. */
  readonly exchangeMailbox: ExchangeMailbox | null;
  /** The field of the header in which the token stands. */
  readonly tokenField: "to" | "cc";
  /** The subject bears the digest's reference: where a signature does not cover To, it binds the reply to its digest. */
  readonly bearsReference: boolean;
  /** Further domains that may sign for a technician's domain. */
  readonly signingDomains: Readonly<Record<string, readonly string[]>>;
}

/** The first accepted proof that holds, the strongest first. */
export function proveIdentity(facts: ProofFacts): Identity {
  const shortfalls: Shortfall[] = [];
  for (const [kind, prove] of SENDER_PROOFS) {
    if (!facts.accepted.includes(kind)) continue;
    const finding = prove(facts);
    if (typeof finding === "string") return { state: "proven", proof: { kind, detail: finding } };
    shortfalls.push({ proof: kind, ...finding });
  }
  // Before the token: what waits for DNS must not get through on less.
  if (facts.accepted.includes("dkim") && waitsForDns(facts))
    return {
      state: "deferred",
      sentence: "The signature could not be checked for now: DNS did not answer.",
    };
  if (facts.accepted.includes("token"))
    return {
      state: "proven",
      proof: {
        kind: "token",
        detail: `from=${facts.author}; the token alone, which proves nothing about the sender`,
      },
    };
  return { state: "unproven", shortfalls };
}

/** A proof's detail, or the check that it failed. */
type Finding = string | Omit<Shortfall, "proof">;

const SENDER_PROOFS: readonly (readonly [ProofKind, (facts: ProofFacts) => Finding])[] = [
  ["dkim", proveByDkim],
  ["authentication-results", proveByBorder],
  ["exchange", proveByExchange],
];

function waitsForDns({ authentication }: ProofFacts): boolean {
  return (
    authentication !== null &&
    (authentication.dkim === "temperror" ||
      authentication.dmarc === "temperror" ||
      // Beside a stranger's good signature, the technician's own may be the one that waits.
      authentication.signatures.some((signature) => signature.result === "temperror"))
  );
}

function rulesOf(facts: ProofFacts): SigningRules {
  const author = domainOf(facts.author);
  return {
    author,
    enrolled: facts.signingDomains[author] ?? [],
    receivedAt: facts.receivedAt,
    tokenField: facts.tokenField,
    bearsReference: facts.bearsReference,
  };
}

/** A DKIM signature that the desk itself verified on the bytes as they came. */
function proveByDkim(facts: ProofFacts): Finding {
  const { authentication } = facts;
  if (authentication === null)
    return {
      check: "mail-was-checked",
      sentence: "Its signature was not checked: the message is too large.",
    };
  const terms = authentication.signatures.map((signature): SignatureTerms => ({
    ...signature,
    fromDomain: authentication.fromDomain,
    dmarc: authentication.dmarc,
  }));
  return judge(terms, rulesOf(facts), facts.author);
}

/** What the border's mail server verified, in the topmost Authentication-Results of its exact name. */
function proveByBorder(facts: ProofFacts): Finding {
  if (facts.border === null)
    return { check: "authserv-id-is-set", sentence: "No review.authserv_id is configured." };
  const { authservId, place } = facts.border;
  const border = borderResults(facts.headers, authservId, place);
  if (!border.found) return { check: border.reason, sentence: BORDER_SENTENCES[border.reason](authservId) };
  const judged = judge(termsOf(border.results, facts.headers), rulesOf(facts), facts.author);
  return typeof judged === "string" ? `authserv-id=${authservId} ${judged}` : judged;
}

const BORDER_SENTENCES = {
  "no-field": (id: string) => `It has no Authentication-Results of ${id}.`,
  "no-border": (id: string) => `It has no Received that ${id} wrote, so it did not come through that server.`,
  "outside-border": (id: string) =>
    `The Authentication-Results of ${id} stands below the Received of ${id}: anybody could have written it.`,
} as const;

/**
 * Exchange's own word, in a mailbox of the tenant: a sender who was signed in there, or the results of its own check of mail
 * from outside. Bodies may have been rewritten on the way, so the signature itself is not looked at again.
 */
function proveByExchange(facts: ProofFacts): Finding {
  if (facts.exchangeMailbox === null)
    return {
      check: "from-exchange-mailbox",
      sentence: "It was not taken by IMAP from an Exchange mailbox, so Exchange's headers may be anybody's.",
    };
  const stamp = readExchangeStamp(facts.headers);
  const { tenant } = facts.exchangeMailbox;
  if (stamp.repeated.length > 0)
    return {
      check: "exchange-headers-once",
      sentence: `Exchange's headers stand more than once (${stamp.repeated.join(", ")}).`,
    };
  if (stamp.authAs === null || stamp.authSource === null)
    return {
      check: "exchange-stamped",
      sentence: "It has no X-MS-Exchange-Organization-AuthAs and AuthSource.",
    };
  if (stamp.authAs !== "internal") {
    if (stamp.results === null)
      return {
        check: "exchange-results",
        sentence: "It came from outside the tenant, and has no Authentication-Results that Exchange wrote.",
      };
    return judge(termsOf(stamp.results, facts.headers), rulesOf(facts), facts.author);
  }
  if (stamp.crossTenantAuthAs !== null && stamp.crossTenantAuthAs !== "internal")
    return {
      check: "exchange-internal",
      sentence: `X-MS-Exchange-CrossTenant-AuthAs says ${stamp.crossTenantAuthAs}.`,
    };
  if (tenant !== null && stamp.crossTenantId !== tenant)
    return {
      check: "exchange-tenant",
      sentence: `It was written in the tenant ${stamp.crossTenantId ?? "(none named)"}, not in ${tenant}.`,
    };
  return `from=${facts.author} authas=internal authsource=${stamp.authSource}`;
}

/** A proof's detail for the first signature that fulfils every rule; else what stopped the one that came furthest. */
function judge(terms: readonly SignatureTerms[], rules: SigningRules, author: string): Finding {
  let furthest: { readonly passed: number; readonly finding: Finding } | null = null;
  for (const one of terms) {
    const failure = firstFailure(one, rules);
    if (failure === null) return `from=${author} d=${one.domain} s=${one.selector} dmarc=${one.dmarc}`;
    if (furthest === null || failure.passed > furthest.passed)
      furthest = { passed: failure.passed, finding: { check: failure.check, sentence: failure.sentence } };
  }
  return (
    furthest?.finding ?? {
      check: "signed",
      sentence: `It bears no DKIM signature: ${rules.author} does not sign its mail, or the mail took another road.`,
    }
  );
}

/**
 * A server's results with what the signatures themselves say they cover: a result does not tell. Of several fields that may
 * be meant, each has to be as strict.
 */
function termsOf(
  results: readonly MethodResult[],
  headers: readonly HeaderField[],
): readonly SignatureTerms[] {
  const fields = readSignatureFields(headers);
  const dmarc = results.filter((result) => result.method === "dmarc");
  const [first] = dmarc;
  return results
    .filter((result) => result.method === "dkim")
    .flatMap((result): readonly SignatureTerms[] => {
      const domain = result.properties.get("header.d") ?? signerOf(result, fields);
      const meant = fields.filter((field) => isMeant(field, domain, result));
      const base = {
        domain,
        selector: result.properties.get("header.s") ?? meant[0]?.selector ?? "",
        result: result.result,
        reason: result.properties.get("reason") ?? "",
        // The server has read the key; what it lets pass is its own matter.
        bits: null,
        fromDomain: first?.properties.get("header.from") ?? "",
        dmarc: dmarc.every((one) => one.result === "pass") ? (first?.result ?? "none") : "fail",
      };
      const covered = meant.map((field) => field.signedHeaders);
      return [
        {
          ...base,
          algorithm:
            meant.find((field) => field.algorithm.includes("sha1"))?.algorithm ?? meant[0]?.algorithm ?? "",
          bodyLengthLimited: meant.some((field) => field.bodyLengthLimited),
          expiresAt: earliest(meant.map((field) => field.expiresAt)),
          signedHeaders: (covered[0] ?? []).filter((name) => covered.every((names) => names.includes(name))),
          aligned: null,
        },
      ];
    });
}

function earliest(times: readonly (string | null)[]): string | null {
  const set = times.filter((time) => time !== null);
  return set.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

/** A server that names `header.i` alone means the signature of that identity's domain, or of one above it (RFC 6376 §3.5). */
function signerOf(result: MethodResult, fields: readonly SignatureField[]): string {
  const identity = (result.properties.get("header.i") ?? "").split("@").at(-1) ?? "";
  const field = fields.find(({ domain }) => identity === domain || identity.endsWith(`.${domain}`));
  return field?.domain ?? identity;
}

function isMeant(field: SignatureField, domain: string, result: MethodResult): boolean {
  const selector = result.properties.get("header.s");
  const start = result.properties.get("header.b");
  return (
    field.domain === domain &&
    (selector === undefined || field.selector === selector) &&
    (start === undefined || field.signature.toLowerCase().startsWith(start))
  );
}
