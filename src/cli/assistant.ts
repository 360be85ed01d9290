import { createAsking, type Asking, type QuestionKind } from "../assistant/asking.ts";
import { calibrationFrom } from "../assistant/calibrator.ts";
import type { Engine } from "../assistant/engine.ts";
import { hostedEngine } from "../assistant/hosted.ts";
import type { Model } from "../assistant/model.ts";
import type { FailureCode } from "../assistant/model-failure.ts";
import { createOpenAiModel } from "../assistant/openai/model.ts";
import type { SpendingStore } from "../assistant/openai/spending.ts";
import type { Config, OpenAiConfig } from "../config.ts";
import { PermanentError, reasonOf } from "../errors.ts";
import type { Log } from "../steps/desk.ts";
import type { Database } from "../store/database.ts";
import { countAnswer, setAside, settleCall } from "../store/model-usage.ts";
import { createTemplates } from "../templates.ts";

/** Without a setting, for a model that a test hands in. */
const DEADLINE_MS = 30_000;
const AT_ONCE = 16;

export interface AssistantParts {
  readonly settings: Config["assistant"];
  readonly database: Pick<Database, "db">;
  /** The shipped templates, by name: the prompts are among them, and no admin edits them. */
  readonly templates: ReadonlyMap<string, string>;
  readonly log: Log;
  readonly clock: () => Date;
  readonly random: (bytes: number) => Buffer;
  /** In place of the configured one, for tests. */
  readonly model?: Model | undefined;
  readonly deadlineMs?: number | undefined;
}

/** The configured model. What it has cost, and whether it rests, outlives a change of the rules or templates. */
export interface Assistant {
  /** The engine that the desk goes by: the local one, or the model over it. */
  engineOver(local: Engine, categories: readonly string[]): Engine;
}

export function createAssistant(parts: AssistantParts): Assistant {
  const model = parts.model ?? configuredModel(parts);
  if (model === null) return { engineOver: (local) => local };
  const asking = askingOf(parts);
  const calibration = calibrationFrom(new Map());
  return {
    engineOver: (local, categories) =>
      hostedEngine(model, local, {
        asking,
        categories,
        calibration,
        onFallback: ({ kind, code, sentence }) => parts.log.warn({ question: kind, code }, sentence),
      }),
  };
}

function configuredModel(parts: AssistantParts): Model | null {
  const { engine, openai } = parts.settings;
  return engine === "openai" && openai !== null ? openAiModel(openai, parts) : null;
}

/** The model of `assistant.openai`, with the desk's purse. */
export function openAiModel(
  settings: OpenAiConfig,
  parts: Pick<AssistantParts, "database" | "templates" | "clock" | "random">,
): ReturnType<typeof createOpenAiModel> {
  return createOpenAiModel({
    settings,
    prompts: createTemplates(promptsOf(parts.templates)),
    spending: spendingIn(parts.database),
    clock: parts.clock,
    random: parts.random,
  });
}

function promptsOf(templates: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const prompts = new Map([...templates].filter(([name]) => name.startsWith("prompts/")));
  if (prompts.size === 0) throw new PermanentError("templates/prompts is empty: install Countersign anew");
  return prompts;
}

const spendingIn = ({ db }: Pick<Database, "db">): SpendingStore => ({
  setAside: (day, micros, capMicros) => setAside(db, day, micros, capMicros),
  settle: (day, call) => settleCall(db, day, call),
});

function askingOf({ settings, deadlineMs, log, database, clock }: AssistantParts): Asking {
  return createAsking({
    deadlineMs: deadlineMs ?? settings.openai?.timeoutMs ?? DEADLINE_MS,
    concurrency: settings.openai?.concurrency ?? AT_ONCE,
    onRest: (sentence) => log.warn({}, sentence),
    // A count that is lost must not cost a mail.
    onOutcome: (kind: QuestionKind, outcome: "ok" | FailureCode) =>
      void countAnswer(database.db, clock().toISOString().slice(0, 10), kind, outcome).catch(
        (error: unknown) => log.debug({ reason: reasonOf(error) }, "a model's answer was not counted"),
      ),
  });
}
