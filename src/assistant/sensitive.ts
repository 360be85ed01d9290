/** Where a text holds what nobody should read in a log, a model request or a reply: found once, for `redact` and `guard`. */

type SensitiveKind = "password" | "card number" | "account number" | "key" | "number";

interface Sensitive {
  readonly kind: SensitiveKind;
  readonly start: number;
  readonly end: number;
}

/** In order of place, without overlaps. Linear in the length of the text. */
export function findSensitive(text: string): readonly Sensitive[] {
  const found: Sensitive[] = [];
  let rest = text;
  // What one search found is out of the way of the next: a card behind an account number is still a card.
  for (const search of [keys, accountNumbers, longNumbers, passwords]) {
    const places = search(rest);
    found.push(...places);
    rest = masked(rest, places);
  }
  return withoutOverlaps(found);
}

function masked(text: string, places: readonly Sensitive[]): string {
  let result = "";
  let from = 0;
  for (const { start, end } of withoutOverlaps(places)) {
    result += text.slice(from, start) + "|".repeat(end - start);
    from = end;
  }
  return result + text.slice(from);
}

function withoutOverlaps(places: readonly Sensitive[]): readonly Sensitive[] {
  const kept: Sensitive[] = [];
  for (const one of places.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    if (one.start >= (kept.at(-1)?.end ?? 0)) kept.push(one);
  }
  return kept;
}

const PASSWORD_WORD =
  /(?<![\p{L}\p{N}])(?:pass ?words?|pass ?phrase|passwd|passwort|passwörter|kennwort|kennwörter|zugangsdaten|pwd|pw|passcode|pin|mot de passe|contraseña|clave|wachtwoord|senha|hasło|secret|api[ -]?key|token)(?![\p{L}\p{N}])/giu;

/** How far behind the word its value may stand: "password for the mail account of Ana is: …". */
const REACH = 80;

const LINKING = new Set(
  "is ist lautet war was to auf zu est es é è sarà será wordt will be wird sein sera jest = : now jetzt nun currently aktuell new neu still".split(
    " ",
  ),
);

function passwords(text: string): readonly Sensitive[] {
  const found: Sensitive[] = [];
  let end = 0;
  for (const word of text.matchAll(PASSWORD_WORD)) {
    const from = word.index + word[0].length;
    const value = valueBehind(text.slice(from, from + REACH));
    if (value === null) continue;
    const start = from + value.start;
    // One run may hold thousands of such words, and ends at one place.
    if (start >= end) end = endOfRun(text, start);
    found.push({ kind: "password", start, end });
  }
  return found;
}

/** The value within what follows the word, by a colon, an equals sign or a linking word; `null` when there is none. */
function valueBehind(text: string): { readonly start: number } | null {
  let linked = false;
  let words = 0;
  for (const piece of text.matchAll(/\S+/g)) {
    // Done before: redacting twice changes nothing.
    if (piece[0].startsWith("[removed:")) return null;
    const bare = piece[0].toLowerCase();
    const line = text.slice(0, piece.index);
    const brokenTwice = line.indexOf("\n") !== line.lastIndexOf("\n");
    if (brokenTwice) return null;
    if (linked && !LINKING.has(bare)) {
      const rest = text.slice(piece.index + piece[0].length);
      const lastOnLine = rest.trim() === "" || /^[ \t]*\n/.test(rest);
      const marked = line.trimEnd().endsWith(":") || line.trimEnd().endsWith("=");
      const plausible = looksSecret(piece[0]) || (marked && lastOnLine && piece[0].length >= 3);
      return plausible ? { start: piece.index } : null;
    }
    const glued = /^[:=](\S+)$/.exec(piece[0]);
    if (glued?.[1] !== undefined) return looksSecret(glued[1]) ? { start: piece.index + 1 } : null;
    if (LINKING.has(bare) || bare.endsWith(":") || bare.endsWith("=")) linked = true;
    else if (/[.?!;]$/.test(bare) && !looksSecret(bare)) return null;
    words += 1;
    if (words > 7) return null;
    // "password Summer24!", "PIN 4711": without a word between.
    const shortest = /^\d{4}/.test(piece[0]) ? 4 : 6;
    if (words === 1 && !linked && looksSecret(piece[0]) && piece[0].length >= shortest)
      return { start: piece.index };
  }
  return null;
}

/** A digit, a symbol inside, or a capital behind a small letter: not an ordinary word. Quoted words count too. */
function looksSecret(piece: string): boolean {
  const quoted = /^["'„“”«‹](.+)["'“”»›][.,]?$/u.exec(piece);
  const bare = piece.replace(/(?<![.,;:!?)\]])[.,;:!?)\]]+$/, "").replace(/^[([]+/, "");
  if (quoted?.[1] !== undefined && !quoted[1].includes(" ")) return true;
  if (bare.length < 4) return false;
  return (
    (/\d/.test(bare) && (/\p{L}/u.test(bare) || /^\d{4,12}$/.test(bare))) ||
    /\p{Ll}\p{Lu}/u.test(bare) ||
    (/[!#$%&*+=?^~§]/.test(bare) && /\p{L}/u.test(bare))
  );
}

function endOfRun(text: string, start: number): number {
  let end = start;
  while (end < text.length && !/\s/.test(text[end] ?? " ")) end += 1;
  return end;
}

/** Forms that makers of keys document: OpenAI, GitHub, AWS, Slack, Google, Stripe, JSON web tokens, BitLocker, PEM blocks. */
const KEY_FORM =
  /(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{16,200}|gh[opsur]_[A-Za-z0-9]{30,200}|github_pat_[A-Za-z0-9_]{20,200}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,200}|AIza[A-Za-z0-9_-]{30,60}|[rs]k_live_[A-Za-z0-9]{16,200}|(?:\d{6}-){7}\d{6}(?!\d)|eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{5,4000}(?:\.[A-Za-z0-9_-]{0,2000})?)/g;

function keys(text: string): readonly Sensitive[] {
  const found: Sensitive[] = [];
  for (const key of text.matchAll(KEY_FORM)) {
    found.push({ kind: "key", start: key.index, end: key.index + key[0].length });
  }
  for (let at = text.indexOf("-----BEGIN "); at !== -1; at = text.indexOf("-----BEGIN ", at + 11)) {
    const end = text.indexOf("-----END ", at);
    const line = end === -1 ? -1 : text.indexOf("\n", end);
    found.push({ kind: "key", start: at, end: line === -1 ? text.length : line });
    if (end === -1) break;
  }
  return found;
}

/** ISO 13616: two letters, two check digits, up to 30 more, in groups of four. Proven by its check digits. */
function accountNumbers(text: string): readonly Sensitive[] {
  const found: Sensitive[] = [];
  const form = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{1,4}){2,8}(?![A-Za-z0-9])/g;
  for (let match = form.exec(text); match !== null; match = form.exec(text)) {
    const length = accountLength(match[0]);
    if (length > 0) found.push({ kind: "account number", start: match.index, end: match.index + length });
    // The form may have run on into the next number: look again from where this one ends.
    form.lastIndex = match.index + Math.max(length, 4);
  }
  return found;
}

/** ISO 13616's length for each country, in characters without blanks. */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 " +
    "GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IS26 IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 " +
    "MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 VG24 XK20"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** How much of the text is an account number of its country's length, by its check digits; 0 when none of it is. */
function accountLength(text: string): number {
  const wanted = IBAN_LENGTHS.get(text.slice(0, 2)) ?? 0;
  let compact = "";
  let at = 0;
  for (; at < text.length && compact.length < wanted; at += 1)
    if (text[at] !== " ") compact += text[at] ?? "";
  return wanted > 0 && compact.length === wanted && isIban(compact) ? at : 0;
}

function isIban(compact: string): boolean {
  let rest = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    for (const digit of char >= "A" ? String(char.charCodeAt(0) - 55) : char)
      rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

/** Runs of digits, single blanks and dashes among them: cards by their check digit, others by their length alone. */
function longNumbers(text: string): readonly Sensitive[] {
  const found: Sensitive[] = [];
  for (const run of text.matchAll(/(?<![\p{L}\p{N}+])\d(?:[ -]?\d)*/gu)) {
    if (run[0].length < 12) continue;
    const cards = cardsIn(run[0]);
    for (const card of cards) {
      found.push({ kind: "card number", start: run.index + card.start, end: run.index + card.end });
    }
    if (cards.length === 0 && /^\d+$/.test(run[0])) {
      found.push({ kind: "number", start: run.index, end: run.index + run[0].length });
    }
  }
  return found;
}

/** Groups of digits that together are a card: 13 to 19 of them, from the start of a group to the end of one. */
function cardsIn(run: string): readonly { readonly start: number; readonly end: number }[] {
  const groups = [...run.matchAll(/\d+/g)];
  const cards: { start: number; end: number }[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    let digits = "";
    for (let last = first; last < groups.length && digits.length < 19; last += 1) {
      const group = groups[last];
      digits += group?.[0] ?? "";
      if (digits.length < 13 || digits.length > 19 || !isCardStart(digits) || !passesLuhn(digits)) continue;
      cards.push({ start: groups[first]?.index ?? 0, end: (group?.index ?? 0) + (group?.[0].length ?? 0) });
      first = last;
      break;
    }
  }
  return cards;
}

/** ISO/IEC 7812: what card makers begin with. Dates and tracking numbers mostly do not. */
const isCardStart = (digits: string): boolean => /^(?:[3456]|2[2-7])/.test(digits);

/** ISO/IEC 7812-1 Annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
