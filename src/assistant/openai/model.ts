import { createHash } from "node:crypto";
import { zodResponseFormat } from "openai/helpers/zod";
import type { ResponseFormatJSONSchema } from "openai/resources/shared";
import type { TemplateSet } from "../../templates.ts";
import { askedShapes } from "../hosted/answer-shape.ts";
import { createFence, type Fence } from "../hosted/fence.ts";
import { MODEL_NAME, type DraftQuestion, type Model, type TriageQuestion } from "../hosted/model.ts";
import { createChat, openAiClient, type Chat } from "./chat.ts";
import { embedTexts } from "./embed.ts";
import type { OpenAiSettings } from "./settings.ts";
import { SMALL_QUESTION } from "./small-question.ts";
import { createPurse, type SpendingStore } from "./spending.ts";

interface OpenAiParts {
  readonly settings: OpenAiSettings;
  /** `prompts/triage` and `prompts/draft`. */
  readonly prompts: Pick<TemplateSet, "render" | "source">;
  readonly spending: SpendingStore;
  readonly clock: () => Date;
  readonly random: (bytes: number) => Uint8Array;
}

const TRIAGE_TOKENS = 1200;
const DRAFT_TOKENS = 1500;

/** What a desk asks, and its line to the server for other questions. */
export type OpenAiModel = Model & { readonly chat: Chat };

/** One call for a triage, one for a draft, to whatever speaks OpenAI's Chat Completions. */
export function createOpenAiModel(parts: OpenAiParts): OpenAiModel {
  const { settings, prompts, clock } = parts;
  const purse = createPurse(settings, parts.spending, clock);
  const draw = (): number => Buffer.from(parts.random(4)).readUInt32BE() / 2 ** 32;
  const chat = createChat({ settings, purse, clock, draw });
  const { embeddingsModel } = settings;
  // The same cap, at its own price.
  const vectorPurse = createPurse(
    { ...settings, priceInput: settings.priceEmbeddings, priceOutput: 0 },
    parts.spending,
    clock,
  );
  const draftFormat = zodResponseFormat(askedShapes({ queues: [], categories: [] }).draft, "draft");
  let made: { readonly of: string; readonly format: ResponseFormatJSONSchema } | null = null;

  /** Made anew only when an admin has changed queues or categories: it takes longer than all the rest. */
  function triageFormat(queues: readonly string[], categories: readonly string[]): ResponseFormatJSONSchema {
    const of = JSON.stringify([queues, categories]);
    if (made?.of !== of)
      made = { of, format: zodResponseFormat(askedShapes({ queues, categories }).triage, "triage") };
    return made.format;
  }

  return {
    name: MODEL_NAME,
    version: `${settings.model} · ${versionOf(prompts)}`,
    chat,
    triage(question, patience) {
      const fence = createFence(parts.random(8));
      const queues = question.queues.map(({ name }) => name);
      const { categories } = question;
      return chat.ask(
        {
          system: prompts.render("prompts/triage", { mark: fence.mark, queues, categories }),
          user: triageText(question, fence),
          format: triageFormat(queues, categories),
          mostTokens: TRIAGE_TOKENS,
        },
        patience,
      );
    },
    draft(question, patience) {
      const fence = createFence(parts.random(8));
      return chat.ask(
        {
          system: prompts.render("prompts/draft", {
            mark: fence.mark,
            language: question.language,
            redraft: question.redraft !== null,
          }),
          user: draftText(question, fence),
          format: draftFormat,
          mostTokens: DRAFT_TOKENS,
        },
        patience,
      );
    },
    async probe(patience) {
      await chat.ask(SMALL_QUESTION, patience);
    },
    ...(embeddingsModel === null
      ? {}
      : {
          embeddings: {
            model: embeddingsModel,
            embed: (texts, patience) =>
              embedTexts(
                { client: openAiClient(settings), model: embeddingsModel, purse: vectorPurse, clock },
                texts,
                patience,
              ),
          },
        }),
  };
}

/** Other words to the model are another version: its confidence has to show itself anew. */
function versionOf(prompts: Pick<TemplateSet, "source">): string {
  const words = ["prompts/triage", "prompts/draft"].map((name) => prompts.source(name)).join("\n");
  return createHash("sha256").update(words).digest("hex").slice(0, 8);
}

const SENDERS = {
  contact: "a known contact of a client",
  client: "somebody at a known client",
  stranger: "nobody that the desk knows",
} as const;

function triageText(question: TriageQuestion, fence: Fence): string {
  const skills = question.queues
    .filter((queue) => queue.skills.length > 0)
    .map((queue) => `${queue.name}: ${queue.skills.join(", ")}`);
  return [
    `The sender is ${SENDERS[question.sender]}.${question.automatic ? " A program wrote the mail." : ""}`,
    ...(skills.length === 0 ? [] : ["What the queues are for:", ...skills]),
    ...earlierTexts(question.earlier, fence),
    fence.around("subject", question.subject),
    fence.around("mail", question.text),
    fence.around("names of attached files", question.attachments.join("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function draftText(question: DraftQuestion, fence: Fence): string {
  const { redraft } = question;
  return [
    ...earlierTexts(question.earlier, fence),
    fence.around("subject", question.subject),
    fence.around("mail of the client", question.text),
    fence.around("questions of the client", question.questions.join("\n")),
    fence.around("missing", question.missing.join("\n")),
    ...question.articles.map((article) =>
      fence.around(`article ${article.id}`, `${article.title}\n\n${article.excerpt}`),
    ),
    fence.around("the desk's own text", question.deskText),
    ...(redraft === null
      ? []
      : [
          fence.around("last draft", redraft.previous),
          `The technician wants this changed:\n${redraft.instruction}`,
        ]),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

const earlierTexts = (earlier: readonly string[], fence: Fence): readonly string[] =>
  earlier.map((text, at) => fence.around(`earlier mail ${at + 1} of the client`, text));
