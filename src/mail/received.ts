/** The host in `by` of a Received field (RFC 5321 §4.4), lower case; `null` without one. Words in comments are not read. */
export function readReceivedBy(value: string): string | null {
  const words = withoutComments(value.slice(0, MAX_LENGTH))
    .split(/[\s;]+/)
    .filter((word) => word !== "");
  const by = words.findIndex((word) => word.toLowerCase() === "by");
  const host = by === -1 ? undefined : words[by + 1];
  return host === undefined ? null : host.toLowerCase();
}

const MAX_LENGTH = 4_000;

function withoutComments(text: string): string {
  let out = "";
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === "\\") at += 1;
    else if (char === "(") depth += 1;
    else if (char === ")") {
      depth = Math.max(0, depth - 1);
      out += " ";
    } else if (depth === 0) out += char;
  }
  return out;
}
