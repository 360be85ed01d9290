/**
 * Servers differ in what they take beside model and messages. The newest form is tried first; where a server refuses a part of
 * it, the next older one is tried, and what worked is kept for the next question.
 */
export interface Dialect {
  /** `json_schema`: answers by schema. `json_object`: some JSON. `text`: whatever it writes. */
  readonly format: "json_schema" | "json_object" | "text";
  /** Newer services refuse `max_tokens`, older servers do not know `max_completion_tokens`. */
  readonly limit: "max_completion_tokens" | "max_tokens";
  /** Some models take no temperature but their own. */
  readonly temperature: boolean;
}

export const NEWEST: Dialect = { format: "json_schema", limit: "max_completion_tokens", temperature: true };

/**
 * The dialect to try after a 400 or 422, by what the refusal names; `null` where it names nothing that could be left out.
 * `refusal`: the server's words, with the parameter it names.
 */
export function olderDialect(dialect: Dialect, refusal: string): Dialect | null {
  const says = refusal.toLowerCase();
  if (dialect.temperature && says.includes("temperature")) return { ...dialect, temperature: false };
  if (dialect.limit === "max_completion_tokens" && says.includes("max_completion_tokens"))
    return { ...dialect, limit: "max_tokens" };
  if (dialect.format === "text") return null;
  if (!/response_?format|json|schema|structured|grammar|guided/.test(says)) return null;
  return { ...dialect, format: dialect.format === "json_schema" ? "json_object" : "text" };
}
