/** Addresses and links in a text, as a mail program would make them clickable. Line scanners: linear over hostile text. */

export interface FoundLink {
  /** As written, shortened. */
  readonly shown: string;
  /** Lower case, in ASCII form; "" where the link has none. */
  readonly host: string;
  /** `http`, `https`, `mailto`, `javascript`, … */
  readonly scheme: string;
}

const LOCAL_LIMIT = 64;
const DOMAIN_LIMIT = 253;

/** addr-specs: around each `@`, as far as atoms go and RFC 5321's limits allow. */
export function addressesIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > 0 && at - start < LOCAL_LIMIT && isLocal(text[start - 1])) start -= 1;
    let end = at + 1;
    while (end < text.length && end - at < DOMAIN_LIMIT && isDomain(text[end])) end += 1;
    const domain = text.slice(at + 1, end).replace(/(?<![.-])[.-]+$/, "");
    const local = text.slice(start, at).replace(/^[.'+]+/, "");
    if (local !== "" && domain.includes(".")) found.add(`${local}@${domain.toLowerCase()}`);
  }
  return [...found];
}

const isLocal = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}._%+'-]/u.test(char);
const isDomain = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}.-]/u.test(char);

/** Endings that mail programs make a link of even without `https://`. */
const BARE_ENDINGS = new Set(
  (
    "com net org info biz io co app dev cloud online site shop xyz top link page click live email support tech example " +
    "de at ch eu uk fr es it nl be pl pt us ca au ru cn ly me to"
  ).split(" "),
);

export function linksIn(text: string): readonly FoundLink[] {
  const found: FoundLink[] = [];
  for (const piece of text.matchAll(/[^\s<>"]+/g)) {
    const written = piece[0].length > 4000 ? piece[0].slice(0, 4000) : piece[0];
    if (!mayHoldLink(written)) continue;
    const links = schemed(written);
    if (links.length > 0) found.push(...links);
    else if (!written.includes("@")) {
      const bare = bareHost(written);
      if (bare !== null) found.push({ shown: short(written), host: bare, scheme: "http" });
    }
  }
  return found;
}

/** A scheme ends in a colon and a host name has a dot inside: most words have neither, and the last of a sentence a dot behind. */
export function mayHoldLink(piece: string): boolean {
  return /:[^\s]|\.[\p{L}\p{N}/?#:-]/u.test(piece);
}

const SCHEME =
  /(?<![A-Za-z0-9+.-])(https?|ftps?|file|smb|javascript|data|vbscript|mailto|tel|ms-[a-z]{2,20}):(?=[^\s])/gi;

function schemed(piece: string): readonly FoundLink[] {
  const starts = [...piece.matchAll(SCHEME)].map((match) => ({
    at: match.index,
    scheme: (match[1] ?? "").toLowerCase(),
  }));
  return starts.flatMap(({ at, scheme }, index): readonly FoundLink[] => {
    const written = trimmed(piece.slice(at, starts[index + 1]?.at));
    if (scheme === "tel") return [];
    // "data:" and "file:" are words too; only what follows them at once is a link.
    if (!URL.canParse(written)) return [];
    return [{ shown: short(written), host: new URL(written).hostname.replace(/\.$/, ""), scheme }];
  });
}

/** `docs.msp.example/vpn`, `www.contoso.example`, `[here](contoso.example)`. */
function bareHost(piece: string): string | null {
  const open = piece.lastIndexOf("](");
  const written = trimmed(open === -1 ? piece.replace(/^[([{*_'„“]+/u, "") : piece.slice(open + 2));
  const slash = written.search(/[/?#:]/);
  const host = (slash === -1 ? written : written.slice(0, slash)).toLowerCase();
  if (!host.includes(".") || host.includes("..") || !/^[\p{L}\p{N}.-]{4,253}$/u.test(host)) return null;
  const ending = host.slice(host.lastIndexOf(".") + 1);
  const named = host.startsWith("www.") || BARE_ENDINGS.has(ending);
  if (!named || /^\d/.test(ending)) return null;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}

const CLOSING = new Set(".,;:!?'\"“”*_)]}");

/** Without the punctuation behind it. By steps: a pattern that is tied to the end tries again at each of a thousand dots. */
export function trimmed(written: string): string {
  let end = written.length;
  while (end > 0 && CLOSING.has(written.charAt(end - 1))) end -= 1;
  return written.slice(0, end);
}

function short(written: string): string {
  return written.length > 80 ? `${written.slice(0, 80)}…` : written;
}

/** NFKC undoes full-width letters; zero-width characters would part a word that is whole to the eye. */
export function plainForm(text: string): string {
  return text.normalize("NFKC").replace(/[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g, "");
}
