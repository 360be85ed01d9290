/**
 * Which lines of a text the HTML part of the same mail marks as quoted. Used where the text itself bears no sign:
 * programs that make text of HTML drop the bar at the side of a quote.
 *
 * The HTML is scanned once, tag by tag; its letters and digits are counted and the quoted ranges carried over to the
 * text by that count, since two renderings of one mail agree on little but their letters and digits.
 */

interface OpenQuote {
  readonly tag: string;
  /** How many elements of that name were open outside it. */
  readonly depth: number;
  readonly kind: QuoteMark;
}

/** `element` ends with its tag, `rest` never; `container` (Gmail) is quote up to its first marked blockquote. */
type QuoteMark = "element" | "rest" | "container";

const silentTags: ReadonlySet<string> = new Set(["style", "script", "title", "head", "template"]);
const voidTags: ReadonlySet<string> = new Set([
  "br",
  "hr",
  "img",
  "meta",
  "link",
  "input",
  "wbr",
  "base",
  "col",
  "area",
]);
/** Enough letters to be sure that both parts say the same up to the quote. */
const agreement = 0.9;

/** For each line whether it is quoted, or `null` where the HTML marks nothing or does not tell the same text. */
export function alignQuotedRanges(lines: readonly string[], html: string): readonly boolean[] | null {
  const marked = ownWords(html);
  if (marked === null) return null;
  const kinds: boolean[] = [];
  let at = 0;
  let agreed = 0;
  let counted = 0;
  for (const line of lines) {
    let quoted = 0;
    let own = 0;
    for (const letter of lettersOf(line)) {
      counted++;
      if (marked.letters[at] === letter) agreed++;
      if (marked.quoted[at] === true) quoted++;
      else own++;
      at++;
    }
    kinds.push(own + quoted === 0 ? kinds.at(-1) === true : quoted > own);
  }
  return counted > 0 && agreed >= counted * agreement ? kinds : null;
}

function lettersOf(text: string): string[] {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]/gu) ?? []
  );
}

interface MarkedLetters {
  readonly letters: readonly string[];
  readonly quoted: readonly boolean[];
  /** Whether some of them are quoted by nothing but Gmail's container. */
  readonly contained: boolean;
}

/**
 * Gmail's programs at times put the answer into the container of the quote. Nobody answers with nothing: where all is
 * quoted, and some by the container alone, the blockquotes in it tell.
 */
function ownWords(html: string): MarkedLetters | null {
  const marked = readMarkedLetters(html, true);
  return marked?.contained === true && marked.quoted.every(Boolean) ? readMarkedLetters(html, false) : marked;
}

/** @param containers whether Gmail's container quotes what stands before its first blockquote */
function readMarkedLetters(html: string, containers: boolean): MarkedLetters | null {
  const letters: string[] = [];
  const quoted: boolean[] = [];
  const depths = new Map<string, number>();
  const open: OpenQuote[] = [];
  let found = false;
  let rest = false;
  let contained = false;
  let at = 0;
  const take = (text: string): void => {
    const marked = rest || open.some((quote) => quote.kind === "element");
    const isQuoted = marked || open.length > 0;
    contained ||= !marked && isQuoted && /[\p{L}\p{N}]/u.test(text);
    for (const letter of lettersOf(decodeEntities(text))) {
      letters.push(letter);
      quoted.push(isQuoted);
    }
  };
  while (at < html.length) {
    const less = html.indexOf("<", at);
    if (less < 0 || less > at) take(html.slice(at, less < 0 ? html.length : less));
    if (less < 0) break;
    if (html.startsWith("<!--", less)) {
      const end = html.indexOf("-->", less + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    const greater = tagEnd(html, less);
    const tag = readTag(html.slice(less + 1, Math.min(greater, less + 2000)));
    at = greater + 1;
    if (tag === null) continue;
    const depth = depths.get(tag.name) ?? 0;
    if (tag.closing) {
      depths.set(tag.name, Math.max(0, depth - 1));
      const top = open.at(-1);
      if (top !== undefined && top.tag === tag.name && depth - 1 <= top.depth) open.pop();
      continue;
    }
    if (silentTags.has(tag.name)) {
      const end = indexOfTagEnd(html, tag.name, at);
      at = end < 0 ? html.length : end;
      continue;
    }
    const said = quoteMark(tag);
    const mark = said === "container" && !containers ? null : said;
    if (mark !== null) found = true;
    if (mark === "rest") rest = true;
    if (voidTags.has(tag.name)) continue;
    depths.set(tag.name, depth + 1);
    if (mark === "element" || mark === "container") {
      // Gmail puts answers between blockquotes of one container: what stands there outside them is new.
      const outer = open.at(-1);
      if (mark === "element" && outer?.kind === "container") open.pop();
      if (open.length < 200) open.push({ tag: tag.name, depth, kind: mark });
    }
  }
  return found ? { letters, quoted, contained } : null;
}

/** Index of the `>` that ends the tag at `less`; a quoted attribute value may hold one. */
function tagEnd(html: string, less: number): number {
  let quote = "";
  for (let at = less + 1; at < html.length && at - less < 20_000; at++) {
    const char = html[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === ">") return at;
    else if ((char === '"' || char === "'") && html[at - 1] === "=") quote = char;
  }
  const plain = html.indexOf(">", less);
  return plain < 0 ? html.length : plain;
}

function indexOfTagEnd(html: string, name: string, from: number): number {
  const close = new RegExp(`</${name}`, "gi");
  close.lastIndex = from;
  const found = close.exec(html);
  return found === null ? -1 : found.index;
}

interface Tag {
  readonly name: string;
  readonly closing: boolean;
  /** Lower case. */
  readonly attributes: string;
}

function readTag(inner: string): Tag | null {
  const name = /^\/?([a-z][a-z0-9:]{0,30})/i.exec(inner);
  if (name === null) return null;
  const attributes = inner.slice(name[0].length).toLowerCase();
  return { name: (name[1] ?? "").toLowerCase(), closing: inner.startsWith("/"), attributes };
}

/** The marks by program: Gmail, Yahoo, Proton, Thunderbird, Apple Mail, Outlook on the web and desktop, Hotmail, Zimbra. */
function quoteMark(tag: Tag): QuoteMark | null {
  const { name, attributes } = tag;
  if (attributes === "") return null;
  if (name === "blockquote") {
    // Gmail's indentation is a blockquote, too, and says that it has no bar.
    if (/border(?:-left)?:\s*(?:none|0)/.test(attributes) && /margin:[^;"']*40px/.test(attributes))
      return null;
    const cited = /\btype=["']?cite|\bcite=|gmail_quote|protonmail_quote|yahoo_quoted|border-left/.test(
      attributes,
    );
    return cited ? "element" : null;
  }
  if (
    /divrplyfwdmsg|outlookmessageheader|olk_src_body_section|\bid=["']?(?:x_)?(?:appendonsend|mail-editor-reference|zwchr|stopspelling)/.test(
      attributes,
    )
  ) {
    return "rest";
  }
  if (
    /yahoo_quoted|moz-cite-prefix|moz-forward-container|protonmail_quote|gmail_attr|zmail_extra|aolmsgpart|tutanota_quote/.test(
      attributes,
    )
  ) {
    return "element";
  }
  return name === "div" && /\bgmail_quote/.test(attributes) ? "container" : null;
}

const namedEntities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** Enough for counting letters; an entity of a letter with a mark counts as its base letter would, one. */
function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi,
    (whole, decimal?: string, hex?: string, word?: string) => {
      if (word !== undefined) return namedEntities[word.toLowerCase()] ?? letterEntity(word) ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : "";
    },
  );
}

const combining: ReadonlyMap<string, string> = new Map([
  ["grave", "\u0300"],
  ["acute", "\u0301"],
  ["circ", "\u0302"],
  ["tilde", "\u0303"],
  ["uml", "\u0308"],
  ["ring", "\u030a"],
  ["cedil", "\u0327"],
  ["caron", "\u030c"],
]);

function letterEntity(word: string): string | undefined {
  if (word === "szlig") return "ß";
  const mark = combining.get(word.slice(1).toLowerCase());
  if (mark !== undefined) return `${word[0] ?? ""}${mark}`.normalize("NFC");
  // `&eacute;` is a letter; `&mdash;` and `&copy;` are not.
  return ["aelig", "oslash", "thorn", "eth"].includes(word.toLowerCase()) ? word[0] : " ";
}
