import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { HeaderField } from "../../src/mail/message.ts";

/** A fixture as the readers of this layer get it; read here in the simplest way, so that their tests need no parser. */
interface FixtureMail {
  readonly headers: readonly HeaderField[];
  readonly contentType: string;
  readonly subject: string;
  readonly fromAddress: string;
  readonly text: string;
  readonly parts: readonly { readonly contentType: string; readonly text: string }[];
  readonly references: readonly string[];
}

export function fixturesOf(folder: string, extension: string): readonly { name: string; path: string }[] {
  const root = join(import.meta.dirname, "../fixtures", folder);
  const files = readdirSync(root).filter((file) => file.endsWith(extension));
  return files.sort().map((file) => ({ name: file.slice(0, -extension.length), path: join(root, file) }));
}

export function readFixtureMail(path: string): FixtureMail {
  const { headers, body } = splitMessage(readFileSync(path, "utf8"));
  const value = (name: string): string => headers.find((field) => field.name === name)?.value ?? "";
  const contentType = value("content-type") || "text/plain";
  const boundary = /boundary="([^"]+)"/.exec(contentType)?.[1];
  const parts = boundary === undefined ? [] : readParts(body, boundary);
  const text =
    boundary === undefined
      ? body
      : (parts.find((part) => part.contentType.startsWith("text/plain"))?.text ?? "");
  return {
    headers,
    contentType,
    subject: value("subject"),
    fromAddress: /[^\s<>()]+@[^\s<>()]+/.exec(value("from"))?.[0] ?? "",
    text,
    parts: parts.filter((part) => !part.contentType.startsWith("text/plain")),
    references: `${value("references")} ${value("in-reply-to")}`.match(/<[^>]+>/g) ?? [],
  };
}

function splitMessage(source: string): { headers: HeaderField[]; body: string } {
  const end = source.indexOf("\n\n");
  const unfolded = source.slice(0, end).replace(/\n[ \t]+/g, " ");
  const headers = unfolded.split("\n").map((line) => {
    const colon = line.indexOf(":");
    return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() };
  });
  return { headers, body: source.slice(end + 2) };
}

function readParts(body: string, boundary: string): { contentType: string; text: string }[] {
  const pieces = body.split(`--${boundary}`).slice(1, -1);
  return pieces.map((piece) => {
    const { headers, body: text } = splitMessage(piece.replace(/^\n/, ""));
    return {
      contentType: headers.find((field) => field.name === "content-type")?.value ?? "text/plain",
      text,
    };
  });
}
