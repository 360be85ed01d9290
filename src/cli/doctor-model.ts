import { failureOf, type FailureCode } from "../assistant/hosted/model-failure.ts";
import { isRightAnswer, SMALL_QUESTION } from "../assistant/openai/small-question.ts";
import type { Config, OpenAiConfig } from "../config.ts";
import { countVectors } from "../store/article-vectors.ts";
import { roomFor } from "../store/kept-vectors.ts";
import { daySpending } from "../store/model-usage.ts";
import { lastingOutages } from "../steps/upkeep/alarm.ts";
import { openAiModel } from "./assistant.ts";
import { TEMPLATES, type OpenDesk } from "./open-desk.ts";
import { loadTemplateFiles } from "../templates.ts";

interface ModelFinding {
  readonly verdict: "ok" | "look" | "wrong";
  readonly detail: string;
}

/** Asks the configured model something small, as the desk would, and says how it answered and what to do. */
export async function examineModel(
  { assistant }: Pick<Config, "assistant">,
  { desk }: Pick<OpenDesk, "desk">,
): Promise<ModelFinding> {
  const { engine, shadow, openai } = assistant;
  if (openai === null || (engine !== "openai" && shadow !== "openai"))
    return { verdict: "ok", detail: "the local assistant: it needs no model" };
  const since = (await lastingOutages(desk)).find((outage) => outage.kind === "model")?.since;
  const running = since === undefined ? "" : ` The running desk has gone without its answers since ${since}.`;
  const { chat } = await openAiModel(openai, { ...desk, templates: await loadTemplateFiles(TEMPLATES) });
  const place = `${openai.model} at ${openai.baseUrl}`;
  const begun = performance.now();
  try {
    const answer = await chat.ask(SMALL_QUESTION, {
      signal: AbortSignal.timeout(openai.timeoutMs),
      endsAt: begun + openai.timeoutMs,
    });
    const took = Math.round(performance.now() - begun);
    const spent = await daySpending(desk.database.reader, desk.clock().toISOString().slice(0, 10));
    const detail = `${place} answers in ${took} ms${FORMS[chat.dialect().format]}${cost(openai, spent.spentMicros)}`;
    return isRightAnswer(answer)
      ? { verdict: running === "" ? "ok" : "look", detail: running === "" ? detail : `${detail}.${running}` }
      : {
          verdict: "look",
          detail: `${detail}. It did not answer the small question as asked, so many answers will not be usable: a larger model may do better`,
        };
  } catch (error) {
    const late = performance.now() - begun >= openai.timeoutMs;
    const failure = failureOf(error);
    const why = late ? `no answer within ${openai.timeoutMs / 1000} s` : failure.message;
    const advice = ADVICE[late ? "late" : failure.code] ?? "";
    return {
      verdict: "wrong",
      detail: `${place}: ${why}. ${advice}Until it answers, the local assistant does.${running}`,
    };
  }
}

/** Asks the embeddings model for one vector, and says how far the articles have got; `null` where none is set up. */
export async function examineVectors(
  { assistant: { openai } }: Pick<Config, "assistant">,
  { desk }: Pick<OpenDesk, "desk">,
): Promise<ModelFinding | null> {
  const { embeddings } = (await desk.directory.current()).engine;
  if (embeddings === undefined || openai === null) return null;
  const { articles, waiting, refused } = await countVectors(desk.database.reader, embeddings.model);
  const state = [
    `${articles - waiting - refused} of ${articles} articles have one`,
    ...(waiting === 0 ? [] : [`${waiting} wait`]),
    ...(refused === 0 ? [] : [`${refused} refused by it and found by words alone`]),
  ].join(", ");
  const place = `${embeddings.model} at ${openai.baseUrl}`;
  const begun = performance.now();
  try {
    const [vector = []] = await embeddings.embed(["Is anybody there?"]);
    const took = Math.round(performance.now() - begun);
    const room = roomFor(vector.length);
    const full =
      articles > room
        ? `. Only ${room} of them are compared: a model with shorter vectors has room for more`
        : "";
    return {
      verdict: refused === 0 && full === "" ? "ok" : "look",
      detail: `${place} answers in ${took} ms with ${vector.length} numbers; ${state}${full}`,
    };
  } catch (error) {
    const { code, message } = failureOf(error);
    return {
      verdict: "wrong",
      detail: `${place}: ${message}. ${ADVICE[code] ?? ""}Until it answers, articles are found by their words alone; ${state}.`,
    };
  }
}

const FORMS = {
  json_schema: ", by schema",
  json_object: ", as JSON without a schema",
  text: ", as text that holds JSON",
} as const;

const ADVICE: Partial<Record<FailureCode, string>> = {
  late: "Raise assistant.openai.timeout, or use a faster model. ",
  unreachable: "Check assistant.openai.base_url, and that the server runs and can be reached from here. ",
  limited: "The account's limit is reached: see the service's console. ",
  failing: "See the service's status page, or the server's log. ",
  budget: "Raise assistant.openai.max_cost_per_day, or wait for tomorrow (UTC). ",
  "not-json": "Is assistant.openai.base_url the address of the API, and not of a page? ",
};

function cost({ maxCostPerDay, priceInput, priceOutput }: OpenAiConfig, micros: number): string {
  const spent = (micros / 1_000_000).toFixed(4);
  if (maxCostPerDay !== null) return `; today ${spent} of ${maxCostPerDay} is spent`;
  return priceInput + priceOutput === 0
    ? "; without prices nothing is counted, and without max_cost_per_day nothing is capped"
    : `; today ${spent} is spent, without a cap`;
}
