/**
 * The small Markdown subset of drafts: paragraphs, line breaks, emphasis, lists, links. Everything else is text as
 * written. One pass over the lines and one over each line: linear in the length of the draft, whatever it holds.
 */

/** `text` is the source with LF line ends and no blank lines around it; `html` is a fragment, escaped. */
export function renderMarkdown(source: string): { readonly text: string; readonly html: string } {
  const text = source
    .replaceAll(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/^\n+/, "")
    .trimEnd();
  return { text, html: blocksOf(text).map(blockHtml).join("\n") };
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

type Block =
  | { readonly kind: "paragraph"; readonly lines: string[] }
  | { readonly kind: "list"; readonly start: number | null; readonly items: string[][] };

/** A blank line ends a paragraph; a line that starts like a list item starts or continues a list. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const line of text.split("\n")) {
    const item = listItem(line);
    if (line.trim() === "") {
      if (open?.kind === "paragraph") open = null;
    } else if (item) {
      if (open?.kind !== "list" || (open.start === null) !== (item.number === null)) {
        open = { kind: "list", start: item.number, items: [] };
        blocks.push(open);
      }
      open.items.push([item.text]);
    } else if (open?.kind === "list" && line.startsWith("  ")) {
      open.items.at(-1)?.push(line.trim());
    } else {
      if (open?.kind !== "paragraph") {
        open = { kind: "paragraph", lines: [] };
        blocks.push(open);
      }
      open.lines.push(line.trim());
    }
  }
  return blocks;
}

/** `- text`, `* text`, `• text`, `1. text`, `1) text`, indented or not; lists are flat. */
function listItem(line: string): { readonly number: number | null; readonly text: string } | null {
  const match = /^\s{0,8}(?:[-*•]|(\d{1,3})[.)])[ \t]+(\S.*)$/.exec(line);
  return match ? { number: match[1] === undefined ? null : Number(match[1]), text: match[2] ?? "" } : null;
}

function blockHtml(block: Block): string {
  if (block.kind === "paragraph") return `<p>${linesHtml(block.lines)}</p>`;
  const items = block.items.map((lines) => `<li>${linesHtml(lines)}</li>`).join("");
  if (block.start === null) return `<ul>${items}</ul>`;
  return `<ol${block.start === 1 ? "" : ` start="${block.start}"`}>${items}</ol>`;
}

function linesHtml(lines: readonly string[]): string {
  return inline(lines.join("\n"), MARKS).replaceAll("\n", "<br>\n");
}

interface Mark {
  readonly sign: string;
  readonly tag: string;
}
/** Longest first. An inner text looks for the other marks only, so nesting ends by itself. */
const MARKS: readonly Mark[] = [
  { sign: "**", tag: "strong" },
  { sign: "__", tag: "strong" },
  { sign: "*", tag: "em" },
  { sign: "_", tag: "em" },
];

function inline(text: string, marks: readonly Mark[]): string {
  let out = "";
  let plain = 0;
  let at = 0;
  // Once a sign has no partner from some place on, it has none later either: each is searched to the end once.
  const without = new Set<string>();
  const put = (html: string, end: number): void => {
    out += escapeHtml(text.slice(plain, at)) + html;
    plain = at = end;
  };
  while (at < text.length) {
    const character = text[at];
    if (character === "[") {
      const link = linkAt(text, at);
      if (link) {
        put(anchor(link.url, inline(link.label, marks)), link.end);
        continue;
      }
    } else if ((character === "h" || character === "H") && startsWord(text, at)) {
      const end = bareLinkEnd(text, at);
      if (end > at) {
        const url = text.slice(at, end);
        put(anchor(url, escapeHtml(url)), end);
        continue;
      }
    } else if ((character === "*" || character === "_") && startsWord(text, at)) {
      const mark = marks.find(({ sign }) => text.startsWith(sign, at));
      if (mark && !without.has(mark.sign)) {
        const end = closing(text, at, mark.sign);
        if (end === "none") without.add(mark.sign);
        else if (end !== null) {
          const inner = text.slice(at + mark.sign.length, end);
          const others = marks.filter(({ tag }) => tag !== mark.tag);
          put(`<${mark.tag}>${inline(inner, others)}</${mark.tag}>`, end + mark.sign.length);
          continue;
        }
      }
    }
    at++;
  }
  return out + escapeHtml(text.slice(plain));
}

/** Marks count at the edges of words only: `snake_case`, `__init__x`, `2*3*4` and `*.log` stay as they are. */
function startsWord(text: string, at: number): boolean {
  return at === 0 || (!isWord(text[at - 1]) && text[at - 1] !== text[at]);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** Where the partner of a sign stands; `null` when this sign opens nothing, `"none"` when no later one can close. */
function closing(text: string, at: number, sign: string): number | null | "none" {
  const first = text[at + sign.length];
  if (first === undefined || /\s/.test(first) || first === sign[0]) return null;
  for (let end = text.indexOf(sign, at + sign.length + 1); end >= 0; end = text.indexOf(sign, end + 1)) {
    const before = text[end - 1] ?? " ";
    const after = text[end + sign.length];
    if (!/\s/.test(before) && before !== sign[0] && !isWord(after) && after !== sign[0]) return end;
  }
  return "none";
}

const MAX_URL = 2000;

/** `[label](url)` at a bracket. A label ends at the next bracket and a URL at what none may hold, so nothing is read twice. */
function linkAt(text: string, at: number): { label: string; url: string; end: number } | null {
  let middle = at + 1;
  while (middle < text.length && !/[[\]\n]/.test(text[middle] ?? "")) middle++;
  if (middle === at + 1 || !text.startsWith("](", middle)) return null;
  let depth = 0;
  for (let end = middle + 2; end < text.length && end - middle < MAX_URL; end++) {
    const character = text[end] ?? "";
    if (/[\s[\]<>"]/.test(character)) return null;
    if (character === "(") depth++;
    if (character === ")" && depth-- === 0) {
      const url = text.slice(middle + 2, end);
      return isSafeLink(url) ? { label: text.slice(at + 1, middle), url, end: end + 1 } : null;
    }
  }
  return null;
}

/** The end of `https://…` at this place, without the punctuation of the sentence around it; `at` when there is none. */
function bareLinkEnd(text: string, at: number): number {
  if (!/^https?:\/\/[^\s<>"]/i.test(text.slice(at, at + 10))) return at;
  let end = at;
  while (end < text.length && end - at < MAX_URL && !/[\s<>"]/.test(text[end] ?? " ")) end++;
  while (end > at && /[.,;:!?'"*_)\]]/.test(text[end - 1] ?? "")) {
    if (text[end - 1] === ")" && text.slice(at, end).includes("(")) break;
    end--;
  }
  return isSafeLink(text.slice(at, end)) ? end : at;
}

/** http, https and mailto, with something behind the scheme; `javascript:` and `data:` stay text. */
function isSafeLink(url: string): boolean {
  if (!/^(?:https?:\/\/[^\s/]|mailto:[^\s?]+@)/i.test(url) || !URL.canParse(url)) return false;
  return ["http:", "https:", "mailto:"].includes(new URL(url).protocol);
}

function anchor(url: string, label: string): string {
  return `<a href="${escapeHtml(url)}">${label}</a>`;
}
