/** One tag of an HTML part, or a run of text between tags. */
type HtmlPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "comment"; readonly length: number }
  | {
      readonly kind: "open" | "close";
      /** Lower case. */
      readonly name: string;
      /** The inside of the tag after its name, as it stands; read by `attributeOf` where somebody asks. */
      readonly rest: string;
    };

/** Beyond so many characters nothing is read: what a mail wants stands at its head, and a hostile one must not cost more. */
const LONGEST = 256 * 1024;
const MOST_PIECES = 40_000;
/** A tag is cut here; data URIs in attributes are long and say nothing. */
const LONGEST_TAG = 2_000;

/**
 * The tags and texts of an HTML part in order, in one walk: a filter must see what a reader's program is told, also in
 * markup that no parser would take. Script and style are passed over. Never throws; linear in the length.
 */
export function htmlPieces(html: string): readonly HtmlPiece[] {
  const source = html.length > LONGEST ? html.slice(0, LONGEST) : html;
  const pieces: HtmlPiece[] = [];
  let at = 0;
  while (at < source.length && pieces.length < MOST_PIECES) {
    const tag = source.indexOf("<", at);
    if (tag === -1) {
      pieces.push({ kind: "text", text: source.slice(at) });
      break;
    }
    if (tag > at) pieces.push({ kind: "text", text: source.slice(at, tag) });
    if (source.startsWith("<!--", tag)) {
      const end = source.indexOf("-->", tag + 4);
      const next = end === -1 ? source.length : end + 3;
      pieces.push({ kind: "comment", length: next - tag });
      at = next;
      continue;
    }
    const end = source.indexOf(">", tag);
    // Nothing closes any more: what is left is one tag for a browser, and not looked at here.
    if (end === -1) break;
    at = end + 1;
    const inside = source.slice(tag + 1, Math.min(end, tag + LONGEST_TAG));
    const name = TAG_NAME.exec(inside);
    if (name === null) continue;
    const lower = name[2]!.toLowerCase();
    const closing = name[1] === "/";
    pieces.push({ kind: closing ? "close" : "open", name: lower, rest: inside.slice(name[0].length) });
    if (!closing && (lower === "script" || lower === "style")) at = afterRaw(source, at, lower);
  }
  return pieces;
}

const TAG_NAME = /^(\/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})/;

/** Behind the end tag of an element whose inside is no text; the end of the part where it is never closed. */
function afterRaw(source: string, from: number, name: string): number {
  for (let at = source.indexOf("</", from); at !== -1; at = source.indexOf("</", at + 2)) {
    if (source.slice(at + 2, at + 2 + name.length).toLowerCase() !== name) continue;
    const end = source.indexOf(">", at);
    return end === -1 ? source.length : end + 1;
  }
  return source.length;
}

/** The value of an attribute of a tag, entities decoded; `null` without it. Linear: no pattern looks twice at a character. */
export function attributeOf(rest: string, wanted: string): string | null {
  let at = 0;
  while (at < rest.length) {
    while (at < rest.length && !isName(rest.charCodeAt(at))) at += 1;
    const start = at;
    while (at < rest.length && isName(rest.charCodeAt(at))) at += 1;
    const name = rest.slice(start, at);
    while (at < rest.length && isSpace(rest.charCodeAt(at))) at += 1;
    if (rest[at] !== "=") {
      if (name.toLowerCase() === wanted) return "";
      continue;
    }
    at += 1;
    while (at < rest.length && isSpace(rest.charCodeAt(at))) at += 1;
    const quote = rest[at] === '"' || rest[at] === "'" ? rest[at] : null;
    if (quote !== null) at += 1;
    const from = at;
    while (at < rest.length && (quote === null ? !isSpace(rest.charCodeAt(at)) : rest[at] !== quote)) at += 1;
    if (name.toLowerCase() === wanted) return decodeEntities(rest.slice(from, at));
    at += 1;
  }
  return null;
}

const isSpace = (code: number): boolean => code <= 32;
const isName = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 45 || (code >= 48 && code <= 57);

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** Numeric references and the few names that links and words hide behind. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));?/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return NAMED[name as string] ?? whole;
      const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
        ? String.fromCodePoint(code)
        : " ";
    },
  );
}
