/**
 * A function of a text that keeps its latest results: one mail asks for the same several times, and one mail after another
 * for the same article's. The result must be for reading alone.
 *
 * @param most results that are kept; the oldest goes first
 */
export function keepingResults<T>(most: number, work: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const result = work(text);
    kept.set(text, result);
    const [oldest] = kept.size > most ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    return result;
  };
}
