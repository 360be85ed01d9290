/**
 * Words cut to what their forms share: `printers` and `printing` to `print`, `Passwörter` to `passwort`. Light on purpose:
 * a stem that is cut too far finds what nobody meant. It need not be a word, only the same for a text and for who looks for it.
 */

/** Accents off and lower case; the letters that Unicode does not take apart are spelt as people type them without a key. */
export function foldWord(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return /[ßæœøłđ]/.test(plain) ? plain.replaceAll(/[ßæœøłđ]/g, (letter) => SPELT[letter] ?? letter) : plain;
}

const SPELT: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d" };

/** Folded words of at most 40 letters and digits, in order. */
export function foldedWords(text: string): readonly string[] {
  return foldWord(text).match(/[\p{L}\p{N}]{1,40}/gu) ?? [];
}

/** The stem of a folded word. Short words, and whatever holds a digit, stay as they are: codes have no endings. */
export function stem(word: string): string {
  if (word.length <= 3 || !/^[a-z]+$/.test(word)) return word;
  const known = KNOWN.get(word);
  if (known !== undefined) return known;
  const cut = cutEndings(word);
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(word, cut);
  return cut;
}

/** Stems are worked out once: an import asks for the same few thousand again and again. */
const KNOWN = new Map<string, string>();
const MOST_KNOWN = 20_000;

function cutEndings(word: string): string {
  let cut = singular(word);
  const verb = /^(.*[aeiouy].*?)(?:ing|ed)$/.exec(cut)?.[1];
  if (verb !== undefined && verb.length >= 3) cut = verb.replace(/([bdfgmnprt])\1$/, "$1");
  // German: Drucker is a thing, drucken what it does; -ungen, -lich and the like change too much to be cut.
  if (cut.length > 5) cut = cut.replace(/(?:ern|en|em|er)$/, "");
  if (cut.length > 4 && cut.endsWith("e")) cut = cut.slice(0, -1);
  return cut.length > 3 && cut.endsWith("y") ? `${cut.slice(0, -1)}i` : cut;
}

function singular(word: string): string {
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|us|is)$/.test(word)) return word;
  if (/(?:x|ch|sh|z|ss)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}
