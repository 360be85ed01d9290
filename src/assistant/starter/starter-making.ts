import { packMaking } from "../learning/making.ts";
import { htmlClues, textClues } from "../spam/clues/body-clues.ts";
import { subjectClues } from "../spam/clues/header-clues.ts";
import { linkClues } from "../spam/clues/link-clues.ts";
import { SUSPICIOUS } from "../spam/suspicion.ts";
import type { StarterMail } from "./starter-set.ts";

const split = (clues: string): readonly string[] => clues.split(" ");

/** What stands in the header of most mail, whoever wrote it. */
const COMMON = split("field:mime-version field:content-type to:count:1 to:domains:1");
/** What is proven of honest mail mostly, and of much bulk mail too. */
const PROVEN = split("spf:pass dkim:pass dmarc:pass");

/** People write through a server that is called what it calls itself, under a name of two words. */
const BY_PEOPLE = "hop:esmtp hop:helo-is-name from:name-words:2";

/** Headers as people's programs write them, as far as it is common knowledge: Exchange, Gmail, Apple, Thunderbird, phones, web mail. */
const HONEST: readonly (readonly string[])[] = [
  "mailer:none content:multipart/alternative field:thread-topic field:thread-index field:content-language from:full-name to:named",
  "mailer:none content:multipart/alternative charset:none from:full-name id:author-domain author-own:hop",
  "mailer:none content:multipart/alternative from:full-name field:in-reply-to field:references subject:reply author-own:path",
  "mailer:none content:multipart/related field:thread-topic field:thread-index from:full-name author-own:path to:named",
  "mailer:apple_mail content:text/plain charset:utf-8 from:full-name author-own:path",
  "mailer:iphone_mail content:multipart/alternative from:full-name author-own:path",
  "mailer:mozilla_thunderbird content:text/plain charset:utf-8 field:content-language from:full-name id:author-domain to:named",
  "mailer:none content:text/plain charset:utf-8 encoding:quoted-printable from:freemail from:full-name author-freemail:hop",
].map((header) => split(`${header} ${BY_PEOPLE}`).map((clue) => clue.replace("_", " ")));

/** Headers of bulk mail and fraud, beside the signs that are written down. */
const BULK: readonly (readonly string[])[] = [
  "mailer:none content:text/html charset:utf-8 encoding:base64 author:not-linked hop:no-name",
  "mailer:none content:multipart/alternative field:reply-to reply:other-address author:not-linked from:role",
  "mailer:none content:text/html from:freemail author-freemail:no-hop hop:helo-of-other",
  "mailer:nameless content:text/html charset:utf-8 author-own:no-hop html:tracking-picture from:role hop:helo-of-other",
  "mailer:none content:text/plain from:no-name author-own:no-hop path:other-owner hop:no-name",
].map(split);

/** All that the starter set is given beside its mails: other headers make other models. */
export const STARTER_HEADERS = JSON.stringify([COMMON, PROVEN, HONEST, BULK, SUSPICIOUS]);

/**
 * How a starter mail may have been made, for what has learned nothing yet: its own text as it stands, under a header as such
 * mail bears. Bulk mail bears the signs that are written down, two at a time. Made from what is known, not from a collection.
 *
 * @param at its place in the set: headers and signs take turns
 */
export function starterMaking({ subject, body, spam }: StarterMail, at: number): string {
  const headers = spam ? BULK : HONEST;
  const signs = spam
    ? [SUSPICIOUS[at % SUSPICIOUS.length]!, SUSPICIOUS[(at * 7 + 3) % SUSPICIOUS.length]!]
    : [];
  return packMaking({
    envelope: [
      ...COMMON,
      ...headers[at % headers.length]!,
      ...(at % 3 === 0 ? PROVEN : []),
      ...signs.filter((clue) => !isOfBody(clue)),
      ...subjectClues(subject, []),
    ],
    body: [
      ...textClues(body),
      ...htmlClues(null, { attachments: [] }).filter((clue) => clue !== "html:none"),
      ...linkClues(body, []),
      ...signs.filter(isOfBody),
    ],
  });
}

const isOfBody = (clue: string): boolean => /^(?:html|text|link):/.test(clue);
