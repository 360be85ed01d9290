/** Features that are there, with their values; every other one is 0. Indices are distinct, in any order. */
export interface SparseVector {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** Gathers values by index; what comes twice is added up. */
export class VectorBuilder {
  readonly #values = new Map<number, number>();

  add(index: number, value: number): void {
    this.#values.set(index, (this.#values.get(index) ?? 0) + value);
  }

  /** @param shape what becomes of each gathered value; as it stands where none is given */
  build(shape: (value: number) => number = (value) => value): SparseVector {
    const indices = new Uint32Array(this.#values.size);
    const values = new Float32Array(this.#values.size);
    let at = 0;
    for (const [index, value] of this.#values) {
      indices[at] = index;
      values[at] = shape(value);
      at += 1;
    }
    return { indices, values };
  }
}

/** The same direction at the given length; a vector of nothing stays so. */
export function scaledTo(vector: SparseVector, length: number): SparseVector {
  let square = 0;
  for (const value of vector.values) square += value * value;
  if (square === 0) return vector;
  const factor = length / Math.sqrt(square);
  return { indices: vector.indices, values: vector.values.map((value) => value * factor) };
}

/** Vectors with features of their own, as one. Where two share an index by chance, it stands there twice, which adds up. */
export function joined(vectors: readonly SparseVector[]): SparseVector {
  const size = vectors.reduce((sum, vector) => sum + vector.indices.length, 0);
  const indices = new Uint32Array(size);
  const values = new Float32Array(size);
  let at = 0;
  for (const vector of vectors) {
    indices.set(vector.indices, at);
    values.set(vector.values, at);
    at += vector.indices.length;
  }
  return { indices, values };
}
