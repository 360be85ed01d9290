import { z } from "zod";
import { person } from "../../desk/event.ts";
import { lookUpArticles } from "../../steps/triage/look-up-articles.ts";
import { RETRY_SENTENCES, retryQuarantined } from "../../steps/filing/retry-quarantined.ts";
import { listMail, messageById } from "../../store/messages.ts";
import { listArticles, rawInfos } from "../../store/page-queries.ts";
import { ticketsByIds } from "../../store/tickets.ts";
import { pageOf, readCursor } from "../paging.ts";
import { HttpProblem } from "../problem.ts";
import { sendRawMail } from "../raw-mail.ts";
import { digits, filter, paging, route, type ApiRoute } from "./route.ts";
import * as schemas from "./schemas.ts";
import { mailShape } from "./shapes.ts";

export const mailRoutes: readonly ApiRoute[] = [
  route({
    path: "/mail",
    name: "listMail",
    summary: "Every mail that the desk took in, newest first",
    description: "Each has one disposition and a sentence that says why.",
    query: z.strictObject({ disposition: z.enum(schemas.DISPOSITIONS).optional(), ...paging }),
    answer: schemas.listOf("MailList", schemas.Mail),
    async handle({ web, query, caller }) {
      const db = web.desk.database.reader;
      const before = readCursor("mail", query.cursor);
      const rows = await listMail(db, {
        ...(query.disposition === undefined ? {} : { disposition: query.disposition }),
        ...(before === undefined ? {} : { before }),
        limit: query.limit + 1,
      });
      const { items, next } = pageOf("mail", rows, query.limit, (message) => message.id);
      const raws = await rawInfos(
        db,
        items.map((message) => message.rawSha256),
      );
      const tickets = await ticketsByIds(
        db,
        items.flatMap((message) => [message.ticketId, message.suggestedTicketId]).filter((id) => id !== null),
      );
      return { items: items.map((message) => mailShape(message, raws, tickets, caller.role)), next };
    },
  }),

  route({
    method: "post",
    path: "/mail/{id}/retry",
    name: "retryMail",
    summary: "Read a message in quarantine once more, as if it had just come",
    description:
      "It may end in quarantine again, with its reason. Each retry is an event in the token’s name.",
    role: "admin",
    params: z.object({ id: digits(1, 999_999_999).describe("The message’s id.") }),
    answer: schemas.Mail,
    problems: [404, 409],
    async handle({ web, params, caller }) {
      const outcome = await retryQuarantined(web.desk, params.id, person(`token ${caller.name}`));
      if (outcome === "no-such-message") throw new HttpProblem("not-found", RETRY_SENTENCES[outcome]);
      if (outcome !== "retried") throw new HttpProblem("conflict", RETRY_SENTENCES[outcome]);
      const db = web.desk.database.db;
      const message = await messageById(db, params.id);
      if (message === null) throw new HttpProblem("not-found", RETRY_SENTENCES["no-such-message"]);
      return mailShape(message, await rawInfos(db, [message.rawSha256]), new Map(), caller.role);
    },
  }),

  route({
    path: "/messages/{id}/raw",
    name: "getRawMessage",
    summary: "The bytes of a message as it came",
    description: "Review replies hold a token: their bytes need the role admin.",
    params: z.object({ id: digits(1, 999_999_999).describe("The message’s id.") }),
    answer: "message/rfc822",
    problems: [403, 404],
    async handle({ web, res, params, caller }) {
      await sendRawMail(web, res, params.id, caller.role);
      return undefined;
    },
  }),

  route({
    path: "/articles",
    name: "listArticles",
    summary: "Articles: those that answer a query, best first, or all of them",
    description: "With `q` there is one page, of at most `limit` articles.",
    query: z.strictObject({ q: filter("Any of these words."), ...paging }),
    answer: schemas.listOf("ArticleList", schemas.Article),
    async handle({ web, query }) {
      const db = web.desk.database.reader;
      if (query.q !== undefined) {
        const { embeddings } = (await web.desk.directory.current()).engine;
        const asked = { words: query.q, text: query.q, reader: "all" } as const;
        const { hits } = await lookUpArticles(web.desk, embeddings, asked, query.limit);
        const items = hits.map(({ articleId, title, source, score, excerpt }) => ({
          id: articleId,
          title,
          source,
          score,
          excerpt,
        }));
        return { items, next: null };
      }
      const after = readCursor("articles", query.cursor);
      const rows = await listArticles(db, {
        ...(after === undefined ? {} : { after }),
        limit: query.limit + 1,
      });
      const { items, next } = pageOf("articles", rows, query.limit, (article) => article.id);
      const shaped = items.map(({ id, title, source, body }) => ({
        id,
        title,
        source,
        score: null,
        excerpt: body.trim().slice(0, 300),
      }));
      return { items: shaped, next };
    },
  }),
];
