import type { ArticleHit } from "../../desk/triage.ts";
import type { ClientTemplateArticle } from "../../templates.ts";
import type { Languages } from "./languages.ts";
import { wordsOf } from "./words.ts";

const MOST_STEPS = 10;
const LONGEST_EXCERPT = 600;

/** The first article that reads well in a reply of this language; `null` when none does. */
export function articleFor(
  articles: readonly ArticleHit[],
  language: string,
  detect: Languages["detect"],
): { readonly id: number; readonly shown: ClientTemplateArticle } | null {
  for (const article of articles.slice(0, 3)) {
    if (!isReadable(article, language, detect)) continue;
    const shown = shownArticle(article.title, article.excerpt);
    if (shown !== null) return { id: article.articleId, shown };
  }
  return null;
}

/** Whether an article is in this language, or in none that can be told. */
export function isReadable(
  { title, excerpt }: Pick<ArticleHit, "title" | "excerpt">,
  language: string,
  detect: Languages["detect"],
): boolean {
  const found = detect(wordsOf(`${title}\n${excerpt.slice(0, 2000)}`));
  return found.value === language || found.confidence < 0.5;
}

/** How a paragraph begins that is not for clients. */
const FOR_TECHNICIANS =
  /^\s*(?:[*_>-]{1,3}\s*)?(?:for (?:the )?(?:technicians?|engineers?|support staff)|internal(?: note| only)?|technicians? only|für (?:die )?(?:techniker\p{L}*|technik)|nur für techniker\p{L}*|intern)\s*[*_]{0,3}\s*:/iu;

/** The passage without the paragraphs that are written for technicians: those run to the next empty line. */
export function clientPart(excerpt: string): string {
  return excerpt
    .split(/\n[ \t]*\n/)
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      const from = lines.findIndex((line) => FOR_TECHNICIANS.test(line));
      return from === -1 ? paragraph : lines.slice(0, from).join("\n");
    })
    .filter((paragraph) => paragraph.trim() !== "")
    .join("\n\n");
}

/** Steps where the passage is a list; else its prose. A passage cut in the middle ends at its last whole sentence. */
export function shownArticle(title: string, excerpt: string): ClientTemplateArticle | null {
  const lines = clientPart(excerpt)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("…"));
  const steps = lines
    .map((line) => /^(?:\d{1,2}[.)]|[-*•])\s+(\S.*)$/.exec(line)?.[1] ?? "")
    .filter((step) => step !== "" && !step.endsWith("…"));
  const name = title.replaceAll(/\s+/g, " ").trim();
  if (name === "") return null;
  if (steps.length >= 2) return { title: name, steps: steps.slice(0, MOST_STEPS), excerpt: "" };
  const prose = wholeSentences(lines.join(" ").replaceAll(/\s+/g, " "));
  return prose === "" ? null : { title: name, steps: [], excerpt: prose };
}

function wholeSentences(text: string): string {
  const short = text.slice(0, LONGEST_EXCERPT);
  if (short === text && !text.endsWith("…")) return text.trim();
  const end = Math.max(
    short.lastIndexOf(". "),
    short.lastIndexOf("? "),
    short.endsWith(".") ? short.length - 1 : -1,
  );
  return end === -1 ? "" : short.slice(0, end + 1).trim();
}
