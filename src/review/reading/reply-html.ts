/** The HTML part of a reply as text in which an edit can be found: links written out, struck-out words marked. */
import { htmlToPlainText } from "../../mail/parse/html-text.ts";

/** Private-use character put where a struck-out passage begins: it can come from nowhere else in a sane mail. */
export const STRUCK_OUT = "\uE0F1";

const LARGEST = 2_000_000;
const tag = /<(\/?)([a-z][a-z0-9]{0,15})([^<>]*)>/gi;

/**
 * Quotes stand behind `> `, a link is `label <url>`; "" for HTML too large to read.
 * @param links `markdown` writes a link around plain words as `[label](url)`, as drafts do
 */
export function htmlToReplyText(html: string, links: "beside" | "markdown" = "beside"): string {
  if (html.length > LARGEST) return "";
  let open: string | null = null;
  const annotated = html
    .replaceAll(STRUCK_OUT, "")
    .replace(plainLink, (whole, attributes: string, label: string) => {
      const href = hrefOf(attributes);
      return links === "beside" ||
        href === null ||
        !/^https?:/i.test(href) ||
        /[()]/.test(href) ||
        saysItself(label, href)
        ? whole
        : `[${label.trim()}](${href})`;
    })
    .replace(tag, (whole, slash: string, name: string, rest: string) => {
      const element = name.toLowerCase();
      if (element === "a") {
        const target = open;
        open = slash === "" ? hrefOf(rest) : null;
        return slash === "/" && target !== null ? `${whole}&lt;${target}&gt;` : whole;
      }
      if (slash === "" && isStruckOut(element, rest)) return `${whole}${STRUCK_OUT}`;
      return whole;
    });
  return htmlToPlainText(annotated);
}

/** A link around a few words without further markup, as people make them. */
const plainLink = /<a(\s[^<>]{1,3000})>([^<>[\]\n]{1,200})<\/a>/gi;

/** Whether the label is the address, or a part of it: the program made the link of what was typed. */
function saysItself(label: string, href: string): boolean {
  const said = label
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/$/, "");
  return said === "" || !/\p{L}/u.test(said) || /^\S+\.\S+$/.test(said) || href.toLowerCase().includes(said);
}

/** As written, still escaped, since it goes back into HTML. Outlook for the web keeps the original beside a Safe Link. */
function hrefOf(attributes: string): string | null {
  const found = /(?:^|\s)href\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes);
  const href = (found?.[1] ?? found?.[2] ?? found?.[3] ?? "").trim();
  return /^(?:https?|mailto|tel):/i.test(href) ? href.replace(/\s/g, "") : null;
}

function isStruckOut(element: string, attributes: string): boolean {
  if (element === "s" || element === "strike" || element === "del") return true;
  return attributes.includes("line-through");
}

const signatureMarks = [
  "gmail_signature",
  "ms-outlook-mobile-signature",
  "moz-signature",
  "applemailsignature",
  "composer_signature",

  "protonmail_signature_block",
  "ymail_android_signature",
  "ymail_ios_signature",
  "yahoo-signature",
  "k9mail-signature",
  "fastmail-signature",
  "elementtoproof-signature",
];

/** Texts of the elements that mail programs themselves mark as the signature. */
export function signaturesIn(html: string): readonly string[] {
  if (html.length > LARGEST) return [];
  const found: string[] = [];
  let inside: { name: string; depth: number; start: number } | null = null;
  for (const match of html.matchAll(tag)) {
    const name = (match[2] ?? "").toLowerCase();
    if (inside === null) {
      if (match[1] === "" && isSignatureElement(match[3] ?? "") && found.length < 10)
        inside = { name, depth: 1, start: match.index };
    } else if (name === inside.name) {
      inside.depth += match[1] === "" ? 1 : -1;
      if (inside.depth === 0) {
        const text = htmlToPlainText(html.slice(inside.start, match.index + match[0].length));
        if (text.trim() !== "") found.push(text);
        inside = null;
      }
    }
  }
  return found;
}

function isSignatureElement(attributes: string): boolean {
  const lower = attributes.toLowerCase();
  return (
    signatureMarks.some((mark) => lower.includes(mark)) ||
    /\bid\s?=\s?["']?(?:x_)?signature["'\s]/.test(`${lower} `)
  );
}
