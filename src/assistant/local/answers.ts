import type { AskedQuestion, DraftSource } from "../../desk/draft-findings.ts";
import type { ArticleHit } from "../../desk/triage.ts";
import type { ClientTemplateArticle } from "../../templates.ts";
import { promisesIn } from "../guard/guard-promises.ts";
import { findSensitive } from "../sensitive.ts";
import { contentRoots } from "./knowledge.ts";
import { sentencesOf } from "./letter.ts";
import { questionKind, type QuestionKind } from "./question-kind.ts";
import { quotable } from "./quotable.ts";
import { wordsOf } from "./words.ts";
import { clientPart, isReadable } from "./reply-article.ts";

export interface ToAnswer {
  readonly questions: readonly string[];
  /** The rendered template: greeting first, a closing line and the signature last. */
  readonly body: string;
  readonly template: string;
  /** ISO 639-1, of the reply. */
  readonly language: string;
  /** Nothing of the text may be changed: what it leaves open is for the reviewer alone. */
  readonly fixed: boolean;
  /** What the reply shows of an article. */
  readonly shown: ClientTemplateArticle | null;
  /** Articles that this client may see, best first. */
  readonly articles: readonly ArticleHit[];
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
 * Every question that the client asked is answered by the text, by a sentence of an article that is put in, or by a sentence that says
 * that a technician will answer. None is passed over in silence, and nothing is answered by guessing.
 */
export function answerQuestions(input: ToAnswer): Answered {
  const put: DraftSource[] = [];
  const articleIds: number[] = [];
  const open: string[] = [];
  const questions = input.questions.map((question): AskedQuestion => {
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
  const added = [...put.map((one) => one.sentence), ...acknowledgement(open, input.language)];
  return { body: beforeClosing(input.body, added), questions, sources: put, articleIds };
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
function answerIn(question: string, { articles, language, shown }: ToAnswer): FoundAnswer | null {
  const asked = contentRoots(question);
  if (asked.size < LEAST_SHARED) return null;
  const text = shown === null ? "" : `${shown.steps.join("\n")}\n${shown.excerpt}`;
  let best: FoundAnswer | null = null;
  let most = 0;
  for (const article of articles.slice(0, 3)) {
    if (!isReadable(article, language)) continue;
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

interface Words {
  readonly one: (question: string) => string;
  readonly about: (topic: string) => string;
  readonly several: string;
  readonly time: string;
  readonly price: string;
  readonly cause: string;
  readonly other: string;
}

/** In the languages that templates may be in; others are spoken to in English. */
const WORDS: Readonly<Record<string, Words>> = {
  en: {
    one: (question) => `One of our technicians will also answer your question: “${question}”`,
    about: (topic) => `One of our technicians will also answer your question about ${topic}.`,
    several: "One of our technicians will also answer your questions:",
    time: "the timing",
    price: "the cost",
    cause: "the cause",
    other: "the rest of your message",
  },
  de: {
    one: (question) => `Einer unserer Techniker beantwortet Ihnen auch Ihre Frage: „${question}“`,
    about: (topic) => `Einer unserer Techniker beantwortet Ihnen auch Ihre Frage ${topic}.`,
    several: "Einer unserer Techniker beantwortet Ihnen auch Ihre Fragen:",
    time: "zum zeitlichen Ablauf",
    price: "zu den Kosten",
    cause: "nach der Ursache",
    other: "zum Rest Ihrer Nachricht",
  },
  fr: {
    one: (question) => `L’un de nos techniciens répondra aussi à votre question : « ${question} »`,
    about: (topic) => `L’un de nos techniciens répondra aussi à votre question sur ${topic}.`,
    several: "L’un de nos techniciens répondra aussi à vos questions :",
    time: "les délais",
    price: "le coût",
    cause: "la cause",
    other: "le reste de votre message",
  },
  es: {
    one: (question) => `Uno de nuestros técnicos responderá también a su pregunta: «${question}»`,
    about: (topic) => `Uno de nuestros técnicos responderá también a su pregunta sobre ${topic}.`,
    several: "Uno de nuestros técnicos responderá también a sus preguntas:",
    time: "los plazos",
    price: "el coste",
    cause: "la causa",
    other: "el resto de su mensaje",
  },
  it: {
    one: (question) => `Uno dei nostri tecnici risponderà anche alla sua domanda: «${question}»`,
    about: (topic) => `Uno dei nostri tecnici risponderà anche alla sua domanda su ${topic}.`,
    several: "Uno dei nostri tecnici risponderà anche alle sue domande:",
    time: "i tempi",
    price: "i costi",
    cause: "la causa",
    other: "il resto del messaggio",
  },
  nl: {
    one: (question) => `Een van onze technici beantwoordt ook uw vraag: “${question}”`,
    about: (topic) => `Een van onze technici beantwoordt ook uw vraag over ${topic}.`,
    several: "Een van onze technici beantwoordt ook uw vragen:",
    time: "de planning",
    price: "de kosten",
    cause: "de oorzaak",
    other: "de rest van uw bericht",
  },
  pt: {
    one: (question) => `Um dos nossos técnicos responderá também à sua pergunta: «${question}»`,
    about: (topic) => `Um dos nossos técnicos responderá também à sua pergunta sobre ${topic}.`,
    several: "Um dos nossos técnicos responderá também às suas perguntas:",
    time: "os prazos",
    price: "o custo",
    cause: "a causa",
    other: "o resto da sua mensagem",
  },
};

const LONGEST_QUESTION = 140;
const WHY =
  /^\P{L}*(?:why|how come|warum|weshalb|wieso|woran|pourquoi|por qué|perché|waarom|porquê|por que)(?!\p{L})/iu;

/** One paragraph, or a line and its list: a technician will answer these. Empty where nothing is open. */
function acknowledgement(open: readonly string[], language: string): readonly string[] {
  const words = WORDS[language] ?? WORDS["en"];
  if (words === undefined || open.length === 0) return [];
  const said = [
    ...new Map(open.map((question) => namedAs(question, words)).map((one) => [one.text, one])).values(),
  ];
  const [first] = said;
  if (first === undefined) return [];
  if (said.length === 1) return [first.quoted ? words.one(first.text) : words.about(first.text)];
  return [words.several, said.map(({ text }) => `- ${text}`).join("\n")];
}

/**
 * The client's own words where they may stand in a reply. A question for a date or a price is named by its topic: in our
 * mouth its words would be a promise.
 */
function namedAs(question: string, words: Words): { readonly text: string; readonly quoted: boolean } {
  const kind = questionKind(question);
  const promises = promisesIn(question).join(" ");
  if (kind === "price" || promises.includes("a price")) return { text: words.price, quoted: false };
  if (kind === "time" || promises.includes("a time")) return { text: words.time, quoted: false };
  // “Why?” alone says nothing when it is quoted.
  if (contentRoots(question).size === 0 || wordsOf(question).length <= 2)
    return { text: WHY.test(question) ? words.cause : words.other, quoted: false };
  const text = findSensitive(question).length > 0 ? "" : quotable(question, LONGEST_QUESTION);
  return text === "" || promises !== "" ? { text: words.other, quoted: false } : { text, quoted: true };
}

/** Above the closing line and the signature, the last two paragraphs of every template. */
function beforeClosing(body: string, added: readonly string[]): string {
  if (added.length === 0) return body;
  const paragraphs = body.split(/\n{2,}/);
  paragraphs.splice(Math.max(1, paragraphs.length - 2), 0, ...added);
  return paragraphs.join("\n\n");
}
