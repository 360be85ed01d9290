/** One line of the audit log, before it is chained. */
export interface NewEvent {
  /** The chain it belongs to: `ticket:12`, `message:7`, `desk`. */
  readonly stream: string;
  /** Who: a person by addr-spec, or the part of the desk that acted, with the policy that let it. */
  readonly actor: Actor;
  /** A past participle with its noun: `message.filed`, `draft.approved`, `release.held`. */
  readonly kind: string;
  /** One sentence for an operator. No body text, no token, no password. */
  readonly sentence: string;
  /** Evidence: ids, confidence, versions, reason codes. Small and free of bodies. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

export type Actor =
  | { readonly kind: "person"; readonly id: string }
  | { readonly kind: "policy"; readonly id: string }
  | { readonly kind: "desk"; readonly id: string };

export const desk = (part: string): Actor => ({ kind: "desk", id: part });
export const person = (address: string): Actor => ({ kind: "person", id: address });
