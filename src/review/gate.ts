import type { Technician } from "../desk/ticket.ts";
import { PermanentError } from "../errors.ts";
import { sameAddress } from "../mail/address.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { proveIdentity, type Identity, type Proof, type ProofFacts, type Shortfall } from "./proof.ts";

/**
 * Who may release, in the order of protocol §3: a list of small named checks for the reply, and one for each item
 * that it names (`item-gate.ts`). Each refusal has its own code; the first one that holds is given. Pure: what it must know is looked up by the caller.
 */

export type GateCode =
  | "unsound-message"
  | "automatic"
  | "token-missing"
  | "token-unknown"
  | "token-only-in-envelope"
  | "replayed"
  | "token-revoked"
  | "token-expired"
  | "technician-inactive"
  | "sender-not-registered"
  | "signature-expired"
  | "identity-unproven"
  | "identity-deferred";

export interface GateFacts extends Omit<ProofFacts, "author" | "headers"> {
  readonly message: Pick<ParsedMessage, "from" | "defects" | "automatic" | "headers">;
  /** The subject begins as those of automatic replies do. */
  readonly automaticSubject: boolean;
  /** RFC 5321 reverse-path; `null` where the envelope is not held. */
  readonly reversePath: string | null;
  /** Where its token stands; `none`: it was sent to the plain review address. */
  readonly token: "in-header" | "in-envelope" | "none";
  /** A review reply with this Message-ID was taken in before, with other bytes. */
  readonly messageIdSeen: boolean;
  /** One of its signatures came before, in another message that the desk acted on. */
  readonly signatureSeen: boolean;
  /** addr-specs of Sender, Resent-From and Resent-Sender: somebody wrote or sent it in the author's name. */
  readonly onBehalf: readonly string[];
  /** The digest that the token was issued for; `null` for a token the desk never issued. */
  readonly digest: { readonly expiresAt: string; readonly revokedAt: string | null } | null;
  /** The technician it was issued to; without a digest, the one whom From names. */
  readonly technician: Technician | null;
  readonly now: Date;
}

export type GateResult =
  | { readonly open: true; readonly proof: Proof }
  | {
      readonly open: false;
      readonly code: GateCode;
      /** The name of the check that refused. */
      readonly check: string;
      readonly sentence: string;
      /** The sender has proven to be the technician: they get an answer that says why. */
      readonly authenticated: boolean;
      /** How far each accepted proof came; empty where identity was not asked yet. */
      readonly shortfalls: readonly Shortfall[];
    };

export type Refusal = Extract<GateResult, { open: false }>;

/** What a check sees: the facts, and identity where it comes to that. */
interface Looked extends GateFacts {
  readonly author: string;
  readonly identity: () => Identity;
}

interface GateCheck {
  /** Unique among all checks of the gate. */
  readonly name: string;
  readonly code: GateCode;
  /** The sentence of its refusal; `null` where it holds. */
  readonly refuses: (facts: Looked) => string | null;
}

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

export const gateChecks: readonly GateCheck[] = [
  {
    name: "one-author",
    code: "unsound-message",
    refuses: ({ message }) => (message.from.length === 1 ? null : "The mail has no single author."),
  },
  {
    name: "sound-structure",
    code: "unsound-message",
    refuses: ({ message }) => {
      const unsound = message.defects.filter((defect) => UNSOUND.has(defect));
      return unsound.length === 0 ? null : `The mail is not sound (${unsound.join(", ")}).`;
    },
  },
  {
    // A list header alone may come from a group that the technician's mail runs through; RFC 3834's signs may not.
    name: "not-automatic",
    code: "automatic",
    refuses: ({ message: { automatic } }) =>
      automatic.verdict === "no" || automatic.verdict === "list"
        ? null
        : `The mail was written by a program (${automatic.reasons[0] ?? automatic.verdict}).`,
  },
  {
    name: "not-the-null-reverse-path",
    code: "automatic",
    refuses: ({ reversePath }) =>
      reversePath === "" ? "The mail was written by a program (null reverse-path)." : null,
  },
  {
    name: "not-an-automatic-subject",
    code: "automatic",
    refuses: ({ automaticSubject }) =>
      automaticSubject ? "The mail was written by a program (the subject of an automatic reply)." : null,
  },
  {
    name: "token-present",
    code: "token-missing",
    refuses: ({ token }) =>
      token === "none" ? "It was sent to the plain review address, without a digest's token." : null,
  },
  {
    name: "token-issued",
    code: "token-unknown",
    refuses: ({ digest }) => (digest === null ? "The desk never issued this token." : null),
  },
  {
    name: "token-in-header",
    code: "token-only-in-envelope",
    refuses: ({ token }) => (token === "in-envelope" ? "The review address stands in no To or Cc." : null),
  },
  {
    name: "technician-active",
    code: "technician-inactive",
    refuses: ({ technician }) =>
      technician?.active === true ? null : "The technician whom this digest was for is no longer active.",
  },
  {
    name: "sender-registered",
    code: "sender-not-registered",
    refuses: ({ technician, author }) =>
      isRegistered(technician, author)
        ? null
        : `${author} is not registered for ${technician?.name ?? "any technician"}.`,
  },
  {
    // Whoever may write in a technician's name is enrolled as a delegate, or is nobody (threat 16).
    name: "delegates-enrolled",
    code: "sender-not-registered",
    refuses: ({ technician, author, onBehalf }) => {
      const stranger = onBehalf.find((address) => !isRegistered(technician, address));
      return stranger === undefined
        ? null
        : `${stranger} sent it in the name of ${author} and is no enrolled delegate of ${technician?.name ?? "any technician"}.`;
    },
  },
  {
    name: "message-id-new",
    code: "replayed",
    refuses: ({ messageIdSeen }) =>
      messageIdSeen ? "A reply with this Message-ID, but other content, was taken in before." : null,
  },
  {
    // Where a signer leaves Message-ID out, a copy under a new one still bears the bytes that only the signer can make.
    name: "signature-new",
    code: "replayed",
    refuses: ({ signatureSeen }) =>
      signatureSeen ? "It bears the signature of an earlier reply: it is a copy of that one." : null,
  },
  {
    name: "dns-answered",
    code: "identity-deferred",
    refuses: ({ identity }) => {
      const found = identity();
      return found.state === "deferred" ? found.sentence : null;
    },
  },
  {
    name: "signature-in-date",
    code: "signature-expired",
    refuses: ({ identity }) => {
      const found = identity();
      if (found.state !== "unproven") return null;
      return found.shortfalls.find(({ check }) => check === "signature-not-expired")?.sentence ?? null;
    },
  },
  {
    name: "identity-proven",
    code: "identity-unproven",
    refuses: ({ identity, author, accepted }) => {
      const found = identity();
      if (found.state === "proven") return null;
      const why = found.state === "unproven" ? found.shortfalls.map((one) => one.sentence) : [];
      return [`Nothing proves that ${author} wrote this (accepted: ${accepted.join(", ")}).`, ...why].join(
        " ",
      );
    },
  },
  {
    name: "digest-not-withdrawn",
    code: "token-revoked",
    refuses: ({ digest }) =>
      digest === null || digest.revokedAt === null ? null : "This digest was withdrawn.",
  },
  {
    name: "digest-not-expired",
    code: "token-expired",
    refuses: ({ digest, now }) =>
      digest === null || digest.expiresAt > now.toISOString() ? null : "This digest has expired.",
  },
];

/** Refusals of somebody who may well be the technician: whether they are told depends on their proof alone. */
const ANSWERED: ReadonlySet<GateCode> = new Set([
  "token-missing",
  "token-unknown",
  "token-revoked",
  "token-expired",
]);

/** Whether the reply may act. `checks` is for tests that switch one off. */
export function checkReply(facts: GateFacts, checks: readonly GateCheck[] = gateChecks): GateResult {
  const author = facts.message.from[0]?.address ?? "";
  let found: Identity | null = null;
  const looked: Looked = {
    ...facts,
    author,
    identity: () =>
      (found ??= proveIdentity({
        ...facts,
        author,
        headers: facts.message.headers,
        // A token proves something only where there is one.
        accepted: facts.digest === null ? facts.accepted.filter((kind) => kind !== "token") : facts.accepted,
      })),
  };
  for (const { name, code, refuses } of checks) {
    const sentence = refuses(looked);
    if (sentence === null) continue;
    const authenticated = ANSWERED.has(code) && isProven(looked);
    return { open: false, code, check: name, sentence, authenticated, shortfalls: shortfallsOf(found) };
  }
  const identity = looked.identity();
  if (identity.state === "proven") return { open: true, proof: identity.proof };
  throw new PermanentError("the gate opened without a proof of identity");
}

function shortfallsOf(identity: Identity | null): readonly Shortfall[] {
  return identity?.state === "unproven" ? identity.shortfalls : [];
}

/** The sender is an active technician beyond doubt, whatever their token is worth. */
function isProven(facts: Looked): boolean {
  const { technician, author, onBehalf, messageIdSeen, signatureSeen } = facts;
  return (
    technician?.active === true &&
    [author, ...onBehalf].every((address) => isRegistered(technician, address)) &&
    !messageIdSeen &&
    !signatureSeen &&
    facts.identity().state === "proven"
  );
}

/** Whether mail from this address may be the technician's: their address, an alias, or an enrolled delegate. */
export function isRegistered(technician: Technician | null, address: string): boolean {
  return (
    technician !== null &&
    [technician.email, ...technician.aliases, ...technician.delegates].some((own) =>
      sameAddress(own, address),
    )
  );
}
