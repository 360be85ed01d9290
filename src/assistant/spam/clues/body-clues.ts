import type { ParsedMessage } from "../../../mail/message.ts";
import type { HtmlView } from "../html-view.ts";
import { readWebAddress } from "../web-address.ts";
import { stepsOf, tenthsOf, those, type Clue } from "./clue.ts";
import { signClues } from "./sign-clues.ts";

/** As much of a text as is looked at, in characters. */
const LOOKED_AT = 20_000;

/** How the text is written, whatever it says. */
export function textClues(text: string): readonly Clue[] {
  const start = text.slice(0, LOOKED_AT);
  const lines = start.split("\n");
  const filled = lines.filter((line) => line.trim() !== "");
  const letters = start.match(/\p{L}/gu)?.length ?? 0;
  const capitals = start.match(/\p{Lu}/gu)?.length ?? 0;
  const shouted = filled.filter((line) => /\p{Lu}{3}/u.test(line) && line === line.toUpperCase()).length;
  const quoted = filled.filter((line) => /^\s?(?:[>|]|\w{1,3}>)/.test(line)).length;
  const words = start.match(/\S+/g)?.length ?? 0;
  return [
    ...stepsOf("text:words", words / 10, 128),
    ...tenthsOf("text:capitals", capitals, letters),
    ...stepsOf("text:shouted-lines", shouted, 16),
    ...stepsOf("text:exclamations", start.match(/!/g)?.length ?? 0, 32),
    ...stepsOf("text:double-exclamations", start.match(/!!/g)?.length ?? 0, 8),
    ...stepsOf("text:money", start.match(/[$€£]\s?\d/g)?.length ?? 0, 16),
    ...stepsOf("text:percent", start.match(/\d\s?%/g)?.length ?? 0, 8),
    ...stepsOf(
      "text:phone",
      start.match(/\b1?[-.( ]?8(?:00|66|77|88)[-.) ]+\d{3}[-. ]\d{4}/g)?.length ?? 0,
      4,
    ),
    ...stepsOf("text:addresses", start.match(/[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}/g)?.length ?? 0, 8),
    ...tenthsOf("text:quoted", quoted, filled.length),
    ...stepsOf("text:gap", longestGap(lines), 64),
    ...scriptsOf(start),
    ...signClues(start),
    ...stepsOf("text:long-lines", lines.filter((line) => line.length > 200).length, 16),
    ...those({
      "text:empty": letters === 0,
      "text:signature": /^-- ?$/m.test(start),
      "text:attribution": /\b(?:wrote|writes|schrieb|écrit|escribió|scrisse)\s?:\s*$/m.test(start),
      "text:spaced-letters": /(?:\b\p{L} ){6}/u.test(start),
      "text:broken-with-signs": /\p{L}[*_.|^~]\p{L}[*_.|^~]\p{L}/u.test(start),
      "text:drawn-line": /[=*_~#-]{12}/.test(start),
      "text:salutation": /^\s*(?:hi|hello|hey|dear|hallo|guten tag|bonjour|hola)\b/im.test(
        start.slice(0, 400),
      ),
      "text:code-at-end": /^[a-z0-9]{8,}$/i.test(lastLine(start)) && /\d/.test(start.slice(-40)),
      "text:8-bit": /[\u0080-\u00ff]{3}/.test(start),
      "text:replacement": start.includes("\ufffd"),
      // HTML that was sent as plain text: bulk programs do, people's do not.
      "text:markup": /<(?:a\s+href|html|br|font|table|body|center)\b/i.test(start),
      "text:diff": /^(?:[-+]{3} |@@ |\$ |# \w)/m.test(start),
    }),
  ];
}

/** The last line with something on it, without the white space around. */
function lastLine(text: string): string {
  const end = text.trimEnd();
  return end.slice(end.lastIndexOf("\n") + 1).trimStart();
}

/** Blank lines between two that are not: what nobody should read stands far below. */
function longestGap(lines: readonly string[]): number {
  let [longest, gap] = [0, 0];
  for (const line of lines) {
    if (line.trim() === "") gap += 1;
    else {
      longest = Math.max(longest, gap);
      gap = 0;
    }
  }
  return longest;
}

const SCRIPTS: readonly (readonly [name: string, letters: RegExp])[] = [
  ["han", /\p{Script=Han}/gu],
  ["kana", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["hangul", /\p{Script=Hangul}/gu],
  ["cyrillic", /\p{Script=Cyrillic}/gu],
  ["arabic", /[\p{Script=Arabic}\p{Script=Hebrew}]/gu],
];

/** Scripts beside the Latin one: which of them are usual is for each desk to learn. */
function scriptsOf(text: string): readonly Clue[] {
  if (!/[\u0370-\uffff]/.test(text)) return [];
  return SCRIPTS.flatMap(([name, letters]) => {
    const count = text.match(letters)?.length ?? 0;
    return count < 5 ? [] : [`script:${name}`];
  });
}

/** What the HTML part does beside showing words. */
export function htmlClues(
  view: HtmlView | null,
  message: Pick<ParsedMessage, "attachments">,
): readonly Clue[] {
  const files = attachmentClues(message);
  if (view === null) return ["html:none", ...files];
  const { tags, images, links } = view;
  const count = (name: string): number => tags.get(name) ?? 0;
  const all = [...tags.values()].reduce((sum, one) => sum + one, 0);
  const shown = view.shown.replace(/\s+/g, " ").trim().length;
  const remote = images.filter((source) => /^https?:/i.test(source)).length;
  return [
    "html:part",
    ...files,
    ...[...tags.keys()].slice(0, 60).map((name) => `tag:${name}`),
    ...stepsOf("html:images", images.length, 32),
    ...stepsOf("html:remote-images", remote, 32),
    ...stepsOf("html:fonts", count("font"), 32),
    ...stepsOf("html:tables", count("table"), 32),
    ...stepsOf("html:links", links.length, 32),
    ...stepsOf("html:comments", view.comments, 32),
    ...stepsOf("html:broken-words", view.brokenWords, 16),
    ...stepsOf("html:encoded-letters", view.encodedLetters, 32),
    ...stepsOf("html:hidden-text", view.hidden.length / 10, 64),
    ...stepsOf("html:colours", view.colours.size, 16),
    ...tenthsOf("html:tag-density", 10 * all, shown + 10 * all),
    ...those({
      "html:no-text": shown < 20,
      "html:picture-only": shown < 100 && images.length > 0,
      "html:form": count("form") > 0,
      "html:password-field": count("form") > 0 && count("input") > 0,
      "html:frame": count("iframe") + count("frame") > 0,
      "html:no-html-tag": count("html") === 0,
      "html:no-body-tag": count("body") === 0,
      "html:unknown-tags": [...tags.keys()].some((name) => /^[a-z]{7,}\d|\d{3}/.test(name)),
      "html:tracking-picture": images.some((source) => /[?&]\w{0,20}=/.test(source)),
      "html:picture-from-number": images.some((source) => /^https?:\/\/\d+[./]/i.test(source)),
      "html:inline-picture": images.some((source) => readWebAddress(source).scheme === "cid"),
      "html:red": view.colours.has("#ff0000"),
    }),
  ];
}

const RISKY =
  /\.(?:exe|scr|pif|bat|cmd|com|js|jse|vbs|vbe|wsf|hta|lnk|iso|img|jar|ps1|html?|shtml|docm|xlsm)$/i;

function attachmentClues({ attachments }: Pick<ParsedMessage, "attachments">): readonly Clue[] {
  const own = attachments.filter((one) => !one.inline);
  return [
    ...stepsOf("files", own.length, 8),
    ...new Set(own.map(({ contentType }) => `file:${contentType.toLowerCase().slice(0, 40)}`)),
    ...those({
      "file:risky": own.some(({ filename }) => RISKY.test(filename)),
      "file:two-endings": own.some(({ filename }) =>
        /\.(?:pdf|docx?|xlsx?|txt|jpe?g)\.[a-z]{2,4}$/i.test(filename),
      ),
    }),
  ];
}
