/** The proof of identity that a decision rests on (protocol §3, 5). */
export type ProofKind = "dkim" | "authentication-results" | "exchange" | "token" | "console";

export interface Proof {
  readonly kind: ProofKind;
  /** `d=msp.example s=k1`, `mx.desk.example dmarc=pass`. */
  readonly detail: string;
}
