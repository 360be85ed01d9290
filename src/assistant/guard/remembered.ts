/** A longer text is hardly a template's line, and comes once. */
const LONGEST = 400;
const MOST = 500;

/**
 * A judgement that depends on the text alone, remembered: most lines of a draft are a template's own and come again with every mail.
 * What a client wrote is as many lines again at most: two halves of `MOST`, the older one goes when the newer is full.
 */
export function remembered<T>(judge: (text: string) => T): (text: string) => T {
  let newer = new Map<string, T>();
  let older = new Map<string, T>();
  return (text) => {
    if (text.length > LONGEST) return judge(text);
    const known = newer.get(text);
    if (known !== undefined) return known;
    const found = older.get(text) ?? judge(text);
    if (newer.size >= MOST) {
      older = newer;
      newer = new Map();
    }
    newer.set(text, found);
    return found;
  };
}
