import type { DraftSource } from "../../desk/draft-findings.ts";
import type { ClientTemplateArticle } from "../../templates.ts";
import { sentencesOf } from "./letter.ts";

/** Where the sentences of a draft may come from. */
interface KnownSources {
  /** The draft as the template, the article and the answers made it, before anybody asked for a change. */
  readonly fresh: string;
  readonly template: string;
  readonly article: ClientTemplateArticle | null;
  /** Sentences that were put in as answers. */
  readonly answers: readonly DraftSource[];
}

interface SourcedDraft {
  readonly sources: readonly DraftSource[];
  /** Sentences that neither template nor article wrote. */
  readonly unsourced: readonly string[];
}

/** The source of every sentence between greeting and signature. What no source wrote is for the reviewer to check. */
export function sourcesOf(body: string, known: KnownSources): SourcedDraft {
  const written = new Set(sentencesOf(known.fresh));
  const passages = new Set(
    known.article === null
      ? []
      : [...known.article.steps, known.article.excerpt].flatMap((passage) => sentencesOf(passage)),
  );
  const sources: DraftSource[] = [];
  const unsourced: string[] = [];
  const paragraphs = body.split(/\n{2,}/);
  const frame = new Set([...sentencesOf(paragraphs[0] ?? ""), ...sentencesOf(paragraphs.at(-1) ?? "")]);
  for (const sentence of sentencesOf(body)) {
    const bare = sentence.replace(/^\d{1,2}[.)]\s+/, "");
    const answer = known.answers.find((one) => one.sentence === bare);
    if (answer !== undefined) sources.push(answer);
    else if (known.article !== null && passages.has(bare))
      sources.push({ sentence: bare, kind: "article", name: known.article.title });
    else if (!written.has(sentence)) unsourced.push(sentence);
    else if (!frame.has(sentence)) sources.push({ sentence: bare, kind: "template", name: known.template });
  }
  return { sources, unsourced };
}
