/** A model as bytes: a name of its kind, a head as JSON, and arrays of numbers, whole. */

type Numbers = Uint32Array | Int32Array | Float32Array;

const TYPES = { u: Uint32Array, i: Int32Array, f: Float32Array };
type TypeName = keyof typeof TYPES;

function typeOf(array: Numbers): TypeName {
  if (array instanceof Float32Array) return "f";
  return array instanceof Int32Array ? "i" : "u";
}

/** Layout: u32 length of the head, the head, then the arrays, each padded to 4 bytes; little-endian as on every machine Node runs on. */
export function packed(kind: string, head: unknown, arrays: readonly Numbers[]): Uint8Array {
  const shapes = arrays.map((array) => [typeOf(array), array.length]);
  const text = Buffer.from(JSON.stringify({ kind, head, shapes }), "utf8");
  const start = 4 + Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(start + arrays.reduce((sum, array) => sum + array.byteLength, 0));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = start;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return bytes;
}

/**
 * The arrays are views of the bytes where these lie as numbers must: whoever changes one copies it first, and the bytes
 * stay as they are while the arrays are used.
 *
 * @throws Error where the bytes are not of this kind, or are cut short
 */
export function unpacked(
  bytes: Uint8Array,
  kind: string,
): { readonly head: unknown; readonly arrays: readonly Numbers[] } {
  const own = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const described = describe(own);
  if (described === null || described.kind !== kind)
    throw new Error(`These bytes are no ${kind}: they were written by another version, or damaged.`);
  let at = described.start;
  const arrays = described.shapes.map(([type, length]) => {
    if (at + 4 * length > own.length) throw new Error(`This ${kind} is cut short: ${own.length} bytes.`);
    const from = at;
    at += 4 * length;
    return new TYPES[type](own.buffer as ArrayBuffer, own.byteOffset + from, length);
  });
  return { head: described.head, arrays };
}

interface Described {
  readonly kind: string;
  readonly head: unknown;
  readonly shapes: readonly (readonly [TypeName, number])[];
  readonly start: number;
}

function describe(bytes: Uint8Array): Described | null {
  if (bytes.length < 4) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + length > bytes.length) return null;
  try {
    const read = JSON.parse(Buffer.from(bytes.subarray(4, 4 + length)).toString("utf8")) as Omit<
      Described,
      "start"
    >;
    if (!Array.isArray(read.shapes)) return null;
    return { ...read, start: 4 + Math.ceil(length / 4) * 4 };
  } catch {
    return null;
  }
}
