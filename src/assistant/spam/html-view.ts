import { attributeOf, decodeEntities, htmlPieces } from "./html-tags.ts";

export interface HtmlLink {
  readonly href: string;
  /** What the reader sees of it, on one line; "" for a picture alone. */
  readonly text: string;
  readonly hasImage: boolean;
}

/** What an HTML part shows, and what it hides. */
export interface HtmlView {
  /** Text in a visible colour and size. */
  readonly shown: string;
  /** Text that no reader sees: the colour of its background, no size, `display:none`. */
  readonly hidden: string;
  readonly links: readonly HtmlLink[];
  /** Addresses of pictures. */
  readonly images: readonly string[];
  /** How often each tag is opened. */
  readonly tags: ReadonlyMap<string, number>;
  readonly comments: number;
  /** Comments or tags inside a word: `Via<!-- x -->gra`. */
  readonly brokenWords: number;
  /** Ordinary letters written as numeric references, so that no filter reads them. */
  readonly encodedLetters: number;
  /** Colours that words stand in, and how they are set, lower case. */
  readonly colours: ReadonlySet<string>;
}

/** What an element says of the text in it. */
interface Look {
  readonly tag: string;
  readonly colour: string;
  readonly ground: string;
  /** `title` and the like are passed over: no reader sees them in the text, and none is deceived. */
  readonly seen: "shown" | "hidden" | "passed";
}

const MOST_LINKS = 200;
const DEEPEST = 100;
const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
const INLINE = new Set(
  "a abbr b big em font i img q s small span strike strong sub sup tt u wbr x".split(" "),
);

/** Reads an HTML part as a mail program would show it, in one walk. Never throws. */
export function viewHtml(html: string): HtmlView {
  const reader = new ViewReader();
  for (const piece of htmlPieces(html)) {
    if (piece.kind === "text") reader.text(piece.text);
    else if (piece.kind === "comment") reader.comment();
    else if (piece.kind === "open") reader.open(piece.name, piece.rest);
    else reader.close(piece.name);
  }
  return reader.view();
}

class ViewReader {
  readonly #shown: string[] = [];
  readonly #hidden: string[] = [];
  readonly #links: { href: string; text: string; hasImage: boolean }[] = [];
  readonly #images: string[] = [];
  readonly #tags = new Map<string, number>();
  readonly #colours = new Set<string>();
  readonly #stack: Look[] = [];
  #link: { href: string; text: string; hasImage: boolean } | null = null;
  #comments = 0;
  #brokenWords = 0;
  #encodedLetters = 0;
  /** The last text ended inside a word, and only marks that draw nothing came since. */
  #insideWord = false;
  #brokenHere = false;

  text(raw: string): void {
    this.#encodedLetters +=
      raw.match(/&#(?:x[46-7][0-9a-f]|6[5-9]|[78]\d|90|9[7-9]|1[01]\d|12[0-2])\b/gi)?.length ?? 0;
    const text = decodeEntities(raw);
    const look = this.#stack.at(-1);
    if (look !== undefined && look.seen !== "shown") {
      if (look.seen === "hidden" && text.trim() !== "") this.#hidden.push(text);
      return;
    }
    if (this.#insideWord && this.#brokenHere && /^\p{L}/u.test(text)) this.#brokenWords += 1;
    this.#insideWord = /\p{L}$/u.test(text);
    this.#brokenHere = false;
    this.#shown.push(text);
    if (look !== undefined && look.colour !== "" && text.trim() !== "") this.#colours.add(look.colour);
    if (this.#link !== null && this.#link.text.length < 300) this.#link.text += text;
  }

  comment(): void {
    this.#comments += 1;
    this.#brokenHere = true;
  }

  open(name: string, rest: string): void {
    this.#tags.set(name, (this.#tags.get(name) ?? 0) + 1);
    this.#separate(name);
    if (name === "img") {
      if (this.#images.length < MOST_LINKS) this.#images.push(attributeOf(rest, "src") ?? "");
      if (this.#link !== null) this.#link.hasImage = true;
    }
    if (name === "a" || name === "area") this.#openLink(name, attributeOf(rest, "href"));
    if (VOID.has(name) || this.#stack.length >= DEEPEST) return;
    this.#stack.push(lookOf(name, rest, this.#stack.at(-1)));
  }

  close(name: string): void {
    this.#separate(name);
    if (name === "a") this.#link = null;
    const at = this.#stack.findLastIndex((look) => look.tag === name);
    if (at !== -1) this.#stack.length = at;
  }

  view(): HtmlView {
    return {
      shown: this.#shown.join(""),
      hidden: this.#hidden.join(" "),
      links: this.#links.map((link) => ({ ...link, text: link.text.replace(/\s+/g, " ").trim() })),
      images: this.#images,
      tags: this.#tags,
      comments: this.#comments,
      brokenWords: this.#brokenWords,
      encodedLetters: this.#encodedLetters,
      colours: this.#colours,
    };
  }

  /** A block ends a word; a mark inside a line does not, and nobody sees it there. */
  #separate(name: string): void {
    if (INLINE.has(name)) {
      // Bold or a link inside a word is a habit of people; a tag that no program knows is not.
      if (name === "x" || name === "font") this.#brokenHere = true;
      return;
    }
    if (!KNOWN_BLOCK.test(name)) {
      this.#brokenHere = true;
      return;
    }
    this.#shown.push("\n");
    this.#insideWord = false;
  }

  #openLink(name: string, href: string | null): void {
    this.#link = null;
    if (href === null || this.#links.length >= MOST_LINKS) return;
    const link = { href: href.trim(), text: "", hasImage: name === "area" };
    this.#links.push(link);
    if (name === "a") this.#link = link;
  }
}

const KNOWN_BLOCK =
  /^(?:address|article|aside|blockquote|body|br|button|caption|center|col|colgroup|dd|div|dl|dt|fieldset|form|h[1-6]|head|header|hr|html|iframe|input|label|layer|legend|li|link|main|map|area|marquee|menu|meta|nav|noscript|object|ol|optgroup|option|p|param|pre|section|select|style|script|table|tbody|td|textarea|tfoot|th|thead|title|tr|ul|o:p)$/;

/** What text inside the element looks like: what the element does not say stays as outside. */
function lookOf(tag: string, rest: string, outside: Look | undefined): Look {
  const style = rest.includes("style") || rest.includes("STYLE") ? (attributeOf(rest, "style") ?? "") : "";
  const compact = style.toLowerCase().replace(/\s+/g, "");
  const ground = colourOf(
    (/(?:^|;)background(?:-color)?:([^;]{3,30})/.exec(compact)?.[1] ?? "") ||
      (attributeOf(rest, "bgcolor") ?? ""),
  );
  const colour = colourOf(
    (/(?:^|;)color:([^;]{3,30})/.exec(compact)?.[1] ?? "") ||
      (tag === "font"
        ? (attributeOf(rest, "color") ?? "")
        : tag === "body"
          ? (attributeOf(rest, "text") ?? "")
          : ""),
  );
  const look = {
    tag,
    colour: colour === "" ? (outside?.colour ?? "") : colour,
    ground: ground === "" ? (outside?.ground ?? "#ffffff") : ground,
  };
  const unseen =
    /display:none|visibility:hidden|mso-hide:all|(?:^|;)(?:font-size|opacity|max-height):0(?:px|pt|em|%|;|!|$)/.test(
      compact,
    ) ||
    (look.colour !== "" && isNear(look.colour, look.ground));
  if (tag === "title" || outside?.seen === "passed") return { ...look, seen: "passed" };
  return { ...look, seen: unseen || outside?.seen === "hidden" ? "hidden" : "shown" };
}

const NAMES: Readonly<Record<string, string>> = {
  white: "#ffffff",
  black: "#000000",
  red: "#ff0000",
  blue: "#0000ff",
  green: "#008000",
  yellow: "#ffff00",
  gray: "#808080",
  silver: "#c0c0c0",
  transparent: "",
};

/** `#rrggbb` in lower case; "" for what is no plain colour. */
function colourOf(text: string): string {
  const word = text.trim().toLowerCase().replace("!important", "");
  if (word === "") return "";
  const named = NAMES[word];
  if (named !== undefined) return named;
  const hex = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/.exec(word)?.[1];
  if (hex !== undefined) return `#${hex.length === 6 ? hex : hex.replace(/./g, "$&$&")}`;
  const rgb = /^rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})/.exec(word);
  if (rgb === null) return "";
  return `#${rgb
    .slice(1, 4)
    .map((part) => Math.min(255, Number(part)).toString(16).padStart(2, "0"))
    .join("")}`;
}

/** Too little apart for an eye: less than about a tenth of the way from black to white. */
function isNear(one: string, other: string): boolean {
  const [left, right] = [Number.parseInt(one.slice(1), 16), Number.parseInt(other.slice(1), 16)];
  if (Number.isNaN(left) || Number.isNaN(right)) return false;
  const apart = [16, 8, 0].reduce(
    (sum, shift) => sum + Math.abs(((left >> shift) & 255) - ((right >> shift) & 255)),
    0,
  );
  return apart < 72;
}
