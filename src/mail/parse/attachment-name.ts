import { oneLine } from "./header-text.ts";

/** Most file systems take 255 bytes; names are cut in front of their extension. */
const longestName = 200;

/**
 * The name of an attachment as its sender wrote it, made harmless: no separator, no control character, not `..`.
 * Bidirectional overrides stay, to be shown and flagged. "" where the sender gave none.
 */
export function attachmentName(written: string): string {
  const name = oneLine(written)
    .replace(/[/\\]/g, "_")
    .replace(/^\.{1,2}$/, "_");
  if (name.length <= longestName) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : "";
  return (name.slice(0, longestName - extension.length) + extension).toWellFormed();
}
