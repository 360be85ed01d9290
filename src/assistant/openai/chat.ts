import { setTimeout as sleep } from "node:timers/promises";
import { OpenAI } from "openai";
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from "openai/resources/chat/completions";
import type { ResponseFormatJSONSchema } from "openai/resources/shared";
import type { Patience } from "../hosted/model.ts";
import { ModelFailure } from "../hosted/model-failure.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import { NEWEST, olderDialect, type Dialect } from "./dialect.ts";
import { openAiFailure, refusalOf } from "./failures.ts";
import { jsonInText } from "./json-in-text.ts";
import { RetryBudget, waitBeforeRetry } from "./retry.ts";
import type { OpenAiSettings } from "./settings.ts";
import type { Purse, Usage } from "./spending.ts";

interface ChatQuestion {
  readonly system: string;
  readonly user: string;
  /** The shape of the answer, for servers that know schemas. */
  readonly format: ResponseFormatJSONSchema;
  /** Longest answer, in tokens. */
  readonly mostTokens: number;
}

export interface Chat {
  /** The JSON of the answer, not yet checked. @throws ModelFailure */
  ask(question: ChatQuestion, patience: Patience): Promise<unknown>;
  /** What the server was found to take. */
  dialect(): Dialect;
}

interface ChatParts {
  readonly settings: OpenAiSettings;
  readonly purse: Purse;
  readonly clock: () => Date;
  /** At random, from 0 up to but not including 1. */
  readonly draw: () => number;
}

/** The client of the openai package, without its own retries, time-out, log and look into the environment. */
export function openAiClient({ baseUrl, apiKey }: Pick<OpenAiSettings, "baseUrl" | "apiKey">): OpenAI {
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey || "none",
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    logLevel: "off",
    fetch: boundedFetch,
    ...(apiKey === "" ? { defaultHeaders: { Authorization: null } } : {}),
  });
}

/**
 * Questions by Chat Completions, which hosted services and servers of one's own have in common. An answer is parsed here and not
 * by the package's `parse`: an answer that cannot be used is paid for all the same, and some servers wrap their JSON in words.
 */
export function createChat({ settings, purse, clock, draw }: ChatParts): Chat {
  const client = openAiClient(settings);
  const retries = new RetryBudget();
  let dialect = NEWEST;

  async function ask(question: ChatQuestion, patience: Patience): Promise<unknown> {
    retries.asked();
    let trying = dialect;
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await call(question, trying, patience);
        dialect = trying;
        return answer;
      } catch (error) {
        const refusal = refusalOf(error);
        const older = refusal === null ? null : olderDialect(trying, refusal);
        if (older !== null) {
          trying = older;
          tries -= 1;
          continue;
        }
        const failure = openAiFailure(error, clock());
        const wait = waitBeforeRetry(failure, tries, patience.endsAt - performance.now(), draw());
        if (wait === null || !retries.take()) throw failure;
        await sleep(wait, undefined, { signal: patience.signal });
      }
    }
  }

  async function call(question: ChatQuestion, form: Dialect, patience: Patience): Promise<unknown> {
    const body = requestOf(question, form, settings.model);
    const settle = await purse.open({ inputTokens: atMost(body), outputTokens: question.mostTokens });
    let usage: Usage | null | "nothing" = null;
    try {
      const completion = await client.chat.completions.create(body, {
        signal: patience.signal,
        timeout: Math.max(1, Math.ceil(patience.endsAt - performance.now())),
      });
      usage = usageOf(completion);
      return answerIn(completion);
    } catch (error) {
      // A refusal with a status is not billed; a call that was cut off may be.
      if (typeof (error as { status?: unknown }).status === "number") usage = "nothing";
      throw error;
    } finally {
      await settle(usage);
    }
  }

  return { ask, dialect: () => dialect };
}

function requestOf(
  { system, user, format, mostTokens }: ChatQuestion,
  form: Dialect,
  model: string,
): ChatCompletionCreateParamsNonStreaming {
  return {
    model,
    messages: [
      { role: "system", content: system },
      { role: "user", content: user },
    ],
    ...(form.limit === "max_tokens" ? { max_tokens: mostTokens } : { max_completion_tokens: mostTokens }),
    ...(form.temperature ? { temperature: 0 } : {}),
    ...(form.format === "json_schema" ? { response_format: format } : {}),
    ...(form.format === "json_object" ? { response_format: { type: "json_object" } } : {}),
  };
}

/** A token has a byte or more; what a server adds around messages is little. */
const atMost = (body: ChatCompletionCreateParamsNonStreaming): number =>
  Buffer.byteLength(JSON.stringify(body.messages)) + 200;

function usageOf({ usage }: ChatCompletion): Usage | null {
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage ?? {};
  return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens } : null;
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

/** What a server sends is not always what its types say. */
function answerIn(completion: ChatCompletion): unknown {
  const choice = (completion as Partial<ChatCompletion> | null)?.choices?.[0];
  if (choice === undefined) throw new ModelFailure("not-json", "its answer holds no choice");
  const { message, finish_reason: finish } = choice;
  if (finish === "length") throw new ModelFailure("cut-off", "its answer was cut off at the length limit");
  if (finish === "content_filter") throw new ModelFailure("declined", "its filter held the answer back");
  if (typeof message?.refusal === "string" && message.refusal !== "")
    throw new ModelFailure("declined", "it declined to answer");
  if (typeof message?.content !== "string") throw new ModelFailure("not-json", "its answer holds no text");
  const answer = jsonInText(message.content);
  if (answer === undefined) throw new ModelFailure("not-json", "its answer is not JSON");
  return answer;
}
