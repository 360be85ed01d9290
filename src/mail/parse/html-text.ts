import { compile } from "html-to-text";
import type { DomNode, FormatCallback, SelectorDefinition } from "html-to-text";

/** Deeper markup is not converted but stripped: the parser's cost grows with the square of the depth. */
const deepestNesting = 300;
/** Characters of markup that are converted; a tree of more takes memory out of proportion to the text in it. */
const longestHtml = 512 * 1024;

/**
 * HTML as the text a person sees: hidden elements left out, quotations behind `> `, one line for each block, row or
 * `<br>`, no wrapping, links as their text. Draft markers, `[[ draft 1 · … ]]`, stand on lines of their own.
 * Never throws; markup that cannot be converted is stripped.
 */
export function htmlToPlainText(html: string): string {
  const start = html.length > longestHtml ? html.slice(0, longestHtml) : html;
  return tidy(isTooDeep(start) ? stripTags(start) : converted(start));
}

function converted(html: string): string {
  try {
    return convert(html);
  } catch {
    return stripTags(html);
  }
}

/** Wraps a formatter of html-to-text so that it passes over hidden elements. */
function visible(format: string): FormatCallback {
  return (element, walk, builder, options) => {
    if (isHidden(element)) return;
    const shown = hasNoSize(element) ? { ...element, children: withoutSmallText(element.children) } : element;
    builder.options.formatters[format]?.(shown, walk, builder, options);
  };
}

const formatters: Record<string, FormatCallback> = {
  shownInline: visible("inline"),
  shownBlock: visible("block"),
  shownHeading: visible("heading"),
  shownPre: visible("pre"),
  shownList: visible("unorderedList"),
  shownNumberedList: visible("orderedList"),
  // Outlook writes each line as a paragraph without margins; elsewhere an empty line stands between paragraphs.
  paragraph(element, walk, builder) {
    const lines = isTight(element) ? 1 : 2;
    builder.openBlock({ leadingLineBreaks: lines });
    walk(element.children, builder);
    builder.closeBlock({ trailingLineBreaks: lines });
  },
  shownParagraph: visible("paragraph"),
  quotation(element, walk, builder, options) {
    builder.options.formatters[isIndentation(element) ? "block" : "blockquote"]?.(
      element,
      walk,
      builder,
      options,
    );
  },
  shownQuotation: visible("quotation"),
  cell(element, walk, builder) {
    walk(element.children, builder);
    builder.addInline(" ");
  },
  shownCell: visible("cell"),
};

const lines = { leadingLineBreaks: 1, trailingLineBreaks: 1 };
const blocks =
  "address article aside body center dd div dl dt fieldset figcaption figure footer form header main nav section table tr".split(
    " ",
  );
const selectors: SelectorDefinition[] = [
  { selector: "*", format: "shownInline" },
  { selector: "a", format: "shownInline" },
  ...blocks.map((selector) => ({ selector, format: "shownBlock", options: lines })),
  ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({
    selector,
    format: "shownHeading",
    options: { leadingLineBreaks: 2, trailingLineBreaks: 2, uppercase: false },
  })),
  { selector: "p", format: "shownParagraph" },
  { selector: "pre", format: "shownPre" },
  { selector: "blockquote", format: "shownQuotation", options: { ...lines, trimEmptyLines: true } },
  { selector: "td", format: "shownCell" },
  { selector: "th", format: "shownCell" },
  { selector: "ul", format: "shownList", options: { ...lines, itemPrefix: "* " } },
  { selector: "ol", format: "shownNumberedList", options: lines },
  // The line that Outlook draws above a quoted message, as its own plain text has it.
  { selector: "hr", format: "blockString", options: { ...lines, string: "_".repeat(32) } },
  ...["img", "title", "noscript", "template", "object", "select", "svg"].map((selector) => ({
    selector,
    format: "skip",
  })),
];

const convert = compile({
  // Text before or behind the body element is shown by mail programs.
  baseElements: { selectors: ["no-such-element"], returnDomByDefault: true },
  wordwrap: false,
  formatters,
  selectors,
  limits: { maxDepth: 2 * deepestNesting },
});

function attribute(element: DomNode, name: string): string {
  const attributes = element.attribs as Readonly<Record<string, string | undefined>> | undefined;
  return attributes?.[name] ?? "";
}

function styleOf(element: DomNode): string {
  const style = attribute(element, "style");
  return style === "" ? "" : style.toLowerCase().replace(/\s/g, "");
}

function isHidden(element: DomNode): boolean {
  const attributes = element.attribs as Readonly<Record<string, string | undefined>> | undefined;
  if (attributes === undefined) return false;
  if (attributes["hidden"] !== undefined) return true;
  const style = styleOf(element);
  if (style === "") return false;
  if (/display:none|visibility:hidden|mso-hide:all/.test(style)) return true;
  if (/(?:^|;)(?:opacity:0(?:\.0{1,9})?|color:transparent)(?:!important)?(?:;|$)/.test(style)) return true;
  return (
    style.includes("overflow:hidden") &&
    /(?:^|;)(?:max-)?(?:height|width):0(?:px|pt|em|%)?(?:!important)?(?:;|$)/.test(style)
  );
}

/** Newsletters set `font-size:0` on wrappers and a real size on the text inside. */
function hasNoSize(element: DomNode): boolean {
  return /(?:^|;)font-size:0(?:\.0{1,9})?(?:px|pt|em|%)?(?:!important)?(?:;|$)/.test(styleOf(element));
}

function withoutSmallText(nodes: readonly DomNode[]): DomNode[] {
  return nodes
    .filter((node) => node.type !== "text")
    .map((node) => {
      const sized = styleOf(node).includes("font-size:") && !hasNoSize(node);
      return sized ? node : { ...node, children: withoutSmallText(node.children ?? []) };
    });
}

function isTight(element: DomNode): boolean {
  return (
    attribute(element, "class").includes("Mso") ||
    /(?:^|;)margin:0(?:[a-z0-9.]{0,8})(?:;|$)/.test(styleOf(element))
  );
}

/** The indent buttons of Gmail and Apple Mail make a blockquote without a border. */
function isIndentation(element: DomNode): boolean {
  if (attribute(element, "type") === "cite" || attribute(element, "cite") !== "") return false;
  return /border:(?:none|0)/.test(styleOf(element));
}

/** White space of the result: no-break spaces, line ends, more than one empty line; markers on lines of their own. */
function tidy(text: string): string {
  const plain = text.replaceAll("\u00a0", " ");
  const result: string[] = [];
  for (const line of plain.split("\n")) {
    for (const part of line.includes("[[") ? aroundMarkers(line) : [line]) {
      const trimmed = part.trimEnd();
      if (trimmed !== "" || result.at(-1) !== "") result.push(trimmed);
    }
  }
  return result.join("\n").trim();
}

/** A line in pieces, each marker a piece of its own, all behind the line's quote prefix. */
function aroundMarkers(line: string): string[] {
  const prefix = /^(?:> ?)*/.exec(line)?.[0] ?? "";
  const pieces = line.slice(prefix.length).split(/(\[\[ (?:end of )?draft [^\]]{1,120}\]\])/i);
  return pieces.filter((piece) => piece.trim() !== "").map((piece) => prefix + piece.trim());
}

const voidElements = new Set(
  "area base br col embed hr img input link meta param source track wbr".split(" "),
);
const impliedEnds = new Set("p li dt dd option optgroup tr td th thead tbody tfoot".split(" "));

/** One pass that never counts less than the parser nests; sloppy markup may count more. */
function isTooDeep(html: string): boolean {
  const open = new Map<string, number>();
  let depth = 0;
  const tag = /<(\/?)([a-z][a-z0-9:-]{0,40})/gi;
  for (let found = tag.exec(html); found !== null; found = tag.exec(html)) {
    const name = (found[2] ?? "").toLowerCase();
    if (voidElements.has(name) || impliedEnds.has(name)) continue;
    const count = open.get(name) ?? 0;
    if (found[1] === "") {
      open.set(name, count + 1);
      depth += 1;
      if (depth > deepestNesting) return true;
    } else if (count > 0) {
      open.set(name, count - 1);
      depth -= 1;
    }
  }
  return false;
}

const lineBreaking = new Set([
  ...blocks,
  "p",
  "br",
  "li",
  "ul",
  "ol",
  "pre",
  "blockquote",
  "hr",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "body",
]);
const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** The words of markup that is too deep to convert. */
function stripTags(html: string): string {
  const kept: string[] = [];
  let position = 0;
  while (position < html.length) {
    const open = html.indexOf("<", position);
    kept.push(html.slice(position, open < 0 ? html.length : open).replace(/\s+/g, " "));
    if (open < 0) break;
    const close = html.indexOf(">", open);
    if (close < 0) break;
    const name = /^\/?([a-z0-9]{1,20})/i.exec(html.slice(open + 1, open + 22))?.[1]?.toLowerCase() ?? "";
    if (lineBreaking.has(name)) kept.push("\n");
    const isCode = html[open + 1] !== "/" && (name === "script" || name === "style");
    const end = isCode ? html.indexOf("</", close) : close + 1;
    if (end < 0) break;
    position = end;
  }
  return kept.join("").replace(/&([a-z]{2,4});/g, (whole, name: string) => entities[name] ?? whole);
}
