/** Features that are there, with their values; every other one is 0. Indices are distinct, in any order. */
export interface SparseVector {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** Gathers values by index; what comes twice is added up. */
export class VectorBuilder {
  /** Open addressing with linear probing: place of an index among those gathered, counted from 1; 0 where free. */
  #slots: Int32Array;
  #indices: Uint32Array;
  #values: Float32Array;
  #size = 0;

  /** @param expected about how many distinct indices will come; more are taken as well */
  constructor(expected = 16) {
    const room = 1 << (32 - Math.clz32(Math.max(15, expected)));
    this.#indices = new Uint32Array(room);
    this.#values = new Float32Array(room);
    this.#slots = new Int32Array(2 * room);
  }

  add(index: number, value: number): void {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(index, SPREAD) & mask;
    for (let place = this.#slots[slot]!; place !== 0; place = this.#slots[slot]!) {
      if (this.#indices[place - 1] === index) {
        this.#values[place - 1]! += value;
        return;
      }
      slot = (slot + 1) & mask;
    }
    if (this.#size === this.#indices.length) {
      this.#widen();
      this.add(index, value);
      return;
    }
    this.#indices[this.#size] = index;
    this.#values[this.#size] = value;
    this.#size += 1;
    this.#slots[slot] = this.#size;
  }

  /** @param shape what becomes of each gathered value; as it stands where none is given */
  build(shape: (value: number) => number = (value) => value): SparseVector {
    const values = this.#values.slice(0, this.#size);
    for (let at = 0; at < values.length; at += 1) values[at] = shape(values[at]!);
    return { indices: this.#indices.slice(0, this.#size), values };
  }

  #widen(): void {
    const wider = new VectorBuilder(this.#indices.length);
    for (let at = 0; at < this.#size; at += 1) wider.add(this.#indices[at]!, this.#values[at]!);
    this.#slots = wider.#slots;
    this.#indices = wider.#indices;
    this.#values = wider.#values;
  }
}

/** Odd, so that neighbouring indices do not crowd one stretch of the table. */
const SPREAD = 0x9e3779b1;

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
