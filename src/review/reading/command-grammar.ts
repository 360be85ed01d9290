/**
 * One line of a review reply as a command (protocol §2). A line either is exactly a command or it is not one: what is
 * nearly one (`don't approve`, `approve?`, `approve it once Bob agrees`) must not be guessed at.
 */
import { PRIORITIES, type Priority } from "../../desk/ticket.ts";
import type { Command, ItemsRef } from "../command.ts";
import type { VerbWord } from "./command-words.ts";
import { isClosing } from "./sign-off.ts";
import { DEFAULT_VOCABULARY, foldWord, type Vocabulary } from "./vocabulary.ts";

/** Longer lines are prose. */
const LONGEST_LINE = 2000;

/** The command that a line is, or `null`. `send`, `note`, `reject` and `redraft` may go on below; the reader adds that. */
export function parseCommandLine(line: string, vocabulary: Vocabulary = DEFAULT_VOCABULARY): Command | null {
  if (line.length > LONGEST_LINE) return null;
  const plain = plainLine(line);
  const word = /^\p{L}{2,30}(?![\p{L}'])/u.exec(plain)?.[0];
  if (word === undefined) return null;
  const rest = plain.slice(word.length);
  // `approve?` and `approve1` are not commands; `reject:` is.
  if (rest !== "" && !/^[\s:,.!–—-]/.test(rest)) return null;
  const folded = foldWord(word);
  const parse = deskVerbs.get(folded) ?? verbs[vocabulary.get(folded) ?? "none"];
  const command = parse(readItems(rest));
  return command === null ? null : { ...command, line: line.trim() };
}

/** Without invisible characters, kinds of spaces and emphasis around the whole line. */
export function plainLine(line: string): string {
  const plain = line
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]/g, "")
    .replace(/\s/g, " ")
    .replaceAll("’", "'")
    .replaceAll("：", ":")
    .normalize("NFC")
    .trim();
  const emphasis = /^([*_]{1,3})(?=[^\s*_])/.exec(plain)?.[1];
  if (emphasis === undefined || plain.length < 2 * emphasis.length + 2) return plain;
  if (plain.endsWith(emphasis)) return plain.slice(emphasis.length, -emphasis.length).trim();
  // `*reject 1*: too long`
  const close = plain.indexOf(emphasis, emphasis.length);
  return /^[a-z0-9 #,&-]+$/i.test(plain.slice(emphasis.length, close))
    ? plain.slice(emphasis.length, close) + plain.slice(close + emphasis.length)
    : plain;
}

interface Parsed {
  readonly items: ItemsRef;
  /** Those of the numbers that only a range names: `2-4` names 3 as `all` does. */
  readonly inRange: readonly number[];
  /** What follows the numbers, with its colon or punctuation. */
  readonly rest: string;
}

// A number, `#1` or a range; not the start of `15:00`, `2h`, `1.5` or `15 min`.
const number =
  /^#?(\d{1,6})(?:\s?[-–]\s?#?(\d{1,6}))?(?=$|[\s,;:&+!.)–—-])(?![:.]\d)(?!\s(?:m|min|mins|minutes?|h|hrs?|hours?|days?|weeks?|am|pm)\b)/i;
const between =
  /^(?:\s*(?:,|&|\+|;)\s*(?:(?:and|und|et|y|en|e)\s+)?|\s+(?:and|und|et|y|en|e)\s+|\s+)(?=#?\d)/i;
const everything =
  /^(?:all|alle|alles|tout|tous|toutes|todo|todos|todas|tutti|tutto|tutte|tudo)(?=$|[\s:,.!–—-])/i;

function readItems(text: string): Parsed {
  const start = text.trimStart();
  const spaced = start.length < text.length;
  const all = everything.exec(start)?.[0];
  if (spaced && all !== undefined) return { items: "all", inRange: [], rest: start.slice(all.length) };
  const unclear: Parsed = { items: "implied", inRange: [], rest: text };
  const items = new Set<number>();
  const named = new Set<number>();
  let rest = spaced ? start : "";
  for (let found = number.exec(rest); found !== null;) {
    const first = Number(found[1]);
    const last = found[2] === undefined ? first : Number(found[2]);
    if (last < first || last - first > 50) return unclear;
    for (let item = first; item <= last; item++) items.add(item);
    if (last === first) named.add(first);
    rest = rest.slice(found[0].length);
    if (items.size > 200) return unclear;
    const gap = between.exec(rest);
    found = gap === null ? null : number.exec(rest.slice(gap[0].length));
    if (found !== null && gap !== null) rest = rest.slice(gap[0].length);
  }
  if (items.size === 0) return unclear;
  return { items: [...items], inRange: [...items].filter((item) => !named.has(item)), rest };
}

type WithoutLine<T> = T extends unknown ? Omit<T, "line"> : never;
type Read = (parsed: Parsed) => WithoutLine<Command> | null;

const nothing = (rest: string): boolean => /^(?:\.|!{1,3})?$/.test(rest.trim());
const numbered = (items: ItemsRef): boolean => typeof items !== "string";

/** Words behind a colon or a spaced dash; `null` where there is neither and something else follows. */
function behindColon(rest: string): string | null {
  const found = /^\s*(?::|[-–—](?=\s))\s*/.exec(rest);
  if (found) return rest.slice(found[0].length).trim();
  return nothing(rest) ? "" : null;
}

/** `reject 1 wrong tone`: with a number, words may follow without a colon, since nothing is sent by it. */
function freeText({ items, rest }: Parsed): string | null {
  const text = behindColon(rest);
  if (text !== null || !numbered(items)) return text;
  return /^[\s,;]/.test(rest) ? rest.replace(/^[\s,;]+/, "").trim() : null;
}

const approve: Read = ({ items, inRange, rest }) => {
  const approved: ReturnType<Read> = {
    verb: "approve",
    items,
    ...(inRange.length === 0 ? {} : { inRange }),
  };
  if (nothing(rest)) return approved;
  const courtesy = /^(?:\s*[.,!–—-]{1,2}\s+|\s+)(\S.*)$/.exec(rest)?.[1];
  return courtesy !== undefined && isClosing(courtesy) ? approved : null;
};

const bare =
  (verb: "spam" | "close" | "take" | "undo" | "attach"): Read =>
  ({ items, rest }) =>
    nothing(rest) && (items !== "all" || verb === "take") ? { verb, items } : null;

const toSomebody =
  (verb: "reroute" | "assign"): Read =>
  ({ items, rest }) => {
    const to = /^\s*(?::\s*)?(?:to|an|à|al?|naar|aan|para|voor)(?:\s*:)?\s+(\S.*?)[.!]?$/i.exec(
      rest.slice(0, 200),
    )?.[1];
    // A name, not a clause: `reroute to Dana but not before five`.
    return to === undefined || to.split(/\s+/).length > 6 || rest.length > 150 || /[?]/.test(to)
      ? null
      : { verb, items, to };
  };

const reject: Read = (parsed) => {
  const reason = freeText(parsed);
  return reason === null ? null : { verb: "reject", items: parsed.items, reason };
};

const redraft: Read = (parsed) => {
  const instruction = freeText(parsed);
  return instruction === null ? null : { verb: "redraft", items: parsed.items, instruction };
};

const note: Read = ({ items, rest }) => {
  // Prose begins with this word too ("Note that …"), so the colon is needed.
  const text = /^\s*:\s*(.*)$/.exec(rest)?.[1];
  return text === undefined ? null : { verb: "note", items, text: text.trim() };
};

const send: Read = ({ items, rest }) => {
  if (items === "all") return null;
  const text = /^\s*:\s*(.*)$/.exec(rest)?.[1];
  if (text !== undefined) return { verb: "send", items, text: text.trim(), without: [], doubt: null };
  const left = /^\s+(?:without|ohne|sans|sin|senza|zonder|sem):?\s+(\S.*?)[.!]?$/i.exec(rest)?.[1];
  if (left === undefined) return null;
  const without = left
    .split(/\s*[,;&]\s*(?:(?:and|und|et|y|en|e)\s+)?|\s+(?:and|und|et|y|en|e)\s+|\s+/i)
    .filter((word) => word !== "" && !/^<mailto:/i.test(word))
    .map((word) => word.replace(/^<|>$|<mailto:.*$/gi, "").toLowerCase());
  if (
    without.length > 50 ||
    without.some((word) => !/^[^\s@<>,;:()[\]"]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(word))
  )
    return null;
  return { verb: "send", items, text: null, without: [...new Set(without)], doubt: null };
};

const priority: Read = ({ items, rest }) => {
  const level = /^\s*(?::\s*)?(?:to\s+)?(p[1-4])[.!]?$/i.exec(rest)?.[1]?.toUpperCase();
  const priority = PRIORITIES.find((one): one is Priority => one === level);
  return priority === undefined || items === "all" ? null : { verb: "priority", items, priority };
};

const category: Read = ({ items, rest }) => {
  const found = /^(\s*:)?\s*(\S.*?)[.!]?$/.exec(rest.slice(0, 100));
  const category = found?.[2];
  if (category === undefined || rest.length > 80 || items === "all" || /[?:;]/.test(category)) return null;
  // Without a number or a colon one word is a category, more are a sentence.
  const words = category.split(/\s+/).length;
  return words > (numbered(items) || found?.[1] !== undefined ? 5 : 1)
    ? null
    : { verb: "category", items, category };
};

const merge: Read = ({ items, rest }) => {
  const into = /^\s+(?:into|in|dans|en|em|con|avec|mit|met|com)\s+#?(\d{1,9})[.!]?$/i.exec(rest)?.[1];
  return into === undefined || items === "all" ? null : { verb: "merge", items, intoNumber: Number(into) };
};

const snooze: Read = ({ items, rest }) => {
  const until =
    /^\s*(?::\s*)?(?:(?:until|till|for|to|bis|jusqu'à|hasta|fino a|tot|até)\s+)?(\S.*?)[.!]?$/i.exec(
      rest.slice(0, 100),
    )?.[1];
  if (until === undefined || rest.length > 60 || /[?]/.test(until) || /^(?:until|till|for|to)$/i.test(until))
    return null;
  return { verb: "snooze", items, until };
};

const run: Read = ({ items, rest }) => {
  const runbook = /^\s*(?::\s*)?([\p{L}\p{N}][\p{L}\p{N}._/-]{0,80}?)[.!]?$/u.exec(rest)?.[1];
  return runbook === undefined || items === "all" || !/\p{L}/u.test(runbook)
    ? null
    : { verb: "run", items, runbook };
};

const time: Read = ({ items, rest }) => {
  const minutes = minutesOf(rest.trim().replace(/^:\s*/, "").replace(/[.!]$/, "").toLowerCase());
  return minutes === null || items === "all" ? null : { verb: "time", items, minutes };
};

/** `15m`, `15 min`, `1h`, `1h30`, `1h 30m`, `1.5h`, `1:30`; a day at most. */
function minutesOf(text: string): number | null {
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text);
  const parts =
    clock ??
    /^(?:(\d{1,2}(?:[.,]\d{1,2})?)\s?(?:h|hr|hrs|hours?)(?:$|\s?))?(?:(\d{1,4})\s?(?:m|min|mins|minutes?)?)?$/.exec(
      text,
    );
  if (parts === null || (parts[1] === undefined && !/m/.test(text))) return null;
  const minutes = Math.round(Number((parts[1] ?? "0").replace(",", ".")) * 60) + Number(parts[2] ?? 0);
  return minutes > 0 && minutes <= 1440 ? minutes : null;
}

/** In a hurry people write more than the word; calling back is always safe. */
const stop: Read = ({ items, rest }) =>
  nothing(rest) || /^[,!]?\s+(?:it|now|please|it now|this|that)\s?[.!]*$/i.test(rest)
    ? { verb: "stop", items }
    : null;

const desk =
  (verb: "pause-desk" | "resume-desk"): Read =>
  ({ rest }) =>
    /^\s+(?:the\s+)?desk[.!]?$/i.test(rest) ? { verb, items: "implied" } : null;

const help: Read = ({ items, rest }) =>
  nothing(rest) && items === "implied" ? { verb: "help", items } : null;

/** Two words, in English alone: they are rare and reach far. */
const deskVerbs: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["pause", desk("pause-desk")],
  ["resume", desk("resume-desk")],
]);

const verbs: Readonly<Record<VerbWord | "none", Read>> = {
  none: () => null,
  approve,
  reject,
  redraft,
  send,
  attach: bare("attach"),
  reroute: toSomebody("reroute"),
  assign: toSomebody("assign"),
  priority,
  category,
  spam: bare("spam"),
  close: bare("close"),
  take: bare("take"),
  undo: bare("undo"),
  stop,
  merge,
  note,
  snooze,
  run,
  time,
  help,
};
