/** Text as folded words, once for a message: phrases, language, summary and look-ups all work on the same list. */

export type WordKind = "word" | "number" | "date" | "address" | "link";

export interface Word {
  /** Folded: lower case, without diacritics and apostrophes, `ß` as `ss`. An address or link is kept whole. */
  readonly text: string;
  readonly kind: WordKind;
  /** Place in the source, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** Linear in the length of the text: cut at white space first, then inside each piece. */
export function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    while (at < text.length && isBlank(text.charCodeAt(at))) at += 1;
    const start = at;
    let ordinary = true;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (isBlank(code)) break;
      // A digit, an @, a slash, anything outside ASCII: a piece that needs a closer look.
      if (code > 126 || code === AT || (code >= SLASH && code <= COLON)) ordinary = false;
    }
    if (at === start) continue;
    if (ordinary && !text.startsWith("www.", start)) addOrdinary(text, start, at, words);
    else addPiece(text.slice(start, at), start, words);
  }
  return words;
}

const AT = 64;
const SLASH = 47;
const COLON = 58;
const APOSTROPHE = 39;

const isBlank = (code: number): boolean =>
  code <= 32 ||
  code === 0xa0 ||
  code === 0xfeff ||
  code === 0x3000 ||
  (code >= 0x2000 && code <= 0x200a) ||
  code === 0x2028 ||
  code === 0x2029 ||
  code === 0x202f;

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);

/** Most pieces of most mails: ASCII letters and punctuation. The same words as `addPiece` finds, without its patterns. */
function addOrdinary(text: string, from: number, to: number, words: Word[]): void {
  let start = -1;
  for (let at = from; at <= to; at += 1) {
    const code = at === to ? 0 : text.charCodeAt(at);
    if (isLetter(code) || code === APOSTROPHE) {
      if (start === -1) start = at;
    } else if (start !== -1) {
      const folded = fold(text.slice(start, at));
      if (folded !== "") {
        words.push({ text: folded, kind: DATE_WORDS.has(folded) ? "date" : "word", start, end: at });
      }
      start = -1;
    }
  }
}

/** Lower case without diacritics: `Drücker` → `drucker`, `can’t` → `cant`, `Straße` → `strasse`. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (isPlain(lower)) return lower;
  return lower
    .normalize("NFKD")
    .replace(/[\p{M}'’ʼ`´]/gu, "")
    .replaceAll("ß", "ss")
    .replaceAll("ł", "l")
    .replaceAll("ø", "o");
}

function addPiece(piece: string, offset: number, words: Word[]): void {
  if (piece.length > 1 && isWhole(piece)) {
    const kind = piece.includes("://") || piece.startsWith("www.") ? "link" : "address";
    words.push({ text: piece.toLowerCase(), kind, start: offset, end: offset + piece.length });
    return;
  }
  if (isDate(piece)) {
    words.push({ text: piece, kind: "date", start: offset, end: offset + piece.length });
    return;
  }
  for (const part of piece.matchAll(/[\p{L}\p{N}\p{M}'’]+/gu)) {
    const text = fold(part[0]);
    if (text === "") continue;
    const start = offset + part.index;
    const kind = hasDigit(text) ? "number" : DATE_WORDS.has(text) ? "date" : "word";
    words.push({ text, kind, start, end: start + part[0].length });
  }
}

/** Addresses and links are no words: `mail.contoso.example` says nothing about mail. */
function isWhole(piece: string): boolean {
  return (
    piece.includes("://") || piece.startsWith("www.") || (piece.indexOf("@") > 0 && !piece.endsWith("@"))
  );
}

/** `01.12.2026`, `2026-12-01`, `12/1`, with a final comma or full stop. */
function isDate(piece: string): boolean {
  return piece.length <= 12 && /^\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4}|[./-]\d{1,2})?[.,;:)]?$/.test(piece);
}

function hasDigit(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}

function isPlain(lower: string): boolean {
  for (let index = 0; index < lower.length; index += 1) {
    const code = lower.charCodeAt(index);
    if (code > 126 || code === 39 || code === 96) return false;
  }
  return true;
}

/** Months and weekdays, folded; `may`, `mar` and the like are left out: they are ordinary words too. */
const DATE_WORDS = new Set(
  (
    "january february march april june july august september october november december monday tuesday wednesday thursday " +
    "friday saturday sunday tomorrow januar februar marz maerz mai juni juli oktober dezember montag dienstag mittwoch " +
    "donnerstag freitag samstag sonntag morgen janvier fevrier avril juin juillet aout septembre octobre novembre decembre " +
    "lundi mardi mercredi jeudi vendredi demain enero febrero marzo abril mayo junio julio agosto septiembre octubre " +
    "noviembre diciembre lunes martes miercoles jueves viernes manana maandag dinsdag woensdag donderdag vrijdag maart " +
    "augustus morgen"
  ).split(" "),
);
