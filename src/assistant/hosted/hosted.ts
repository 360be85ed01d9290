import type { Triage } from "../../desk/triage.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { checkedDraft, checkedTriage } from "./answer-shape.ts";
import type { Asking, QuestionKind } from "./asking.ts";
import type { DraftRequest, Engine, ProposedDraft, TriageContext } from "../engine.ts";
import { framed, frameOf, middleOf } from "./letter-frame.ts";
import { mergeTriage, type Calibration } from "./merge-triage.ts";
import type { Model } from "./model.ts";
import { failureOf, type FailureCode } from "./model-failure.ts";
import { redact } from "../redact.ts";
import { sourcesOf, type SourceText } from "./sourced.ts";
import { withoutKnown, withoutFacts, withRecord, withSentences } from "./record-facts.ts";
import { draftQuestion, embeddedText, triageQuestion } from "./told.ts";

interface HostedOptions {
  readonly asking: Asking;
  /** A line of their own for vectors: where one server fails, the other is still asked. */
  readonly askingForVectors?: Asking;
  /** Categories that the desk knows; a model chooses among them. */
  readonly categories: readonly string[];
  /** By what people have decided so far. */
  calibration(): Promise<Calibration>;
  /** The local engine answered instead; the sentence holds no word of the mail or of the model. */
  onFallback(fallback: {
    readonly kind: QuestionKind;
    readonly code: FailureCode;
    readonly sentence: string;
  }): void;
}

/**
 * A model that somebody else runs, made fit for the desk. The local engine goes first: its findings stand where the model has
 * no word (`merge-triage.ts`), and where the model fails in any way. The model is told redacted texts of this ticket alone,
 * has a deadline, and is believed only in the shape that was asked for: a client's mail is never lost to it, nor late.
 *
 * INVARIANT: no word of a model leaves unread. Acknowledgements, identity and security texts, and a reply that a policy lets
 * out without a reader are the templates' own words.
 */
export function hostedEngine(model: Model, local: Engine, options: HostedOptions): Engine {
  const by = { name: model.name, version: model.version };
  const author = `${by.name} ${by.version}`;

  function fellBack(kind: "triage" | "draft", error: unknown): string {
    const { code, message } = failureOf(error);
    const sentence = `${model.name} gave no usable ${kind}, so the local assistant answered: ${message}`;
    options.onFallback({ kind, code, sentence });
    return `${sentence}.`;
  }

  async function triage(message: ParsedMessage, context: TriageContext): Promise<Triage> {
    const found = await local.triage(message, context);
    const { categories, asking } = options;
    const known = { categories, queues: context.queues.map((queue) => queue.name) };
    const mail = { ...context, newText: message.newText };
    try {
      const calibration = await options.calibration();
      const question = triageQuestion(message, context, categories);
      return await asking.ask("triage", async (patience) =>
        mergeTriage(
          found,
          checkedTriage(await model.triage(question, patience), known),
          by,
          calibration,
          mail,
        ),
      );
    } catch (error) {
      return { ...found, fallback: fellBack("triage", error) };
    }
  }

  async function draft(request: DraftRequest): Promise<ProposedDraft> {
    const base = { author: localAuthor(local, request.triage), ...(await local.draft(request)) };
    const frame = frameOf(base.body, request.signature);
    if (frame === null || isFixed(base.template) || request.signature.technician === "") return base;
    // A service that just failed this mail would only make it wait once more.
    if (request.redraft === null && request.triage.fallback !== undefined)
      return { ...base, fallback: request.triage.fallback };
    const previous = request.redraft?.previous ?? "";
    const fromRecord = base.sources.filter(
      ({ kind, sentence }) => kind === "record" && (request.redraft === null || previous.includes(sentence)),
    );
    const withFacts = request.redraft === null ? frame.middle : await freshText(request, frame.middle);
    const deskText = withoutFacts(withFacts, fromRecord);
    try {
      const question = draftQuestion(withoutKnown(request, base), {
        deskText,
        previous: withoutFacts(frameOf(previous, request.signature)?.middle ?? previous, fromRecord),
        language: languageOf(base.template),
      });
      const answer = await options.asking.ask("draft", async (patience) =>
        checkedDraft(await model.draft(question, patience)),
      );
      const body = framed(frame, withSentences(middleOf(answer.body, frame), fromRecord));
      const told = request.triage.articles.filter((one) =>
        question.articles.some(({ id }) => id === one.articleId),
      );
      const cited = told.filter((article) => answer.articles.includes(article.articleId));
      return {
        ...base,
        author,
        body,
        articleIds: cited.map((article) => article.articleId),
        ...withRecord(
          fromRecord,
          sourcesOf(middleOf(answer.body, frame), [
            ...told.map(({ title, excerpt }): SourceText => ({
              kind: "article",
              name: title,
              text: `${title}\n${excerpt}`,
            })),
            { kind: "template", name: base.template, text: deskText },
            // What a technician has read or asked for needs no other source.
            {
              kind: "template",
              name: "the last draft",
              text: `${previous}\n${request.redraft?.instruction ?? ""}`,
            },
          ]),
        ),
        questions: base.questions.map(({ question, answeredBy }) => ({
          question,
          answeredBy:
            answeredBy === "open" && cited.length > 0 && !answer.open.includes(question)
              ? "article"
              : answeredBy,
        })),
        warnings: [
          ...(request.redraft === null ? base.warnings : []),
          ...answer.open.map((question) => `The draft leaves a question open: ${redact(question)}`),
        ],
        confidence: Math.min(base.confidence, request.redraft === null ? 1 : 0.5),
      };
    } catch (error) {
      return { ...base, fallback: fellBack("draft", error) };
    }
  }

  /** The template's text as it would be without the wish for a change. */
  async function freshText(request: DraftRequest, otherwise: string): Promise<string> {
    const fresh = await local.draft({ ...request, redraft: null });
    return frameOf(fresh.body, request.signature)?.middle ?? otherwise;
  }

  return {
    name: model.name,
    triage,
    draft,
    acknowledge: (request) => local.acknowledge(request),
    ...(model.embeddings === undefined
      ? {}
      : { embeddings: embeddingsOf(model.embeddings, options.askingForVectors ?? options.asking) }),
  };
}

function embeddingsOf(
  embeddings: NonNullable<Model["embeddings"]>,
  asking: Asking,
): NonNullable<Engine["embeddings"]> {
  return {
    model: embeddings.model,
    async embed(texts, withinMs) {
      const told = texts.map(embeddedText);
      return asking.ask("embed", (patience) => embeddings.embed(told, patience), withinMs);
    },
  };
}

/** Identity requests and security incidents: nothing of those texts may be changed. */
const isFixed = (template: string): boolean => /^client\/(?:identity-callback|security-)/.test(template);

/** `client/vpn.de` is German; without an ending it is English. */
const languageOf = (template: string): string => /\.([a-z]{2})$/.exec(template)?.[1] ?? "en";

const localAuthor = (local: Engine, triage: Triage): string =>
  triage.engine === local.name ? `${triage.engine} ${triage.version}` : local.name;
