import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

import { PermanentError, TemporaryError } from "../../errors.ts";
import { isAmbiguousFrom, parseMailboxes } from "../mailboxes.ts";
import { classifyAutomatic } from "../automatic/automatic.ts";
import { readBody } from "./body.ts";
import { ContentHash } from "./content-hash.ts";
import { parseMailDate } from "./date.ts";
import { readDeliveryStatus } from "../automatic/delivery-status.ts";
import { readHeaderBlock } from "./header-block.ts";
import type { HeaderBlock } from "./header-block.ts";
import { decodeHeaderText } from "./encoded-words.ts";
import { hasHiddenCharacters, hasMixedScripts } from "./header-text.ts";
import { parseMessageIds } from "../message-id.ts";
import type { Attachment, Envelope, HeaderField, Mailbox, ParsedMessage } from "../message.ts";
import { MimePartReader } from "./mime-parts.ts";
import type { FoundAttachment, MimeParts } from "./mime-parts.ts";
import { defaultParseLimits } from "./parse-limits.ts";
import type { ParseLimits } from "./parse-limits.ts";
import { referencedIds } from "../references.ts";
import { splitReply } from "../reply/reply-text.ts";
import { contentOfSignedData } from "./signed-data.ts";
import { StructureGuard } from "./structure.ts";

export type { ParseLimits } from "./parse-limits.ts";

/** The bytes of one message, or the file that holds them. The bytes are neither changed nor kept. */
export type MessageSource = { readonly bytes: Uint8Array } | { readonly file: string };

const chunkBytes = 64 * 1024;
/** RFC 5322 §2.1.1: a longer subject is cut for display and comparison; the header keeps it whole. */
const longestSubject = 998;

/**
 * Reads one message, whatever it is: a mail, a mail without structure, an empty file or rubbish all give a ParsedMessage,
 * with what is wrong under `defects`. A file is read as a stream and its attachments are hashed, not held.
 *
 * `envelope`, where it is known, tells the null reverse-path; else a `Return-Path: <>` field does.
 *
 * @throws PermanentError when the message is over a limit; TemporaryError when the file cannot be read
 */
export async function parseMessage(
  source: MessageSource,
  limits: ParseLimits = defaultParseLimits,
  envelope: Envelope | null = null,
): Promise<ParsedMessage> {
  return "bytes" in source
    ? parseBytes(source.bytes, limits, envelope)
    : parseFile(source.file, limits, envelope);
}

async function parseBytes(
  bytes: Uint8Array,
  limits: ParseLimits,
  envelope: Envelope | null,
): Promise<ParsedMessage> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeaderBlock(buffer, true, limits.headerBytes);
  const reading = new Reading(header, limits);
  try {
    await reading.takeHeader(buffer.subarray(header.start, header.end));
    for (let position = header.bodyStart; position < buffer.length; position += chunkBytes) {
      await reading.takeBody(buffer.subarray(position, Math.min(position + chunkBytes, buffer.length)));
    }
    return await reading.finish(envelope);
  } catch (error) {
    reading.abandon();
    throw error;
  }
}

async function parseFile(
  file: string,
  limits: ParseLimits,
  envelope: Envelope | null,
): Promise<ParsedMessage> {
  const head = await readHead(file, limits.headerBytes + 1);
  const header = readHeaderBlock(head.bytes, head.complete, limits.headerBytes);
  const reading = new Reading(header, limits);
  const stream = createReadStream(file, { start: header.bodyStart, highWaterMark: chunkBytes });
  try {
    await reading.takeHeader(head.bytes.subarray(header.start, header.end));
    for await (const chunk of stream) await reading.takeBody(chunk as Buffer);
    return await reading.finish(envelope);
  } catch (error) {
    reading.abandon();
    if (error instanceof PermanentError) throw error;
    throw new TemporaryError(`The message file ${file} cannot be read.`, { cause: error });
  } finally {
    stream.destroy();
  }
}

async function readHead(file: string, length: number): Promise<{ bytes: Buffer; complete: boolean }> {
  try {
    await using handle = await open(file, "r");
    const buffer = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
      if (bytesRead === 0) return { bytes: buffer.subarray(0, filled), complete: true };
      filled += bytesRead;
    }
    return { bytes: buffer, complete: false };
  } catch (error) {
    throw new TemporaryError(`The message file ${file} cannot be read.`, { cause: error });
  }
}

/** One message on its way through the hash, the structure guard and the MIME reader: its bytes are seen once. */
class Reading {
  readonly #header: HeaderBlock;
  readonly #hash = new ContentHash();
  readonly #guard: StructureGuard;
  readonly #parts: MimePartReader;
  readonly #limits: ParseLimits;
  #nulByte = false;

  constructor(header: HeaderBlock, limits: ParseLimits) {
    this.#header = header;
    this.#limits = limits;
    this.#guard = new StructureGuard(valueOf(header.fields, "content-type"), limits);
    this.#parts = new MimePartReader(limits);
    this.#hash.addHeader(header.fields);
  }

  async takeHeader(lines: Buffer): Promise<void> {
    // The splitter gets the header that was found, with an empty line after it, whatever stood there.
    const ended = lines.length === 0 || lines.at(-1) === 0x0a;
    await this.#parts.write(Buffer.concat([lines, Buffer.from(ended ? "\r\n" : "\r\n\r\n")]));
  }

  async takeBody(chunk: Buffer): Promise<void> {
    this.#hash.addBody(chunk);
    this.#guard.push(chunk);
    this.#nulByte ||= chunk.includes(0);
    await this.#parts.write(chunk);
  }

  async finish(envelope: Envelope | null): Promise<ParsedMessage> {
    const outer = await this.#parts.finish();
    const inner = await this.#insideSignature(outer.signed);
    const defects = new Set(this.#header.defects);
    if (inner !== null) defects.add("smime-unverified");
    // The signature stays among the files: it tells a reader that there was one.
    const parts =
      inner === null ? outer : { ...inner, attachments: [...inner.attachments, ...outer.attachments] };
    if (this.#nulByte) defects.add("nul-byte");
    const fields = this.#header.fields;
    return understand(fields, parts, defects, this.#hash.digest(), envelope, this.#limits.mailboxes);
  }

  /**
   * What an opaque S/MIME signature holds. Nobody's certificate is checked: it counts as any other text, whoever signed. A
   * signature in a signature is not looked into.
   */
  async #insideSignature(signed: Buffer | null): Promise<MimeParts | null> {
    const content = signed === null ? null : contentOfSignedData(signed);
    if (content === null || content.length === 0) return null;
    const header = readHeaderBlock(content, true, this.#limits.headerBytes);
    new StructureGuard(valueOf(header.fields, "content-type"), this.#limits).push(
      content.subarray(header.bodyStart),
    );
    const reader = new MimePartReader(this.#limits);
    try {
      await reader.write(Buffer.concat([content.subarray(header.start, header.end), Buffer.from("\r\n")]));
      await reader.write(content.subarray(header.bodyStart));
      return await reader.finish();
    } catch (error) {
      reader.abandon();
      throw error;
    }
  }

  abandon(): void {
    this.#parts.abandon();
  }
}

function understand(
  headers: readonly HeaderField[],
  parts: MimeParts,
  defects: Set<string>,
  contentSha256: string,
  envelope: Envelope | null,
  mostMailboxes: number,
): ParsedMessage {
  const mailboxesOf = (name: string): readonly Mailbox[] => {
    const all = allMailboxesOf(headers, name);
    if (all.length > mostMailboxes) defects.add("addresses-truncated");
    return all.slice(0, mostMailboxes);
  };
  const from = readFrom(headers, defects).slice(0, mostMailboxes);
  const subject = readSubject(headers, defects);
  const { text, html } = readBody(parts.body);
  if (parts.truncated) defects.add("text-truncated");
  if (parts.boundaryMissing) defects.add("mime-boundary-missing");
  if ([subject, ...from.map((mailbox) => mailbox.name)].some(hasHiddenCharacters))
    defects.add("hidden-characters");
  if ([subject, ...from.flatMap((mailbox) => [mailbox.name, mailbox.address])].some(hasMixedScripts))
    defects.add("mixed-scripts");
  const attachments = parts.attachments.map((found) => asAttachment(found, html));
  if (attachments.some((attachment) => hasHiddenCharacters(attachment.filename)))
    defects.add("hidden-characters");
  const { inReplyTo, references } = referencedIds(headers);
  const contentType = valueOf(headers, "content-type");
  const fromAddress = from[0]?.address ?? "";
  return {
    messageId: readMessageId(headers, defects),
    contentSha256,
    inReplyTo,
    references,
    from,
    sender: mailboxesOf("sender")[0] ?? null,
    // All of them: each must be somebody who may decide for the author.
    resentBy: [...allMailboxesOf(headers, "resent-from"), ...allMailboxesOf(headers, "resent-sender")],
    replyTo: mailboxesOf("reply-to"),
    to: mailboxesOf("to"),
    cc: mailboxesOf("cc"),
    subject,
    date: parseMailDate(valueOf(headers, "date")),
    text,
    html,
    ...splitReply({ text, html }),
    attachments,
    automatic: classifyAutomatic(headers, {
      reversePath: envelope?.reversePath ?? returnPath(headers),
      subject,
      text,
      fromAddress,
      contentType,
      hasDeliveryStatusPart: parts.reports.some((part) => part.contentType.endsWith("delivery-status")),
    }),
    deliveryStatus: readDeliveryStatus({
      headers,
      contentType,
      subject,
      text,
      parts: parts.reports,
      references: [...references, ...inReplyTo],
      fromAddress,
    }),
    headers,
    defects: [...defects],
  };
}

function readFrom(headers: readonly HeaderField[], defects: Set<string>): Mailbox[] {
  const values = headers.filter((field) => field.name === "from").map((field) => field.value);
  const perField = values.map(parseMailboxes);
  const from = perField.flat();
  if (from.length === 0) defects.add("from-missing");
  if (from.length > 1) defects.add("from-multiple");
  if (values.some((value) => value !== "" && isAmbiguousFrom(value, parseMailboxes(value))))
    defects.add("from-malformed");
  return from;
}

function readSubject(headers: readonly HeaderField[], defects: Set<string>): string {
  const subject = decodeHeaderText(valueOf(headers, "subject"));
  if (subject.length <= longestSubject) return subject;
  defects.add("subject-truncated");
  return subject.slice(0, longestSubject).toWellFormed();
}

function readMessageId(headers: readonly HeaderField[], defects: Set<string>): string | null {
  const messageId = parseMessageIds(valueOf(headers, "message-id"))[0] ?? null;
  if (messageId === null) defects.add("message-id-missing");
  return messageId;
}

/** The null reverse-path as a mailbox shows it; the topmost field is the one of the final delivery (RFC 5321 §4.4). */
function returnPath(headers: readonly HeaderField[]): string | null {
  const field = headers.find((header) => header.name === "return-path");
  if (field === undefined) return null;
  const path = field.value.trim();
  return path.startsWith("<") && path.endsWith(">") ? path.slice(1, -1).trim() : path;
}

function asAttachment({ contentId, ...found }: FoundAttachment, html: string | null): Attachment {
  return {
    ...found,
    inline: found.inline || (contentId !== "" && html !== null && html.includes(`cid:${contentId}`)),
  };
}

function allMailboxesOf(headers: readonly HeaderField[], name: string): Mailbox[] {
  return headers.filter((field) => field.name === name).flatMap((field) => parseMailboxes(field.value));
}

function valueOf(headers: readonly HeaderField[], name: string): string {
  return headers.find((field) => field.name === name)?.value ?? "";
}
