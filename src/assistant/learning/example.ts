/** What a field's model looks at. */
export interface Example {
  readonly subject: string;
  readonly body: string;
  /** Facts of the mail as short tokens: `domain:contoso.example`, `client:12`, `attachment:image`, `automatic`, `rule:vpn`. */
  readonly facts: readonly string[];
  /** Clues of how the mail was made, as `packMaking` writes them; left out where nobody looked. */
  readonly making?: string;
}

export interface Prediction {
  readonly label: string;
  /** What speaks for `label` beside the others as a share of 1, before what is known of how sure that makes it. */
  readonly chance: number;
  /** Calibrated chance that `label` is right, 0 to 1. */
  readonly confidence: number;
  /** Upper bound (one-sided, 90 %) of the error among held-out decisions at least this sure; 1 where too few are known. */
  readonly expectedError: number;
  /** How many held-out decisions that bound rests on. */
  readonly decisions: number;
  /** 0 (like what was learned) to 1 (unlike anything known): chance that the message is out of scope. */
  readonly novelty: number;
  /** Next best, at most three. */
  readonly alternatives: readonly { readonly label: string; readonly confidence: number }[];
  /** Words that spoke for it, best first, at most four. */
  readonly evidence: readonly string[];
}
