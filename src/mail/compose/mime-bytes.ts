/**
 * The bytes of a MIME tree that nodemailer built. nodemailer's own `build` sends every part through half a dozen
 * streams, which costs four times as much as the encoding itself; all our parts are in memory.
 */
import type MimeNode from "nodemailer/lib/mime-node";
import { encode, wrap } from "nodemailer/lib/qp";
import { PermanentError } from "../../errors.ts";

/** RFC 2045 and 2046; lines end in CRLF. @throws PermanentError for a part whose content is not in memory. */
export function mimeBytes(node: MimeNode): Buffer {
  const parts: (string | Buffer)[] = [];
  write(node, parts);
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : part)));
}

function write(node: MimeNode, parts: (string | Buffer)[]): void {
  // Building the headers decides on the encoding and the boundary, so it comes first.
  parts.push(node.buildHeaders(), "\r\n\r\n");
  if (node.multipart) {
    for (const child of node.childNodes) {
      parts.push(`--${String(node.boundary)}\r\n`);
      write(child, parts);
      parts.push("\r\n");
    }
    parts.push(`--${String(node.boundary)}--\r\n`);
    return;
  }
  const { content } = node;
  const encoding = node.getTransferEncoding();
  if (typeof content === "string" && (encoding === "7bit" || encoding === "quoted-printable")) {
    const canonical = content.replaceAll(/\r\n?|\n/g, "\r\n");
    parts.push(encoding === "7bit" ? canonical : wrap(encode(canonical), 76));
  } else if ((typeof content === "string" || Buffer.isBuffer(content)) && encoding === "base64") {
    const text = (typeof content === "string" ? Buffer.from(content, "utf8") : content).toString("base64");
    // RFC 2045 §6.8: lines of at most 76 characters.
    for (let at = 0; at < text.length; at += 76) parts.push(text.slice(at, at + 76), "\r\n");
  } else if (content !== undefined && content !== "") {
    throw new PermanentError(
      `a part of type ${node.contentType || "unknown"} cannot be written as ${String(encoding)}`,
    );
  }
}
