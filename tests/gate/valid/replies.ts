import { escapeHtml } from "../../../src/mail/compose/markdown.ts";
import { LANGUAGES, type Language } from "./languages.ts";
import { PROGRAMS, type MailProgram, type Parts, type Writing } from "./mail-programs.ts";
import type { RealDigest } from "./real-digests.ts";
import { TASKS, type Edit, type Task } from "./tasks.ts";

/** One reply: who means what, in which program and language, and what a gateway adds on the way. */
export interface Reply {
  readonly program: MailProgram;
  readonly language: Language;
  readonly task: Task;
  readonly signed: "nothing" | "name" | "closing" | "block";
  readonly gateway: "none" | "banner" | "disclaimer";
  /** What keyboards and servers do to characters and lines. */
  readonly wear: "none" | "no-break spaces" | "curly quotes" | "straight quotes" | "narrow lines";
  readonly encoding: "8bit" | "quoted-printable" | "base64";
}

export const titleOf = (reply: Reply): string =>
  `${reply.program.name}, ${reply.language.code}, ${reply.task.name}, signed ${reply.signed}, gateway ${reply.gateway}, ${reply.wear}, ${reply.encoding}`;

/** Every program in every language, `rounds` times with another task; the rest is drawn, always the same way. */
export function replies(rounds: number): readonly Reply[] {
  const all: Reply[] = [];
  const drawn = sequence(20261122);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(drawn() * values.length)] as T;
  // Each task as often as any other, in an order that follows neither programs nor languages.
  let waiting: Task[] = [];
  const nextTask = (): Task => {
    if (waiting.length === 0)
      waiting = TASKS.map((task) => ({ task, at: drawn() }))
        .sort((a, b) => a.at - b.at)
        .map(({ task }) => task);
    return waiting.pop() as Task;
  };
  for (let round = 0; round < rounds; round++)
    for (const program of PROGRAMS)
      for (const language of LANGUAGES)
        all.push({
          program,
          language,
          task: nextTask(),
          signed: pick(["nothing", "name", "closing", "block"]),
          gateway: pick(["none", "none", "banner", "disclaimer", "none"]),
          wear: pick(["none", "none", "no-break spaces", "curly quotes", "straight quotes", "narrow lines"]),
          encoding: pick(["quoted-printable", "base64", "8bit"]),
        });
  return all;
}

/** Numbers from 0 to 1 (mulberry32), the same ones on every machine. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What stands below the typed words. */
export function signature({ signed, language }: Pick<Reply, "signed" | "language">): readonly string[] {
  if (signed === "nothing") return [];
  if (signed === "name") return ["Dana"];
  if (signed === "closing") return [`${language.closing},`, "Dana Wu"];
  return ["-- ", "Dana Wu", "Northwind Support", "Tel. +49 30 1234567"];
}

const DISCLAIMER =
  "This e-mail and any attachment are confidential and intended only for the intended recipient. If you are not the intended recipient, please notify the sender and delete it.";
const BANNER =
  "CAUTION: This email originated from outside of your organization. Do not click links unless you know the sender.";

function applied(text: string, edit: Edit | undefined, to: string, item: (text: string) => string): string {
  if (edit === undefined) return text;
  // Several items may hold the same words: the edit is in the one between its own markers.
  const start = text.indexOf(`[[ draft ${edit.item} `);
  const at = text.indexOf(item(edit.from), start);
  if (start < 0 || at < 0) throw new Error(`the digest does not hold "${edit.from}" in item ${edit.item}`);
  return text.slice(0, at) + to + text.slice(at + item(edit.from).length);
}

const asHtml = (text: string): string => escapeHtml(text).replaceAll("\n", "<br>");

/** The raw mail. */
export function rawReply(reply: Reply, digest: RealDigest, messageId: string): { raw: Buffer; to: string } {
  const { mail, technician } = digest;
  const { task } = reply;
  const to = mail.replyTo[0]?.address ?? "";
  const parts = throughGateway(
    reply,
    worn(reply, {
      typed: task.typed(reply.language),
      signed: signature(reply),
      text: applied(mail.text, task.edit, task.edit?.to ?? "", (text) => text),
      html: applied(mail.html ?? "", task.edit, task.edit?.html ?? asHtml(task.edit?.to ?? ""), asHtml),
      quoted: { name: mail.from[0]?.name ?? "", address: to, subject: mail.subject, to: technician.address },
      language: reply.language,
      edited: task.edit?.item ?? null,
    }),
  );
  const head = [
    `From: ${technician.name} <${technician.address}>`,
    `To: ${to}`,
    `Subject: =?utf-8?B?${Buffer.from(`Re: ${mail.subject}`).toString("base64")}?=`,
    "Date: Sun, 22 Nov 2026 20:15:00 +0000",
    `Message-ID: ${messageId}`,
    `In-Reply-To: ${mail.messageId ?? ""}`,
    `References: ${mail.messageId ?? ""}`,
    "MIME-Version: 1.0",
  ];
  return { raw: Buffer.from(`${head.join("\r\n")}\r\n${body(parts, reply.encoding)}`, "utf8"), to };
}

function worn({ wear, program, task }: Reply, writing: Writing): Parts {
  if (wear === "none") return program.write(writing);
  // A link's own characters stay as they are.
  const turn = (text: string): string =>
    text.replace(/<[^<>]*>|[^<]+/g, (piece) => (piece.startsWith("<") ? piece : characters(wear, piece)));
  const parts = program.write({
    ...writing,
    typed: writing.typed.map((line) => characters(wear, line)),
    text: turn(writing.text),
    html: turn(writing.html),
  });
  // An edit that a server re-wraps can end where a line does; nobody can tell a new line there from a wrap.
  if (wear !== "narrow lines" || task.edit !== undefined || task.ownText || parts.text === null) return parts;
  return parts.flowed || !/^>/m.test(parts.text) ? parts : { ...parts, text: narrow(parts.text) };
}

function characters(wear: Reply["wear"], text: string): string {
  if (wear === "no-break spaces") return text.replaceAll("  ", " \u00a0").replace(/ (?=\S+$)/gm, "\u00a0");
  if (wear === "curly quotes") return text.replaceAll("'", "’").replaceAll("&#39;", "’");
  return wear === "straight quotes" ? text.replaceAll(/[“”]/g, '"').replaceAll("’", "'") : text;
}

/** A server that folds every quoted line at 50 columns, marker lines too. */
function narrow(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      if (!line.startsWith(">") || line.length <= 50) return line;
      const at = line.lastIndexOf(" ", 50);
      return at < 20 ? line : `${line.slice(0, at)}\n> ${line.slice(at + 1)}`;
    })
    .join("\n");
}

function throughGateway({ gateway }: Reply, parts: Parts): Parts {
  if (gateway === "none") return parts;
  const put = (part: string | null, words: string, html: boolean): string | null => {
    if (part === null) return null;
    const block = html ? `<div style="font-size:9pt">${words}</div>` : words;
    if (gateway === "banner")
      return html ? part.replace(/(<body[^>]*>|^)/, `$1${block}`) : `${block}\n\n${part}`;
    return html ? part.replace(/(<\/body>|$)/, `${block}$1`) : `${part}\n${block}\n`;
  };
  const words = gateway === "banner" ? BANNER : DISCLAIMER;
  return { ...parts, text: put(parts.text, words, false), html: put(parts.html, words, true) };
}

function body(parts: Parts, encoding: Reply["encoding"]): string {
  const { text, html, flowed } = parts;
  const plain =
    text === null
      ? null
      : part(`text/plain; charset=utf-8${flowed ? "; format=flowed" : ""}`, text, encoding);
  const rich = html === null ? null : part("text/html; charset=utf-8", html, encoding);
  if (plain === null || rich === null) return plain ?? rich ?? "\r\n";
  return `Content-Type: multipart/alternative; boundary="=_alt"\r\n\r\n--=_alt\r\n${plain}\r\n--=_alt\r\n${rich}\r\n--=_alt--\r\n`;
}

function part(type: string, content: string, encoding: Reply["encoding"]): string {
  const crlf = content.replace(/\r?\n/g, "\r\n");
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${encoded(crlf, encoding)}`;
}

function encoded(text: string, encoding: Reply["encoding"]): string {
  const bytes = Buffer.from(text, "utf8");
  if (encoding === "8bit") return text;
  if (encoding === "base64") return bytes.toString("base64").replace(/.{76}/g, "$&\r\n");
  return quotedPrintable(bytes);
}

/** RFC 2045 §6.7, with soft line breaks at 76. */
function quotedPrintable(bytes: Buffer): string {
  const lines: string[] = [];
  let line = "";
  const put = (piece: string): void => {
    if (line.length + piece.length > 75) {
      lines.push(`${line}=`);
      line = "";
    }
    line += piece;
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 13 && bytes[at + 1] === 10) {
      if (/[ \t]$/.test(line)) line = `${line.slice(0, -1)}=${line.endsWith(" ") ? "20" : "09"}`;
      lines.push(line);
      line = "";
      at++;
    } else if ((byte >= 33 && byte <= 126 && byte !== 61) || byte === 32 || byte === 9) {
      put(String.fromCharCode(byte));
    } else put(`=${byte.toString(16).toUpperCase().padStart(2, "0")}`);
  }
  return [...lines, line].join("\r\n");
}
