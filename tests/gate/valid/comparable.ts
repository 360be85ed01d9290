/** White space is not compared, and a link is one however it is written. */
export function comparable(value: unknown): string {
  return JSON.stringify(value, (key, held: unknown) =>
    key === "line"
      ? undefined
      : typeof held === "string"
        ? held
            .replace(/\[([^\]]+)\]\(([^)]+)\)/g, "$1 <$2>")
            .replaceAll(/[‘’]/g, "'")
            .replaceAll(/[“”]/g, '"')
            .replaceAll("—", "-")
            .replace(/\s+/g, " ")
            .trim()
        : held,
  );
}
