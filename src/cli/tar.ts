interface TarEntry {
  /** As it stands in the archive: `spam-1/00001.txt`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;

/**
 * The plain files of a tar archive (POSIX ustar, GNU long names), in order. Links, folders and devices are passed over;
 * nothing is written anywhere, so a name that leads out of the archive does no harm.
 *
 * @throws Error where the archive is cut short
 */
export function readTar(archive: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | null = null;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(textOf(header, 124, 12).trim() || "0", 8);
    const from = at + BLOCK;
    if (!(size >= 0) || from + size > archive.length) throw new Error("the archive is cut short");
    const bytes = archive.subarray(from, from + size);
    const type = textOf(header, 156, 1);
    if (type === "L") longName = textOf(bytes, 0, size);
    else {
      const prefix = textOf(header, 257, 5) === "ustar" ? textOf(header, 345, 155) : "";
      const own = textOf(header, 0, 100);
      const name: string = longName ?? (prefix === "" ? own : `${prefix}/${own}`);
      if (type === "0" || type === "") entries.push({ name, bytes });
      longName = null;
    }
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

/** Up to the first NUL. */
function textOf(bytes: Buffer, from: number, length: number): string {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? field.length : end).toString("utf8");
}
