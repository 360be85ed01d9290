import type { Triage } from "../../desk/triage.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import type { DraftRequest, TriageContext } from "../engine.ts";
import type { DraftQuestion, TriageQuestion } from "./model.ts";
import { redact } from "../redact.ts";

/**
 * What a model is told: a few texts of one ticket and of one client, each cut and redacted. Names, addresses, header fields,
 * markup, internal notes and other tickets' texts are not among them: what is not told cannot leak.
 */

/** Characters. */
const SUBJECT = 300;
const TEXT = 6000;
const EARLIER = 1500;
const EXCERPT = 2000;
const PHRASE = 300;
const EARLIER_MAILS = 3;
const ARTICLES = 3;
const FILES = 10;

export function triageQuestion(
  message: Pick<ParsedMessage, "subject" | "newText" | "attachments" | "automatic">,
  context: Pick<TriageContext, "client" | "contact" | "queues" | "earlier">,
  categories: readonly string[],
): TriageQuestion {
  return redactedThroughout({
    subject: cut(message.subject, SUBJECT),
    text: cut(message.newText, TEXT),
    earlier: lastOf(context.earlier),
    attachments: message.attachments
      .filter((attachment) => !attachment.inline)
      .slice(0, FILES)
      .map((attachment) => cut(attachment.filename || attachment.contentType, 100)),
    sender: context.contact !== null ? "contact" : context.client !== null ? "client" : "stranger",
    automatic: message.automatic.verdict !== "no",
    queues: context.queues.map(({ name, skills }) => ({ name, skills })),
    categories,
  });
}

/** `deskText` and `previous` come without greeting and signature. */
export function draftQuestion(
  request: DraftRequest,
  parts: { readonly deskText: string; readonly previous: string; readonly language: string },
): DraftQuestion {
  const { triage, message, context, redraft } = request;
  return redactedThroughout({
    language: parts.language,
    subject: cut(message.subject, SUBJECT),
    text: cut(message.newText, TEXT),
    earlier: lastOf(context.earlier),
    questions: phrases(triage.questions),
    missing: phrases(triage.missing),
    articles: triage.articles.slice(0, ARTICLES).map((article: Triage["articles"][number]) => ({
      id: article.articleId,
      title: cut(article.title, PHRASE),
      excerpt: cut(article.excerpt, EXCERPT),
    })),
    deskText: cut(parts.deskText, TEXT),
    redraft:
      redraft === null
        ? null
        : { instruction: cut(redraft.instruction, EARLIER), previous: cut(parts.previous, TEXT) },
  });
}

/** What an article is about stands at its head, and a mail's matter too; no model of vectors takes a text of any length. */
const EMBEDDED = 4000;

/** A text as it is sent to be made a vector. */
export const embeddedText = (text: string): string => redact(visible(cut(text, EMBEDDED)));

const phrases = (texts: readonly string[]): readonly string[] =>
  texts.slice(0, FILES).map((text) => cut(text, PHRASE));

const lastOf = (texts: readonly string[]): readonly string[] =>
  texts.slice(-EARLIER_MAILS).map((text) => cut(text, EARLIER));

/** Cut after it was redacted: a cut through a secret would leave a half that nobody knows for one. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const redacted = redact(text.slice(0, length + MARGIN));
  return redacted.length <= length ? redacted : `${redacted.slice(0, length)} […]`;
}

/** How far beyond a cut a secret is still seen whole, in characters. */
const MARGIN = 4000;

/** The same value with every text in it redacted, and without characters that nobody can see. */
function redactedThroughout<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === "string" ? redact(visible(one)) : one,
  ) as T;
}

const visible = (text: string): string => text.replace(/[^\P{C}\n\t]/gu, "");
