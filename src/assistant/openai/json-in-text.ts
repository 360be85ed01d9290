/**
 * The JSON object in what a model wrote: bare, in a code block, or with words around it, as models do that were not held to a
 * schema. `undefined` where there is none. Linear in the length of the text.
 */
export function jsonInText(text: string): unknown {
  const bare = text.trim();
  const whole = parsed(bare);
  if (whole !== undefined) return whole;
  // Reasoning models think aloud first.
  const from = bare.indexOf("{", Math.max(0, bare.lastIndexOf("</think>")));
  const to = bare.lastIndexOf("}");
  return from === -1 || to < from ? undefined : parsed(bare.slice(from, to + 1));
}

function parsed(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
