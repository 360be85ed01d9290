import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { Transform } from "node:stream";

import { Splitter } from "@zone-eu/mailsplit";
import type { MimeNode, SplitterChunk } from "@zone-eu/mailsplit";

import { PermanentError } from "../../errors.ts";
import { attachmentName } from "./attachment-name.ts";
import type { BodyNode } from "./body.ts";
import { decodeCharset } from "./charset.ts";
import type { DeliveryStatusPart } from "../automatic/delivery-status.ts";
import { KeptBytes } from "./kept-bytes.ts";
import type { ParseLimits } from "./parse-limits.ts";
import { decodeInto } from "./part-decoder.ts";
import type { PartDecoder } from "./part-decoder.ts";

/** An attachment, before it is known whether the HTML refers to it. */
export interface FoundAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly inline: boolean;
  /** Without angle brackets; "" without one. */
  readonly contentId: string;
  readonly sha256: string;
}

export interface MimeParts {
  readonly body: BodyNode;
  readonly attachments: readonly FoundAttachment[];
  /** The parts that a delivery status is read from, cut at the limit. */
  readonly reports: readonly DeliveryStatusPart[];
  readonly truncated: boolean;
  /** The declared boundary never came: the body is what stands in its place. */
  readonly boundaryMissing: boolean;
  /** The bytes of an opaque S/MIME signature that is the whole message; `null` for any other. */
  readonly signed: Buffer | null;
}

/** RFC 3464, 3462, 8098, 6522, 5965 and the message that came back. */
const reportTypes = new Set([
  "message/delivery-status",
  "message/global-delivery-status",
  "message/disposition-notification",
  "message/feedback-report",
  "message/rfc822",
  "message/global",
  "message/rfc822-headers",
  "text/rfc822-headers",
]);

/** Machine parts of a multipart/report, which nobody attached. */
const machineTypes = new Set([
  "message/delivery-status",
  "message/global-delivery-status",
  "message/disposition-notification",
  "message/feedback-report",
  "text/rfc822-headers",
  "message/rfc822-headers",
]);

const nothing: Buffer = Buffer.alloc(0);

type MutableMultipart = Extract<BodyNode, { kind: "multipart" }>;

/**
 * Reads the parts of one message through mailsplit, the streaming splitter below mailparser. Text is kept up to its
 * limit; every other part is decoded, counted and hashed as it passes, and never held.
 */
export class MimePartReader {
  readonly #limits: ParseLimits;
  readonly #splitter: Transform;
  readonly #leaves = new Map<MimeNode, PartDecoder>();
  readonly #multiparts = new Map<MimeNode, MutableMultipart>();
  readonly #attachments: (() => FoundAttachment | null)[] = [];
  readonly #reports: (() => DeliveryStatusPart)[] = [];
  readonly #texts: TextLeaf[] = [];
  readonly #done: Promise<void>;
  /** What stands outside of any part: all there is when the declared boundary never comes. */
  readonly #outside: KeptBytes;
  #root: BodyNode | null = null;
  #current: PartDecoder | null = null;
  #signed: KeptBytes | null = null;
  #plainLeft: number;
  #htmlLeft: number;

  constructor(limits: ParseLimits) {
    this.#limits = limits;
    this.#plainLeft = limits.textBytes;
    this.#htmlLeft = limits.textBytes;
    this.#outside = new KeptBytes(limits.textBytes);
    // Its types know only the "data" event of the stream that it is.
    this.#splitter = new Splitter({
      ignoreEmbedded: true,
      // StructureGuard has counted already; the splitter's own limits stand behind it, with room for how it counts.
      maxHeadSize: 16 * limits.headerBytes,
      maxChildNodes: limits.parts + 1,
    }) as unknown as Transform;
    this.#done = new Promise((resolve, reject) => {
      this.#splitter.on("data", (chunk: SplitterChunk) => {
        this.#take(chunk);
      });
      this.#splitter.once("end", resolve);
      this.#splitter.on("error", (cause: Error) => {
        reject(new PermanentError(`The MIME structure cannot be read: ${cause.message}`, { cause }));
      });
    });
    // An error is reported by `write` or `finish`, whichever comes next.
    this.#done.catch(() => undefined);
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#splitter.write(chunk)) return;
    await Promise.race([
      new Promise<void>((resolve) => this.#splitter.once("drain", () => resolve())),
      this.#done,
    ]);
  }

  /** @throws PermanentError when the structure is beyond what the splitter reads */
  async finish(): Promise<MimeParts> {
    this.#splitter.end();
    await this.#done;
    this.#current?.end();
    await Promise.all([...this.#leaves.values()].map((leaf) => leaf.ended));
    const attachments = this.#attachments.map((found) => found()).filter((found) => found !== null);
    const lost = this.#leaves.size === 0 && this.#outside.length > 0;
    return {
      body: lost || this.#root === null ? asText(this.#outside.bytes()) : this.#root,
      attachments,
      reports: this.#reports.map((report) => report()),
      truncated: this.#texts.some((text) => text.kept.truncated) || (lost && this.#outside.truncated),
      boundaryMissing: lost,
      signed: this.#signed === null || this.#signed.truncated ? null : this.#signed.bytes(),
    };
  }

  /** Ends the reading of a message that was given up. */
  abandon(): void {
    this.#splitter.destroy();
  }

  #take(chunk: SplitterChunk): void {
    if (chunk.type === "node") {
      this.#startNode(chunk);
      return;
    }
    if (chunk.type !== "body" && chunk.type !== "data") return;
    if (!("value" in chunk) || chunk.value === undefined) return;
    const leaf = this.#leaves.get(chunk.node);
    if (leaf !== undefined) leaf.write(chunk.value);
    else if (chunk.node.root && this.#leaves.size === 0) this.#outside.add(chunk.value);
  }

  #startNode(node: MimeNode): void {
    this.#current?.end();
    this.#current = null;
    const parent = node.parentNode === false ? undefined : this.#multiparts.get(node.parentNode);
    if (node.multipart !== false && node._boundary !== false) {
      const multipart: MutableMultipart = {
        kind: "multipart",
        alternative: node.multipart === "alternative",
        children: [],
      };
      this.#multiparts.set(node, multipart);
      this.#place(parent, multipart);
      return;
    }
    const contentType = typeOf(node);
    if (node.multipart === false || node.parentNode !== false) {
      if (isBodyText(node, contentType, parent, this.#texts.length > 0))
        this.#startText(node, contentType, parent);
      else this.#startAttachment(node, contentType);
    }
  }

  #place(parent: MutableMultipart | undefined, node: BodyNode): void {
    if (parent !== undefined) parent.children.push(node);
    else this.#root ??= node;
  }

  #open(node: MimeNode, leaf: PartDecoder): void {
    this.#leaves.set(node, leaf);
    this.#current = leaf;
  }

  #startText(node: MimeNode, contentType: string, parent: MutableMultipart | undefined): void {
    const isHtml = contentType === "text/html";
    const kept = new KeptBytes(isHtml ? this.#htmlLeft : this.#plainLeft);
    const content = { bytes: nothing, charset: node.charset, flowed: node.flowed, delSp: node.delSp };
    this.#place(parent, { kind: isHtml ? "html" : "plain", content });
    this.#texts.push({ kept });
    const keep = (bytes: Buffer): void => {
      const added = kept.add(bytes);
      if (isHtml) this.#htmlLeft -= added;
      else this.#plainLeft -= added;
    };
    this.#open(
      node,
      decodeInto(node, keep, () => {
        content.bytes = kept.bytes();
      }),
    );
  }

  #startAttachment(node: MimeNode, contentType: string): void {
    const hash: Hash = createHash("sha256");
    let size = 0;
    const excerpt = reportTypes.has(contentType) ? new KeptBytes(this.#limits.excerptBytes) : null;
    const signed = isSignedData(node, contentType) ? new KeptBytes(this.#limits.signedBytes) : null;
    this.#signed = signed;
    const listed = !(machineTypes.has(contentType) && isInReport(node));
    const filename = attachmentName(node.filename === false ? "" : node.filename);
    const contentId = node.headers === false ? "" : bracketless(node.headers.getFirst("content-id"));
    const inline = node.disposition === "inline";
    this.#open(
      node,
      decodeInto(node, (bytes) => {
        hash.update(bytes);
        size += bytes.length;
        excerpt?.add(bytes);
        signed?.add(bytes);
      }),
    );
    this.#attachments.push(() =>
      listed ? { filename, contentType, size, inline, contentId, sha256: hash.digest("hex") } : null,
    );
    if (excerpt !== null)
      this.#reports.push(() => ({
        contentType,
        text: decodeCharset(excerpt.bytes(), node.charset).replace(/\r\n?/g, "\n"),
      }));
  }
}

interface TextLeaf {
  readonly kept: KeptBytes;
}

/** `text` (RFC 1049) and nonsense without a slash count as plain text, RFC 2045 §5.2. */
function typeOf(node: MimeNode): string {
  const type = node.contentType === false ? "" : node.contentType;
  return type.includes("/") && node.multipart === false ? type : "text/plain";
}

function isBodyText(
  node: MimeNode,
  contentType: string,
  parent: MutableMultipart | undefined,
  hasText: boolean,
): boolean {
  if (contentType !== "text/plain" && contentType !== "text/html") return false;
  if (node.disposition === "attachment") return false;
  // RFC 2183 §2.8: an unknown disposition is an attachment, but a message of one part has nothing to attach it to.
  if (node.parentNode !== false && node.disposition !== false && node.disposition !== "inline") return false;
  // A named text after the first one is a file that the mail program shows inline (Apple Mail).
  return node.filename === false || !hasText || parent?.alternative === true;
}

/** RFC 8551 §3.5: the message itself is the signature, with the content in it. `smime-type` is optional. */
function isSignedData(node: MimeNode, contentType: string): boolean {
  if (node.parentNode !== false || !/^application\/(?:x-)?pkcs7-mime$/.test(contentType)) return false;
  const type = node.headers === false ? "" : node.headers.getFirst("content-type");
  const kind = /smime-type\s*=\s*"?([a-z-]+)/i.exec(type)?.[1]?.toLowerCase();
  return kind === undefined || kind === "signed-data";
}

function isInReport(node: MimeNode): boolean {
  return node.parentNode !== false && node.parentNode.multipart === "report";
}

function bracketless(contentId: string): string {
  const trimmed = contentId.trim();
  return trimmed.startsWith("<") && trimmed.endsWith(">") ? trimmed.slice(1, -1) : trimmed;
}

function asText(bytes: Buffer): BodyNode {
  return { kind: "plain", content: { bytes, charset: false, flowed: false, delSp: false } };
}
