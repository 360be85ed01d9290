/**
 * What an authorisation is bound to: one hash over everything a client will receive, in one unambiguous encoding.
 * The first line names the encoding; changing anything below means changing that name.
 */
import { createHash, type Hash } from "node:crypto";
import type { ReplyContent } from "./release.ts";

const ENCODING = "countersign reply content 1";

/**
 * Hex SHA-256 of a reply. From, To, Cc (with their order and names), subject, threading, body and attachments all count;
 * every text is preceded by its length in bytes and every list by its count, so that no two replies share an encoding.
 */
export function canonicalSha256(content: ReplyContent): string {
  const hash = createHash("sha256");
  text(hash, ENCODING);
  mailbox(hash, content.from);
  list(hash, content.to, mailbox);
  list(hash, content.cc, mailbox);
  text(hash, content.subject);
  list(hash, content.inReplyTo === null ? [] : [content.inReplyTo], text);
  list(hash, content.references, text);
  text(hash, content.body);
  list(hash, content.attachments, (hash, attachment) => {
    text(hash, attachment.filename);
    text(hash, attachment.contentType);
    text(hash, attachment.sha256);
  });
  return hash.digest("hex");
}

function mailbox(hash: Hash, { name, address }: ReplyContent["from"]): void {
  text(hash, name);
  text(hash, address);
}

function text(hash: Hash, value: string): void {
  const bytes = Buffer.from(value, "utf8");
  hash.update(`${bytes.length}:`).update(bytes).update("\n");
}

function list<T>(hash: Hash, values: readonly T[], each: (hash: Hash, value: T) => void): void {
  hash.update(`${values.length} items\n`);
  for (const value of values) each(hash, value);
}
