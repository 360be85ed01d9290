/** Where one sentence of a draft comes from. For the reviewer, never in the client's text. */
export interface DraftSource {
  /** As it stands in the draft. */
  readonly sentence: string;
  readonly kind: "template" | "article" | "ticket" | "record";
  /** `client/vpn`, an article's title, `#1042`, `Contoso`. */
  readonly name: string;
}

/** A draft's text without these of its sentences, whatever stood around them. */
export function withoutSentences(text: string, sources: readonly Pick<DraftSource, "sentence">[]): string {
  return sources.reduce((rest, { sentence }) => rest.replaceAll(sentence, ""), text);
}

/** One question of the client, and what in the draft answers it. */
export interface AskedQuestion {
  /** In the client's words. */
  readonly question: string;
  /** `open`: the draft says that a technician will answer, or, where its text is fixed, nothing. */
  readonly answeredBy: DraftSource["kind"] | "open";
}
