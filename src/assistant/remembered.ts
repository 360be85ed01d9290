interface Memory {
  /** Texts that are kept at least; at most twice as many. */
  readonly most?: number;
  /** A longer text is judged anew each time; in UTF-16 units. */
  readonly longest?: number;
}

/**
 * A judgement that depends on the text alone, remembered: most lines of a draft are a template's own and come again with every mail,
 * an article is found for one mail after another, and one mail's text is read for several ends. What comes once goes again: two
 * halves of `most`, the older one goes when the newer is full. A judgement is given to all who ask: it must be for reading alone.
 */
export function remembered<T>(
  judge: (text: string) => T,
  { most = 500, longest = 400 }: Memory = {},
): (text: string) => T {
  let newer = new Map<string, T>();
  let older = new Map<string, T>();
  return (text) => {
    if (text.length > longest) return judge(text);
    const known = newer.get(text);
    if (known !== undefined) return known;
    const found = older.get(text) ?? judge(text);
    if (newer.size >= most) {
      older = newer;
      newer = new Map();
    }
    newer.set(text, found);
    return found;
  };
}
