import type { ArticleHit, RelatedTicket } from "../../desk/triage.ts";
import type { TriageContext } from "../engine.ts";
import type { Evidence } from "./evidence.ts";
import { remembered } from "../remembered.ts";
import { isStopWord } from "./language.ts";
import { wordsOf } from "./words.ts";
import type { Word } from "./words.ts";

const QUERY_WORDS = 30;
const SHOWN = 5;
/** Share of an article's title that the mail must speak of. */
const TITLE_SHARE = 0.5;
const LEAST_SIMILAR = 0.2;
/** From here on an article means what the mail means, whatever their words: no title need be named. */
const SAME_MEANING = 0.3;

/** Words that every request has, folded: they say nothing of its subject. */
const EMPTY_WORDS = new Set(
  (
    "problem problems problema probleem issue issues help hilfe urgent dringend please bitte ticket request anfrage question " +
    "frage support update today heute need needs brauche work works working funktioniert since know known how fix troubleshooting " +
    "anleitung guide faq using use user users setting settings client company"
  ).split(" "),
);

/** Content words of the subject, then of the text without greeting and signature; each once, in order. */
export function lookUpQuery(evidence: Evidence): string {
  const seen = new Set<string>();
  for (const word of evidence.words) {
    if (seen.size === QUERY_WORDS) break;
    if (isContent(word)) seen.add(word.text);
  }
  return [...seen].join(" ");
}

/** The roots of a text's content words, without those that every request has. */
export function contentRoots(text: string): ReadonlySet<string> {
  const words = wordsOf(text.slice(0, 2000)).filter((word) => isContent(word) && !EMPTY_WORDS.has(word.text));
  return new Set(words.map((word) => root(word.text)));
}

function isContent(word: Word): boolean {
  if (word.kind === "address" || word.kind === "link" || word.kind === "date") return false;
  if (word.text.length < 3 || isStopWord(word.text)) return false;
  return word.kind === "word" || !/^\d{1,3}$/.test(word.text);
}

/** Articles that may be named in a reply, best first: a look-up answers something to every question, so most are left out. */
export async function findArticles(
  evidence: Evidence,
  query: string,
  context: Pick<TriageContext, "searchArticles">,
): Promise<readonly ArticleHit[]> {
  if (query === "") return [];
  const hits = await context.searchArticles(query, SHOWN);
  if (hits.length === 0) return [];
  const said = new Set(rootsOf(evidence.words));
  return hits
    .map((hit) => ({ hit, fit: fitOf(hit, said) }))
    .filter(({ hit, fit }) => fit >= TITLE_SHARE || (hit.meaning ?? 0) >= SAME_MEANING)
    .sort((left, right) => right.fit - left.fit || right.hit.score - left.hit.score)
    .map(({ hit, fit }) => (fit >= TITLE_SHARE ? hit : { ...hit, byMeaningAlone: true as const }));
}

/** Share of the title's own words that the mail has too; 0 where only one small word is shared. */
function fitOf(hit: ArticleHit, said: ReadonlySet<string>): number {
  const title = [...passageRoots(hit.title)].filter((text) => !EMPTY_WORDS.has(text));
  const shared = title.filter((text) => said.has(text));
  if (shared.length === 0) return 0;
  const share = shared.length / title.length;
  const passage = passageRoots(hit.excerpt.slice(0, LONGEST_PASSAGE));
  const support = [...said].filter((text) => passage.has(text) && !shared.includes(text)).length;
  // One shared word is a topic, not an answer: the passage must speak of the rest.
  if (shared.length === 1 && support < 2) return 0;
  return share + Math.min(0.2, support * 0.05);
}

const LONGEST_PASSAGE = 2000;
/** Titles and passages that are found for one mail after another. */
const KEPT = { most: 100, longest: LONGEST_PASSAGE };

const passageRoots = remembered((text): ReadonlySet<string> => new Set(rootsOf(wordsOf(text))), KEPT);

const rootsOf = (words: readonly Word[]): readonly string[] =>
  words.filter(isContent).map((word) => root(word.text));

/** Endings of the languages that the desk reads best, cut off roughly: `drops`, `dropping` and `dropped` are one. */
function root(text: string): string {
  if (text.length <= 4) return text;
  const cut = text.replace(/(?:ings?|edly|ed|es|s|en|ern|er|em|e|n)$/, "");
  const bare = cut.length >= 3 ? cut : text;
  return /([b-df-hj-np-tv-z])\1$/.test(bare) ? bare.slice(0, -1) : bare;
}

export async function findRelated(
  query: string,
  context: Pick<TriageContext, "searchTickets">,
): Promise<readonly RelatedTicket[]> {
  if (query === "") return [];
  const hits = await context.searchTickets(query, SHOWN);
  return hits.filter((ticket) => ticket.similarity >= LEAST_SIMILAR);
}
