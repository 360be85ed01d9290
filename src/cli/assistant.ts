import {
  createAsking,
  type Asking,
  type ModelHealth,
  type QuestionKind,
} from "../assistant/hosted/asking.ts";
import { calibrationFrom } from "../assistant/hosted/calibrator.ts";
import type { Engine } from "../assistant/engine.ts";
import { hostedEngine } from "../assistant/hosted/hosted.ts";
import type { Calibration } from "../assistant/hosted/merge-triage.ts";
import { MODEL_NAME, type Model } from "../assistant/hosted/model.ts";
import type { FailureCode } from "../assistant/hosted/model-failure.ts";
import type { OpenAiModel } from "../assistant/openai/model.ts";
import type { SpendingStore } from "../assistant/openai/spending.ts";
import type { Config, OpenAiConfig } from "../config.ts";
import { PermanentError, reasonOf } from "../errors.ts";
import type { Log } from "../steps/desk.ts";
import type { Engines } from "../steps/directory.ts";
import type { Database } from "../store/database.ts";
import { countAnswer, setAside, settleCall } from "../store/model-usage.ts";
import { settledPredictions } from "../store/predictions.ts";
import { createTemplates } from "../templates.ts";

/** Without a setting, for a model that a test hands in. */
const DEADLINE_MS = 30_000;
const AT_ONCE = 16;

interface AssistantParts {
  readonly settings: Config["assistant"];
  readonly database: Pick<Database, "db" | "reader">;
  /** The shipped templates, by name: the prompts are among them, and no admin edits them. */
  readonly templates: ReadonlyMap<string, string>;
  readonly log: Log;
  readonly clock: () => Date;
  readonly random: (bytes: number) => Buffer;
  /** In place of the configured one, for tests. */
  readonly model?: Model | undefined;
  readonly deadlineMs?: number | undefined;
}

/** The configured engines. What a model has cost, and whether it rests, outlives a change of the rules or templates. */
export interface Assistant {
  enginesOver(local: Engine, categories: readonly string[]): Engines;
  /** `null` where no hosted model is set. */
  readonly model: WatchedModel | null;
}

/** For whoever watches over a hosted model. */
export interface WatchedModel {
  health(): ModelHealth;
  /** Ask it something small; how that went is in `health`. Rejects where it fails. */
  probe(): Promise<void>;
}

export async function createAssistant(parts: AssistantParts): Promise<Assistant> {
  const { settings, log } = parts;
  const model = parts.model ?? (await configuredModel(parts));
  if (model === null) return { enginesOver: (local) => ({ engine: local, shadow: null }), model: null };
  const asking = askingOf(parts);
  const askingForVectors = askingOf(parts);
  const calibration = calibrationOf(parts, model);
  return {
    model: {
      health: () => asking.health(),
      async probe() {
        if (model.probe !== undefined) await asking.ask("probe", async (patience) => model.probe?.(patience));
      },
    },
    enginesOver(local, categories) {
      const hosted = hostedEngine(model, local, {
        asking,
        askingForVectors,
        categories,
        calibration,
        onFallback: ({ kind, code, sentence }) => log.warn({ question: kind, code }, sentence),
      });
      if (settings.shadow === MODEL_NAME) return { engine: local, shadow: hosted };
      return { engine: hosted, shadow: settings.shadow === "local" ? local : null };
    },
  };
}

async function configuredModel(parts: AssistantParts): Promise<Model | null> {
  const { engine, shadow, openai } = parts.settings;
  return (engine === MODEL_NAME || shadow === MODEL_NAME) && openai !== null
    ? openAiModel(openai, parts)
    : null;
}

/** What people decided is read anew this often, in milliseconds. */
const CALIBRATED_FOR = 60_000;
/** Some thousand for each field. */
const DECISIONS = 18_000;

/** Settled predictions of this very model; those of another model or other prompts say nothing of it. */
function calibrationOf(
  { database, clock, log }: AssistantParts,
  { name, version }: Pick<Model, "name" | "version">,
): () => Promise<Calibration> {
  let known = Promise.resolve(calibrationFrom(new Map()));
  let readAt = Number.NEGATIVE_INFINITY;
  async function read(otherwise: Promise<Calibration>): Promise<Calibration> {
    try {
      const settled = await settledPredictions(database.reader, { engine: name, limit: DECISIONS });
      const byField = Map.groupBy(
        settled.flatMap(({ field, score, agreed, version: of }) =>
          score === null || of !== version ? [] : [{ field, confidence: score, right: agreed }],
        ),
        (one) => one.field,
      );
      return calibrationFrom(byField);
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, "what people decided on the model could not be read");
      return otherwise;
    }
  }
  return () => {
    const now = clock().getTime();
    if (Math.abs(now - readAt) >= CALIBRATED_FOR) {
      readAt = now;
      known = read(known);
    }
    return known;
  };
}

/** The model of `assistant.openai`, with the desk's purse. */
export async function openAiModel(
  settings: OpenAiConfig,
  parts: Pick<AssistantParts, "database" | "templates" | "clock" | "random">,
): Promise<OpenAiModel> {
  const { createOpenAiModel } = await import("../assistant/openai/model.ts");
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
