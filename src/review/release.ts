import type { ReplyMail } from "../mail/compose/compose.ts";

/**
 * Exactly what a person or a policy authorises, and nothing else; `canonicalSha256` hashes it. It is what is composed: a field
 * that a client receives and nobody authorised cannot be added to one and forgotten in the other.
 */
export type ReplyContent = ReplyMail;

/** Why these bytes may go to a client. `deliver` takes a release, a release takes one of these; there is no other way. */
export type Authorisation =
  | {
      readonly id: number;
      readonly kind: "decision";
      readonly decisionId: number;
      readonly canonicalSha256: string;
    }
  | {
      readonly id: number;
      readonly kind: "grant";
      readonly policyVersion: number;
      readonly rule: number;
      readonly canonicalSha256: string;
    };
