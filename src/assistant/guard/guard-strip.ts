import { linksIn, mayHoldLink, plainForm, trimmed, type FoundLink } from "./guard-links.ts";

/** What stands where a bare link was. `guardMarkers` names it to the reviewer. */
const REMOVED_LINK = "[removed: link]";

interface Stripped {
  readonly text: string;
  /** What was taken out, in a few words each: `a link to evil.example`, `a picture`. */
  readonly removed: readonly string[];
}

/**
 * The text without pictures, and without links that are not allowed: of a Markdown link its words stay, of a bare one
 * REMOVED_LINK. A link or a picture fetches or carries what stands in its address: a model that a client's mail talked
 * into it could send the desk's knowledge out that way (threat 34). A bare host name carries nothing and stays.
 */
export function stripLinks(body: string, isAllowed: (link: FoundLink, written: string) => boolean): Stripped {
  const removed: string[] = [];
  const strip = (written: string): boolean => {
    const found = linksIn(written).find((link) => carriesData(link, written) && !isAllowed(link, written));
    if (found !== undefined) removed.push(found.host === "" ? "a link" : `a link to ${found.host}`);
    return found !== undefined;
  };
  const lines = body.split("\n").map((line) => {
    // Full-width letters and characters without width hide a link from this look, not from a mail program.
    const plain = plainForm(line);
    const shown = plain === line || linksIn(plain).length === linksIn(line).length ? line : plain;
    return withoutMarkdown(shown, strip, () => removed.push("a picture")).replace(/[^\s<>"]+/g, (piece) => {
      if (!mayHoldLink(piece)) return piece;
      const link = linkOf(piece);
      return strip(link) ? piece.replace(link, () => REMOVED_LINK) : piece;
    });
  });
  return { text: lines.join("\n"), removed: [...new Set(removed)] };
}

/** Bounded: a label has 300 characters and an address 4,000 at most; what is longer is looked at as bare text. */
const MARKDOWN = /(!?)\[([^[\]\n]{0,300})\]\(([^()\s]{0,4000})(?:\s[^()\n]{0,300})?\)/g;

function withoutMarkdown(line: string, strip: (address: string) => boolean, onPicture: () => void): string {
  return line.replace(MARKDOWN, (whole, picture: string, label: string, address: string) => {
    if (picture === "!") {
      onPicture();
      return label;
    }
    return strip(address) ? label : whole;
  });
}

/** The link inside of a piece: from its scheme on, or all of it, without the punctuation around. */
function linkOf(piece: string): string {
  const scheme = piece.search(/[a-z][a-z0-9+.-]{1,20}:/i);
  return trimmed(piece.slice(Math.max(scheme, 0)).replace(/^[([{*_'„“]+/u, ""));
}

/** A host name alone says nothing; a scheme makes it a link to press, a path or a query can hold words. */
function carriesData(link: FoundLink, written: string): boolean {
  return link.scheme !== "mailto" && (/^[a-z][a-z0-9+.-]*:/i.test(written) || /[/?#]/.test(written));
}
