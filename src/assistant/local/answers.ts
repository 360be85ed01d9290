import type { AskedQuestion, DraftSource } from "../../desk/draft-findings.ts";
import type { ArticleHit } from "../../desk/triage.ts";
import type { ClientTemplateArticle } from "../../templates.ts";
import { promisesIn } from "../guard/guard-promises.ts";
import { findSensitive } from "../sensitive.ts";
import { contentRoots } from "./knowledge.ts";
import { filled, type Languages, type Phrases } from "./languages.ts";
import { sentencesOf } from "./letter.ts";
import { questionKind, type QuestionKind } from "./question-kind.ts";
import { quotable } from "./quotable.ts";
import { recordAnswer, type DeviceMeant } from "./record.ts";
import { wordsOf } from "./words.ts";
import { clientPart, isReadable } from "./reply-article.ts";

export interface ToAnswer {
  readonly questions: readonly string[];
  /** The rendered template: greeting first, a closing line and the signature last. */
  readonly body: string;
  readonly template: string;
  /** Of the reply's language. */
  readonly phrases: Phrases;
  /** The language of a text. */
  readonly detect: Languages["detect"];
  /** Nothing of the text may be changed: what it leaves open is for the reviewer alone. */
  readonly fixed: boolean;
  /** What the reply may show of the article that it goes by; not every template does. */
  readonly shown: ClientTemplateArticle | null;
  /** Articles that this client may see, best first. */
  readonly articles: readonly ArticleHit[];
  /** The device that the mail is about, where the client's record tells it. */
  readonly device: DeviceMeant | null;
  /** Sentences of what the text takes for granted; they stand before the answers. */
  readonly granted: readonly DraftSource[];
}

export interface Answered {
  readonly body: string;
  readonly questions: readonly AskedQuestion[];
  /** Of the sentences that were put in. */
  readonly sources: readonly DraftSource[];
  /** Articles whose sentences were put in. */
  readonly articleIds: readonly number[];
}

/**
 * Every question that the client asked is answered by the text, by a fact of their own record or a sentence of an article that is put in, or by a sentence that says
 * that a technician will answer. None is passed over in silence, and nothing is answered by guessing.
 */
export function answerQuestions(asked: ToAnswer): Answered {
  const shows = asked.shown !== null && showsPassage(asked.body, asked.shown);
  const guide = shows ? [] : guideFor(asked);
  // What the reply does not show answers nothing.
  const input = { ...asked, shown: shows || guide.length > 0 ? asked.shown : null };
  const put: DraftSource[] = [];
  const articleIds: number[] = [];
  const open: string[] = [];
  const questions = input.questions.map((question): AskedQuestion => {
    const fact = input.fixed ? null : recordAnswer(question, input.device, input.phrases);
    if (fact !== null) {
      if (put.every((one) => one.sentence !== fact.sentence)) put.push(fact);
      return { question, answeredBy: "record" };
    }
    const kind = questionKind(question);
    const byText = answeredByText(kind, input);
    if (byText !== null) return { question, answeredBy: byText };
    const found = kind === "time" || kind === "price" ? null : answerIn(question, input);
    if (found !== null && (found.known || !input.fixed)) {
      if (!found.known && put.every((one) => one.sentence !== found.sentence)) {
        put.push({ sentence: found.sentence, kind: "article", name: found.title });
        articleIds.push(found.articleId);
      }
      return { question, answeredBy: "article" };
    }
    open.push(question);
    return { question, answeredBy: "open" };
  });
  if (input.fixed) return { body: input.body, questions, sources: [], articleIds: [] };
  const granted = input.granted.map((one) => one.sentence).join(" ");
  const added = [
    ...(granted === "" ? [] : [granted]),
    ...guide,
    ...put.map((one) => one.sentence),
    ...acknowledgement(open, input.phrases),
  ];
  return {
    body: beforeClosing(input.body, added),
    questions,
    sources: [...input.granted, ...put],
    articleIds,
  };
}

/** Whether a text shows something of what an article says. */
export function showsPassage(body: string, shown: ClientTemplateArticle): boolean {
  return [...shown.steps, shown.excerpt].some((passage) => passage !== "" && body.includes(passage));
}

/**
 * Whoever asks what to do, and gets a template without a place for an article, is told what the article says: a line that names it, and
 * its steps or its prose.
 */
function guideFor({ questions, fixed, shown, phrases }: ToAnswer): readonly string[] {
  if (fixed || shown === null || phrases.guide === undefined) return [];
  if (!questions.some((question) => questionKind(question) === "next-step")) return [];
  const [only = "", ...more] = shown.steps;
  const steps = more.length === 0 ? only : shown.steps.map((step, at) => `${at + 1}. ${step}`).join("\n");
  return [filled(phrases.guide, { title: shown.title }), steps === "" ? shown.excerpt : steps];
}

/** What of the text as it stands answers a question of this kind; `null` where nothing does. */
function answeredByText(
  kind: QuestionKind,
  { fixed, template, shown, body }: ToAnswer,
): "template" | "article" | null {
  if (kind === "service" || kind === "needs") return "template";
  if (kind === "next-step") {
    if (shown !== null && !fixed) return "article";
    return fixed && /^- /m.test(body) ? "template" : null;
  }
  return kind === "genuine" && template.startsWith("client/security-") ? "template" : null;
}

/** Words that question and answer must share, and their share of the question's. */
const LEAST_SHARED = 2;
const SHARE = 0.7;

interface FoundAnswer {
  readonly sentence: string;
  readonly title: string;
  readonly articleId: number;
  /** The reply shows it already. */
  readonly known: boolean;
}

/** The sentence of an article in the reply's language that speaks of nearly everything the question does. */
function answerIn(question: string, { articles, phrases, detect, shown }: ToAnswer): FoundAnswer | null {
  const asked = contentRoots(question);
  if (asked.size < LEAST_SHARED) return null;
  const text = shown === null ? "" : `${shown.steps.join("\n")}\n${shown.excerpt}`;
  let best: FoundAnswer | null = null;
  let most = 0;
  for (const article of articles.slice(0, 3)) {
    if (!isReadable(article, phrases.language, detect)) continue;
    for (const sentence of sentencesOf(clientPart(article.excerpt)).slice(0, 60)) {
      const bare = sentence.replace(/^\d{1,2}[.)]\s+/, "");
      if (bare.length > 300 || /\?$|…$|:$/.test(bare)) continue;
      const said = contentRoots(bare);
      const shared = [...asked].filter((root) => said.has(root)).length;
      if (shared < LEAST_SHARED || shared / asked.size < SHARE || shared <= most) continue;
      most = shared;
      best = {
        sentence: bare,
        title: article.title,
        articleId: article.articleId,
        known: text.includes(bare),
      };
    }
  }
  return best;
}

const LONGEST_QUESTION = 140;
const WHY =
  /^\P{L}*(?:why|how come|warum|weshalb|wieso|woran|pourquoi|por qué|perché|come mai|waarom|hoe komt|porquê|por que)(?!\p{L})/iu;

/** One paragraph, or a line and its list: a technician will answer these. Empty where nothing is open. */
function acknowledgement(open: readonly string[], phrases: Phrases): readonly string[] {
  const named = open.map((question) => namedAs(question, phrases.topics));
  const said = [...new Map(named.map((one) => [one.text, one])).values()];
  const [first] = said;
  if (first === undefined) return [];
  if (said.length === 1)
    return [
      first.quoted
        ? filled(phrases.open.one, { question: first.text })
        : filled(phrases.open.about, { topic: first.text }),
    ];
  return [phrases.open.several, said.map(({ text }) => `- ${text}`).join("\n")];
}

/**
 * The client's own words where they may stand in a reply. A question for a date or a price is named by its topic: in our
 * mouth its words would be a promise.
 */
function namedAs(
  question: string,
  topics: Phrases["topics"],
): { readonly text: string; readonly quoted: boolean } {
  const kind = questionKind(question);
  const promises = promisesIn(question).join(" ");
  if (kind === "price" || promises.includes("a price")) return { text: topics.price, quoted: false };
  if (kind === "time" || promises.includes("a time")) return { text: topics.time, quoted: false };
  // “Why?” alone says nothing when it is quoted.
  if (contentRoots(question).size === 0 || wordsOf(question).length <= 2)
    return { text: WHY.test(question) ? topics.cause : topics.other, quoted: false };
  const text = findSensitive(question).length > 0 ? "" : quotable(question, LONGEST_QUESTION);
  return text === "" || promises !== "" ? { text: topics.other, quoted: false } : { text, quoted: true };
}

/** Above the closing line and the signature, the last two paragraphs of every template. */
function beforeClosing(body: string, added: readonly string[]): string {
  if (added.length === 0) return body;
  const paragraphs = body.split(/\n{2,}/);
  paragraphs.splice(Math.max(1, paragraphs.length - 2), 0, ...added);
  return paragraphs.join("\n\n");
}
