import type { HighRiskCode } from "../desk/risk.ts";
import type { Technician } from "../desk/ticket.ts";
import { domainOf, sameAddress } from "../mail/address.ts";
import type { Authentication } from "../mail/authentication.ts";
import type { ParsedMessage } from "../mail/message.ts";
import type { Proof, ProofKind } from "./proof.ts";

/**
 * Who may release, in the order of protocol §3. Each refusal has its own code; the first one that holds is given.
 * Pure: what it must know is looked up by the caller.
 */

export type GateCode =
  | "unsound-message"
  | "automatic"
  | "token-unknown"
  | "token-only-in-envelope"
  | "replayed"
  | "token-revoked"
  | "token-expired"
  | "technician-inactive"
  | "sender-not-registered"
  | "identity-unproven"
  | "identity-deferred";

export interface GateFacts {
  readonly message: Pick<ParsedMessage, "from" | "defects" | "automatic" | "to" | "cc">;
  /** The subject begins as those of automatic replies do. */
  readonly automaticSubject?: boolean;
  /** RFC 5321 reverse-path; `null` where the envelope is not held. */
  readonly reversePath: string | null;
  /** The token stands in To or Cc, not only in the envelope. */
  readonly tokenInHeaders: boolean;
  /** Of these two, it stands in Cc alone: then that is the field which a signature has to cover. Left out: in To. */
  readonly tokenInCcOnly?: boolean;
  /** A review reply with this Message-ID was taken in before, with other bytes. */
  readonly messageIdSeen?: boolean;
  /** addr-specs of Sender, Resent-From and Resent-Sender: somebody wrote or sent it in the author's name. */
  readonly onBehalf?: readonly string[];
  /** The digest that the token was issued for; `null` for a token the desk never issued. */
  readonly digest: { readonly expiresAt: string; readonly revokedAt: string | null } | null;
  /** The technician it was issued to. */
  readonly technician: Technician | null;
  readonly accepted: readonly ProofKind[];
  readonly authentication: Authentication | null;
  /** The subject bears the digest's reference: where a signature does not cover To, it binds the reply to its digest. */
  readonly bearsReference: boolean;
  /** Further domains that may sign for a technician's domain. */
  readonly signingDomains: Readonly<Record<string, readonly string[]>>;
  readonly now: Date;
}

export type GateResult =
  | { readonly open: true; readonly proof: Proof }
  | {
      readonly open: false;
      readonly code: GateCode;
      readonly sentence: string;
      /** The sender has proven to be the technician: they get an answer that says why. */
      readonly authenticated: boolean;
    };

/** Defects after which nobody can say who wrote what (threats 3, 41). */
const UNSOUND = new Set([
  "from-missing",
  "from-malformed",
  "from-multiple",
  "nul-byte",
  "bare-cr",
  "bare-lf",
  "message-id-missing",
  "message-id-multiple",
  // A signature covers the last field of a name (RFC 6376 §5.4.2): a second one above it is anybody's.
  "to-multiple",
  "cc-multiple",
  "sender-multiple",
  "subject-multiple",
  "content-type-multiple",
  "content-transfer-encoding-multiple",
]);

export function checkReply(facts: GateFacts): GateResult {
  const { message, technician, digest } = facts;
  const [author] = message.from;
  const unsound = message.defects.filter((defect) => UNSOUND.has(defect));
  if (author === undefined || message.from.length !== 1 || unsound.length > 0) {
    return refuse("unsound-message", `The mail is not sound (${unsound.join(", ") || "no single author"}).`);
  }
  // A list header alone may come from a group that the technician's mail runs through; RFC 3834's signs may not.
  if (
    (message.automatic.verdict !== "no" && message.automatic.verdict !== "list") ||
    facts.reversePath === "" ||
    facts.automaticSubject === true
  ) {
    const sign =
      message.automatic.reasons[0] ??
      (facts.reversePath === "" ? "null reverse-path" : "the subject of an automatic reply");
    return refuse("automatic", `The mail was written by a program (${sign}).`);
  }
  if (digest === null) return refuse("token-unknown", "The desk never issued this token.");
  if (!facts.tokenInHeaders)
    return refuse("token-only-in-envelope", "The review address stands in no To or Cc.");
  if (technician === null || !technician.active)
    return refuse("technician-inactive", "The technician whom this digest was for is no longer active.");
  if (!isRegistered(technician, author.address))
    return refuse("sender-not-registered", `${author.address} is not registered for ${technician.name}.`);
  // Whoever may write in a technician's name is enrolled as a delegate, or is nobody (threat 16).
  const stranger = facts.onBehalf?.find((address) => !isRegistered(technician, address));
  if (stranger !== undefined)
    return refuse(
      "sender-not-registered",
      `${stranger} sent it in the name of ${author.address} and is no enrolled delegate of ${technician.name}.`,
    );
  if (facts.messageIdSeen === true)
    return refuse("replayed", "A reply with this Message-ID, but other content, was taken in before.");
  const identity = proveIdentity(facts, author.address);
  if (!("proof" in identity)) return identity;
  // From here on the technician is who they say, and every refusal is answered.
  if (digest.revokedAt !== null) return refuse("token-revoked", "This digest was withdrawn.", true);
  if (digest.expiresAt <= facts.now.toISOString())
    return refuse("token-expired", "This digest has expired.", true);
  return { open: true, proof: identity.proof };
}

function isRegistered(technician: Technician, address: string): boolean {
  return [technician.email, ...technician.aliases, ...technician.delegates].some((own) =>
    sameAddress(own, address),
  );
}

function proveIdentity(
  facts: GateFacts,
  author: string,
): { readonly proof: Proof } | Extract<GateResult, { open: false }> {
  const { authentication, accepted } = facts;
  if (accepted.includes("dkim") && authentication !== null) {
    const good = authentication.signatures.find((signature) =>
      provesAuthor(signature, facts, authentication, domainOf(author)),
    );
    if (good !== undefined) {
      return {
        proof: {
          kind: "dkim",
          detail: `from=${author} d=${good.domain} s=${good.selector} dmarc=${authentication.dmarc}`,
        },
      };
    }
    if (authentication.dkim === "temperror" || authentication.dmarc === "temperror") {
      return refuse("identity-deferred", "The signature could not be checked for now: DNS did not answer.");
    }
  }
  if (accepted.includes("token"))
    return {
      proof: {
        kind: "token",
        detail: `from=${author}; the token alone, which proves nothing about the sender`,
      },
    };
  return refuse(
    "identity-unproven",
    `Nothing proves that ${author} wrote this (accepted: ${accepted.join(", ")}).`,
  );
}

type Signature = Authentication["signatures"][number];

/**
 * Whether one signature proves the author. DMARC's pass alone does not: SPF can give it, and SPF covers no word of the mail.
 * RFC 8301: rsa-sha1 is no signature and 1024 bits is the least; `l=` leaves room for words that nobody signed (threat 7).
 */
function provesAuthor(
  signature: Signature,
  facts: GateFacts,
  authentication: Authentication,
  domain: string,
): boolean {
  const signed = new Set(signature.signedHeaders.map((name) => name.toLowerCase()));
  const extra = facts.signingDomains[domain] ?? [];
  const own = signature.aligned && authentication.dmarc === "pass" && authentication.fromDomain === domain;
  return (
    signature.result === "pass" &&
    (own || extra.includes(signature.domain.toLowerCase())) &&
    !signature.bodyLengthLimited &&
    !signature.algorithm.includes("sha1") &&
    (signature.algorithm.startsWith("ed25519") || (signature.bits ?? 0) >= 1024) &&
    signed.has("from") &&
    signed.has("subject") &&
    // Microsoft 365 does not sign To: then the signed Subject must name the digest, or a signed mail could be replayed (threat 8).
    (signed.has(facts.tokenInCcOnly === true ? "cc" : "to") || facts.bearsReference)
  );
}

function refuse(
  code: GateCode,
  sentence: string,
  authenticated = false,
): Extract<GateResult, { open: false }> {
  return { open: false, code, sentence, authenticated };
}

export type ItemCode =
  | "item-used"
  | "item-void"
  | "no-draft"
  | "draft-not-current"
  | "newer-client-message"
  | "needs-console"
  | "needs-unedited"
  | "nobody-to-send-to";

/**
 * What a mailed reply may release of an item (protocol §3, 6): of an identity request or a security incident the unedited
 * call-back text of its template; nothing where the client shares the technicians' domain; anything of the others, though a
 * high-risk item has to be named by its number.
 */
export function mailMayRelease(
  codes: readonly HighRiskCode[],
  template: string | null,
): "anything" | "unedited" | "nothing" {
  if (codes.includes("shared-domain")) return "nothing";
  if (!codes.some((code) => code === "identity" || code === "security" || code === "payment"))
    return "anything";
  return template === null || /^client\/(identity|security)-/.test(template) ? "unedited" : "nothing";
}

export interface ItemFacts {
  readonly itemStatus: "live" | "used" | "void";
  readonly draft: {
    readonly id: number;
    readonly status: string;
    readonly basedOnMessageId: number | null;
    readonly canonicalSha256: string;
  } | null;
  /** Hash that the digest showed. */
  readonly shownSha256: string | null;
  readonly lastClientMessageId: number | null;
  readonly byMail: "anything" | "unedited" | "nothing";
  readonly edited: boolean;
  readonly recipients: number;
}

/** Whether this item's draft may be released now. The compare-and-set in the store has the last word. */
export function checkItem(facts: ItemFacts): { readonly code: ItemCode; readonly sentence: string } | null {
  const no = (code: ItemCode, sentence: string): { code: ItemCode; sentence: string } => ({ code, sentence });
  const { draft } = facts;
  if (facts.itemStatus === "used") return no("item-used", "It was decided already.");
  if (facts.itemStatus === "void") return no("item-void", "It is no longer current.");
  if (draft === null) return no("no-draft", "There is no draft to send.");
  if (draft.status !== "proposed" || draft.canonicalSha256 !== facts.shownSha256)
    return no("draft-not-current", "The draft has changed since that digest.");
  if (draft.basedOnMessageId !== facts.lastClientMessageId)
    return no("newer-client-message", "The client has written again since.");
  if (facts.byMail === "nothing")
    return no(
      "needs-console",
      "No reply to this one goes out by mail: call the client. The console has the whole ticket.",
    );
  if (facts.byMail === "unedited" && facts.edited)
    return no(
      "needs-unedited",
      "Only the draft as it stands can go out: “approve” and its number sends it. Tell the client anything else on the phone.",
    );
  if (facts.recipients === 0) return no("nobody-to-send-to", "No recipient is left.");
  return null;
}
