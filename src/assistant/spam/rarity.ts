import { joined, scaledTo, type SparseVector } from "../learning/sparse-vector.ts";
import { SPAM_BUCKETS, type FeaturePart } from "./spam-features.ts";

/** How rare each feature is among known messages: what stands in all of them says nothing (TF-IDF). */
export class Rarity {
  readonly #weights: Float32Array;

  private constructor(weights: Float32Array) {
    this.#weights = weights;
  }

  static among(messages: readonly (readonly FeaturePart[])[]): Rarity {
    const seen = new Float32Array(SPAM_BUCKETS);
    for (const parts of messages)
      for (const { counts } of parts) for (const index of counts.indices) seen[index]! += 1;
    return new Rarity(seen.map((count) => Math.log((1 + messages.length) / (1 + count)) + 1));
  }

  /** The parts as one vector, each at its own length. */
  weigh(parts: readonly FeaturePart[]): SparseVector {
    return joined(
      parts.map(({ counts: { indices, values }, length }) =>
        scaledTo(
          { indices, values: values.map((value, at) => value * this.#weights[indices[at]!]!) },
          length,
        ),
      ),
    );
  }
}
