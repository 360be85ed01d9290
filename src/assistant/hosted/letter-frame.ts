import { readLetter } from "../local/letter.ts";

/** A reply in its parts: the desk's greeting and signature stay, whoever writes what stands between. */
interface LetterFrame {
  readonly greeting: string;
  readonly middle: string;
  readonly closing: string;
}

/** `null` where the text has no greeting or no signature of its own that could be kept. */
export function frameOf(
  body: string,
  signature: { readonly technician: string; readonly desk: string },
): LetterFrame | null {
  const paragraphs = body.trim().split(/\n{2,}/);
  const [greeting = ""] = paragraphs;
  const closing = paragraphs.at(-1) ?? "";
  if (paragraphs.length < 3 || greeting.length > 100 || !/^[^\n]+[,:!]$/u.test(greeting)) return null;
  const signs = [signature.desk, signature.technician].filter((name) => name !== "");
  if (!signs.some((name) => closing.split("\n").includes(name))) return null;
  return { greeting, middle: paragraphs.slice(1, -1).join("\n\n"), closing };
}

/** The text between them anew. */
export function framed(frame: LetterFrame, middle: string): string {
  return [frame.greeting, middleOf(middle, frame), frame.closing].filter((part) => part !== "").join("\n\n");
}

/** What a writer wrote, without a greeting and a signature of its own. */
export function middleOf(text: string, frame: LetterFrame): string {
  const tidy = text
    .replaceAll(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
  const paragraphs = tidy.split("\n\n");
  if (isGreeting(paragraphs[0] ?? "", frame)) paragraphs.shift();
  if (isClosing(paragraphs.at(-1) ?? "", frame)) paragraphs.pop();
  if (isClosing(paragraphs.at(-1) ?? "", frame)) paragraphs.pop();
  return paragraphs.join("\n\n");
}

/** `Hi Ana,` alone on its line. */
function isGreeting(paragraph: string, frame: LetterFrame): boolean {
  if (paragraph === frame.greeting) return true;
  return /^[^\n]{1,60}[,!:]$/u.test(paragraph) && readLetter(`${paragraph}\n\nx y z.`).body === "x y z.";
}

/** `Kind regards,` and the names below it, in one paragraph or in two. */
function isClosing(paragraph: string, frame: LetterFrame): boolean {
  const lines = paragraph.split("\n");
  if (lines.length > 4 || lines.some((line) => line.length > 60)) return false;
  const own = new Set(frame.closing.split("\n").map(bare));
  return (
    lines.some((line) => own.has(bare(line))) || (lines.length === 1 && /^[^.?!]{1,30},$/u.test(paragraph))
  );
}

const bare = (line: string): string => line.replace(/(?<![,.\s])[,.\s]+$/u, "");
