/**
 * Texts that outsiders wrote, set apart from what a model is asked to do: each stands between two lines with a mark that nobody
 * outside can know. A text that shows such a line itself, with another mark or none, stays inside of its own.
 */
export interface Fence {
  readonly mark: string;
  /** "" for an empty text. */
  around(name: string, text: string): string;
}

/** `random`: eight bytes or more, new for each question. */
export function createFence(random: Uint8Array): Fence {
  const mark = Buffer.from(random).toString("hex");
  return {
    mark,
    around: (name, text) =>
      text.trim() === ""
        ? ""
        : `<<<${mark} ${name}>>>\n${text.replaceAll(mark, "").trim()}\n<<<${mark} end of ${name}>>>\n`,
  };
}
