import type { OpenAI } from "openai";
import type { Patience } from "../hosted/model.ts";
import { ModelFailure } from "../hosted/model-failure.ts";
import { openAiFailure } from "./failures.ts";
import type { Purse } from "./spending.ts";

/** Texts in one call. */
const AT_ONCE = 32;
/** Characters of one text. */
const LONGEST = 8000;

/** Vectors in the order of the texts, all of one length. @throws ModelFailure */
export async function embedTexts(
  parts: {
    readonly client: OpenAI;
    readonly model: string;
    readonly purse: Purse;
    readonly clock: () => Date;
  },
  texts: readonly string[],
  patience: Patience,
): Promise<readonly Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    // Some servers refuse an empty text.
    const input = texts.slice(from, from + AT_ONCE).map((text) => text.slice(0, LONGEST) || " ");
    vectors.push(...(await embedSome(parts, input, patience)));
  }
  if (new Set(vectors.map((vector) => vector.length)).size > 1)
    throw new ModelFailure("wrong-shape", "its vectors have different lengths");
  return vectors;
}

async function embedSome(
  { client, model, purse, clock }: Parameters<typeof embedTexts>[0],
  input: string[],
  patience: Patience,
): Promise<readonly Float32Array[]> {
  const settle = await purse.open({ inputTokens: Buffer.byteLength(input.join("")), outputTokens: 0 });
  let used: number | null | "nothing" = null;
  try {
    // The package asks for base64 where nothing is said, which servers of one's own do not all know.
    const answer = await client.embeddings.create(
      { model, input, encoding_format: "float" },
      { signal: patience.signal, timeout: Math.max(1, Math.ceil(patience.endsAt - performance.now())) },
    );
    used = Number.isInteger(answer.usage?.prompt_tokens) ? answer.usage.prompt_tokens : null;
    const vectors = answer.data
      .toSorted((left, right) => left.index - right.index)
      .map((one) => one.embedding);
    if (vectors.length !== input.length || !vectors.every(isVector))
      throw new ModelFailure("wrong-shape", "its answer holds no vector for each text");
    return vectors.map((vector) => Float32Array.from(vector));
  } catch (error) {
    if (typeof (error as { status?: unknown }).status === "number") used = "nothing";
    throw openAiFailure(error, clock());
  } finally {
    await settle(typeof used === "number" ? { inputTokens: used, outputTokens: 0 } : used);
  }
}

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 8192 &&
  value.every((one) => Number.isFinite(one));
