import { APIConnectionError, APIError } from "openai";
import { ModelFailure } from "../hosted/model-failure.ts";
import { retryAfter } from "./retry.ts";

/** What the openai package threw, as a failure whose message has nothing of the service's own words: those may quote the mail. */
export function openAiFailure(error: unknown, now: Date): ModelFailure {
  const known = failureIn(error);
  if (known !== null) return known;
  if (error instanceof APIConnectionError) {
    const code = codeIn(error);
    return new ModelFailure("unreachable", `it cannot be reached${code === "" ? "" : ` (${code})`}`);
  }
  if (!(error instanceof APIError) || error.status === undefined)
    return new ModelFailure("not-json", "its answer is not what an OpenAI-compatible server sends");
  const status = Number(error.status);
  const wait = retryAfter(error.headers, now);
  const failed = `it failed with status ${status}`;
  if (status === 401 || status === 403)
    return new ModelFailure(
      "refused-key",
      `it refused the key (status ${status}); check assistant.openai.api_key`,
    );
  if (status === 404)
    return new ModelFailure(
      "not-found",
      "it knows no such model or address (status 404); check assistant.openai.model, and that base_url ends as the service says, mostly in /v1",
    );
  if (status === 429) return new ModelFailure("limited", "it takes no more questions now (status 429)", wait);
  if (status >= 500 || status === 408) return new ModelFailure("failing", failed, wait);
  return new ModelFailure("rejected", `it rejected the question (status ${status})`);
}

/** Ours come back wrapped: thrown inside of `fetch`, or as the reason of an aborted signal. */
function failureIn(error: unknown): ModelFailure | null {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1)
    if (one instanceof ModelFailure) return one;
  return null;
}

/** `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`: letters that a person can look up. */
function codeIn(error: Error): string {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1)
    if ("code" in one && typeof one.code === "string" && /^[A-Z_]{3,60}$/.test(one.code)) return one.code;
  return "";
}

/** What a 400 or 422 names: its parameter, its code and its words, to be looked through and never shown. */
export function refusalOf(error: unknown): string | null {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return null;
  return `${error.param ?? ""} ${error.code ?? ""} ${error.message}`;
}
