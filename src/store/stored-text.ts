/**
 * Text as both databases keep it: PostgreSQL refuses NUL and neither keeps half a surrogate pair, and both are found
 * in mail. What stands in their place is U+FFFD, so that a reader sees that something was there.
 */
export function storedText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** Every string among the values of one statement as it is kept; other values are left as they are. */
export function storedValues(values: readonly unknown[]): unknown[] {
  return values.map((value) => (typeof value === "string" ? storedText(value) : value));
}
