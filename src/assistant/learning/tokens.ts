/** Text as folded tokens for learning: numbers lose their digits, so that one alert and the next are the same words. */

/** No more of a text is read: what a mail is about stands at its head. UTF-16 units. */
const LONGEST_TEXT = 2500;
const LONGEST_TOKEN = 40;

/** Letters, digits and the `_` of host names and ticket references; each ideograph or kana is a token of its own. */
const TOKEN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}\p{M}_'’]+/gu;

export function tokensOf(text: string): readonly string[] {
  const folded = foldForLearning(headOf(text));
  return (folded.match(TOKEN) ?? []).map((token) =>
    token.length > LONGEST_TOKEN ? token.slice(0, LONGEST_TOKEN) : token,
  );
}

/** Tokens that folding changes, as they are written but in lower case: `gerat` → `gerät`. The first form of each counts. */
export function writtenForms(text: string): ReadonlyMap<string, string> {
  const forms = new Map<string, string>();
  for (const [form] of headOf(text).toLowerCase().matchAll(TOKEN)) {
    if (/^[a-z]+$/.test(form)) continue;
    const folded = foldForLearning(form);
    if (folded !== form && !forms.has(folded)) forms.set(folded, form);
  }
  return forms;
}

const headOf = (text: string): string => (text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text);

/** Lower case, without diacritics and apostrophes, every run of digits a single `0`. */
export function foldForLearning(text: string): string {
  const lower = text.toLowerCase();
  const plain = /^[\u0020-\u007e\s]*$/.test(lower) ? lower : lower.normalize("NFKD").replace(/\p{M}/gu, "");
  return plain.replace(/['’ʼ`´]/gu, "").replace(/\d+/gu, "0");
}
