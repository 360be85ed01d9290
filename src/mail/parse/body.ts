import libmime from "libmime";

import { decodeCharset } from "./charset.ts";
import { htmlToPlainText } from "./html-text.ts";

/** A node of the MIME tree, as far as it carries words for a reader. */
export type BodyNode =
  | { readonly kind: "multipart"; readonly alternative: boolean; readonly children: BodyNode[] }
  | { readonly kind: "plain" | "html"; readonly content: TextContent };

/** The decoded bytes of a text part, and how to read them. */
interface TextContent {
  readonly bytes: Buffer;
  readonly charset: string | false;
  /** RFC 3676. */
  readonly flowed: boolean;
  readonly delSp: boolean;
}

export interface Body {
  readonly text: string;
  readonly html: string | null;
}

/** What a reader of the message sees: the text part of each place, or its HTML as text where the text part says nothing. */
export function readBody(root: BodyNode): Body {
  const html = htmlParts(root);
  return { text: textOf(root), html: html.length === 0 ? null : html.join("<br>\n") };
}

function textOf(node: BodyNode): string {
  if (node.kind === "multipart")
    return node.alternative ? bestAlternative(node.children) : joined(node.children);
  const text = decodeText(node.content);
  return node.kind === "html" || isMarkup(text) ? htmlToPlainText(text) : unflowed(text, node.content);
}

function joined(nodes: readonly BodyNode[]): string {
  return nodes
    .map(textOf)
    .filter((text) => text.trim() !== "")
    .join("\n");
}

/** RFC 2046 §5.1.4 puts the richest last; the plain text is what people's words are read from, if it has any. */
function bestAlternative(nodes: readonly BodyNode[]): string {
  const plain = nodes.find((node) => !holdsHtml(node));
  const text = plain === undefined ? "" : textOf(plain);
  if (!isStub(text)) return text;
  const rich = nodes.findLast(holdsHtml);
  const shown = rich === undefined ? "" : textOf(rich);
  return shown.trim() === "" ? text : shown;
}

function holdsHtml(node: BodyNode): boolean {
  return node.kind === "multipart" ? node.children.some(holdsHtml) : node.kind === "html";
}

function htmlParts(node: BodyNode): string[] {
  if (node.kind !== "multipart") return node.kind === "html" ? [decodeText(node.content)] : [];
  if (!node.alternative) return node.children.flatMap(htmlParts);
  const rich = node.children.findLast(holdsHtml);
  return rich === undefined ? [] : htmlParts(rich);
}

const stubWords = ["html", "view this email", "view this message", "view it in your browser", "im browser"];

/** "Your mail program does not support HTML", or nothing at all. */
function isStub(text: string): boolean {
  const words = text.slice(0, 400).trim().toLowerCase();
  if (words === "") return text.trim() === "";
  return words.length < 300 && stubWords.some((word) => words.includes(word)) && stubVerbs.test(words);
}

const stubVerbs =
  /not support|can(?:no|')t (?:display|read|view|show)|unable to|to view|in html format|html[- ]?(?:version|fähig|compatible|capable)|enable html|does not display|browser/;

/** Some programs declare HTML as plain text. */
function isMarkup(text: string): boolean {
  const start = text.slice(0, 1_000).trimStart().toLowerCase();
  return start.startsWith("<!doctype html") || (start.startsWith("<") && /<(?:html|body)[\s>]/.test(start));
}

function unflowed(text: string, content: TextContent): string {
  return content.flowed ? libmime.decodeFlowed(text, content.delSp) : text;
}

/** Text with LF line ends and without NUL, which no database takes. */
function decodeText(content: TextContent): string {
  let text = decodeCharset(content.bytes, content.charset);
  if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
  if (text.includes("\0")) text = text.replaceAll("\0", "");
  return text.toWellFormed();
}
