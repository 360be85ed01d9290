import { createHash } from "node:crypto";
import { simpleParser } from "mailparser";

/**
 * The decoded bytes of a message's attachments, by their hex SHA-256, for those that are asked for. Holds the whole
 * message in memory: for mail that a person sends on, not for every mail.
 */
export async function attachedFiles(
  message: Buffer,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Buffer>> {
  const { attachments } = await simpleParser(message, { skipHtmlToText: true, skipTextToHtml: true });
  const found = new Map<string, Buffer>();
  for (const { content } of attachments) {
    const sha256 = createHash("sha256").update(content).digest("hex");
    if (wanted.has(sha256)) found.set(sha256, content);
  }
  return found;
}
