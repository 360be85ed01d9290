import type { ArticleHit } from "../../desk/triage.ts";
import type { ClientTemplateArticle } from "../../templates.ts";
import { detectLanguage } from "./language.ts";
import { wordsOf } from "./words.ts";

const MOST_STEPS = 10;
const LONGEST_EXCERPT = 600;

/** The first article that reads well in a reply of this language; `null` when none does. */
export function articleFor(
  articles: readonly ArticleHit[],
  language: string,
): { readonly id: number; readonly shown: ClientTemplateArticle } | null {
  for (const { articleId, title, excerpt } of articles.slice(0, 3)) {
    const found = detectLanguage(wordsOf(`${title}\n${excerpt.slice(0, 2000)}`));
    if (found.value !== language && found.confidence >= 0.5) continue;
    const shown = shownArticle(title, excerpt);
    if (shown !== null) return { id: articleId, shown };
  }
  return null;
}

/** Steps where the passage is a list; else its prose. A passage cut in the middle ends at its last whole sentence. */
export function shownArticle(title: string, excerpt: string): ClientTemplateArticle | null {
  const lines = excerpt
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
