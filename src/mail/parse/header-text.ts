/** Controls (CR, LF, NUL and the line separators of Unicode among them) become single spaces. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
    ? // eslint-disable-next-line no-control-regex
      text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
    : text;
  return plain.trim().toWellFormed();
}

/** Zero-width characters, soft hyphens and direction overrides: they make two texts look alike that are not. */
export function hasHiddenCharacters(text: string): boolean {
  if (isAscii(text)) return false;
  // A zero-width joiner between two pictographs is how emoji families are written.
  const plain = text.replace(/(\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})\u200d/gu, "$1");
  return /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/.test(plain);
}

/** A word that mixes Latin with Cyrillic or Greek letters, as a homoglyph does. */
export function hasMixedScripts(text: string): boolean {
  if (isAscii(text)) return false;
  return text
    .split(/[^\p{L}\p{M}]+/u)
    .some((word) => /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word));
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return !/[^\u0000-\u007f]/.test(text);
}
