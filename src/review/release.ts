import type { Mailbox } from "../mail/message.ts";

/** Exactly what a person or a policy authorises, and nothing else; `canonicalSha256` hashes it. */
export interface ReplyContent {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly subject: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  /** Markdown in the small subset: emphasis, lists, links. */
  readonly body: string;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly sha256: string;
  }[];
}

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
