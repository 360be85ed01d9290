import { createAsking, type AskingOptions } from "../../../src/assistant/hosted/asking.ts";
import { calibrationFrom } from "../../../src/assistant/hosted/calibrator.ts";
import type { Engine } from "../../../src/assistant/engine.ts";
import { hostedEngine } from "../../../src/assistant/hosted/hosted.ts";
import type { Model } from "../../../src/assistant/hosted/model.ts";
import { createOpenAiModel } from "../../../src/assistant/openai/model.ts";
import type { OpenAiSettings } from "../../../src/assistant/openai/settings.ts";
import type { SpendingStore } from "../../../src/assistant/openai/spending.ts";
import { createTemplates, loadTemplateFiles } from "../../../src/templates.ts";
import { starterEngine, starterRules } from "../support.ts";

const templates = await loadTemplateFiles("templates");
const rules = await starterRules();
const local = await starterEngine();

/** A purse in memory: what was spent, and how often it was asked. */
export function memoryPurse(): SpendingStore & {
  readonly spent: ReadonlyMap<string, number>;
  calls: number;
} {
  const spent = new Map<string, number>();
  const store = {
    spent,
    calls: 0,
    setAside(day: string, micros: number, cap: number) {
      const sum = (spent.get(day) ?? 0) + micros;
      if (sum > cap) return Promise.resolve(false);
      spent.set(day, sum);
      return Promise.resolve(true);
    },
    settle(day: string, call: { setAside: number; spent: number }) {
      store.calls += 1;
      spent.set(day, (spent.get(day) ?? 0) + call.spent - call.setAside);
      return Promise.resolve();
    },
  };
  return store;
}

interface Hosted {
  readonly engine: Engine;
  readonly model: Model & { readonly chat: ReturnType<typeof createOpenAiModel>["chat"] };
  readonly fallbacks: { readonly kind: string; readonly code: string; readonly sentence: string }[];
  readonly outcomes: string[];
  readonly rests: string[];
}

/** The engine over a server, as the desk puts it together. */
export function hostedOver(
  url: string,
  options: {
    readonly settings?: Partial<OpenAiSettings>;
    readonly asking?: Partial<AskingOptions>;
    readonly purse?: SpendingStore;
  } = {},
): Hosted {
  const fallbacks: Hosted["fallbacks"] = [];
  const outcomes: string[] = [];
  const rests: string[] = [];
  const model = createOpenAiModel({
    settings: {
      baseUrl: url,
      model: "small",
      apiKey: "key-1",
      maxCostPerDay: null,
      priceInput: 1,
      priceOutput: 2,
      priceEmbeddings: 1,
      embeddingsModel: "vectors",
      ...options.settings,
    },
    prompts: createTemplates(new Map([...templates].filter(([name]) => name.startsWith("prompts/")))),
    spending: options.purse ?? memoryPurse(),
    clock: () => new Date(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
  const asking = createAsking({
    deadlineMs: 5000,
    concurrency: 4,
    onOutcome: (kind, outcome) => void outcomes.push(`${kind} ${outcome}`),
    onRest: (sentence) => void rests.push(sentence),
    ...options.asking,
  });
  const engine = hostedEngine(model, local, {
    asking,
    categories: rules.rules.map((rule) => rule.category),
    calibration: () => Promise.resolve(calibrationFrom(new Map())),
    onFallback: (fallback) => void fallbacks.push(fallback),
  });
  return { engine, model, fallbacks, outcomes, rests };
}
