import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { Web } from "../context.ts";
import { HttpProblem, problemOf } from "../problem.ts";
import { sendRawMail } from "../raw-mail.ts";
import { mountCaptured } from "./captured-pages.ts";
import { showMail } from "./mail-list.ts";
import { sendErrorPage, signedIn } from "./page.ts";
import { retryMail } from "./retry-mail.ts";
import { mountSignIn } from "./sign-in-pages.ts";
import { changeTemplate, showTemplate, showTemplates } from "./template-pages.ts";
import { showTicket } from "./ticket-page.ts";
import { showTickets } from "./ticket-list.ts";

/** A template has at most 20,000 characters; in a form each may take nine bytes. */
const form = express.urlencoded({ extended: false, limit: "256kb", parameterLimit: 50 });

/** Pages for people, rendered here: nothing in them needs a script to be read or to be decided. */
export function mountPages(web: Web, app: Express): void {
  mountSignIn(web, app);
  app.get(
    "/",
    signedIn(web, (req, res, visitor) => showTickets(web, req, res, visitor)),
  );
  app.get("/tickets", (_req, res) => res.redirect(303, "/"));
  app.get(
    "/tickets/:number",
    signedIn(web, (req, res, visitor) => showTicket(web, req, res, visitor)),
  );
  app.get(
    "/mail",
    signedIn(web, (req, res, visitor) => showMail(web, req, res, visitor)),
  );
  app.get(
    "/mail/:id/raw",
    signedIn(web, async (req, res, visitor) => {
      const id = String(req.params["id"]);
      if (!/^\d{1,9}$/.test(id)) throw new HttpProblem("not-found", "There is no such message.");
      await sendRawMail(web, res, Number(id), visitor.technician.role);
    }),
  );
  app.post("/mail/:id/retry", form, (req, res) => retryMail(web, req, res));
  app.get(
    "/templates",
    signedIn(web, (req, res, visitor) => showTemplates(web, req, res, visitor)),
  );
  app.get(
    "/templates/*name",
    signedIn(web, (req, res, visitor) => showTemplate(web, req, res, visitor)),
  );
  app.post("/templates/*name", form, (req, res) => changeTemplate(web, req, res));
  mountCaptured(web, app);

  app.use(() => {
    throw new HttpProblem("not-found", "There is no page at this address.");
  });
  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const { problem, unexpected } = problemOf(error);
    if (unexpected) web.log.error({ error, path: pathForLog(req.path) }, "a page failed");
    void sendErrorPage(web, req, res, {
      status: problem.status,
      title: PAGE_TITLES[problem.kind] ?? problem.title,
      detail: unexpected
        ? "Nothing was changed. The desk’s log says what went wrong; try again in a moment."
        : problem.message,
    });
  });
}

/** The secret of a sign-in link is no reading matter for whoever keeps the logs. */
const pathForLog = (path: string): string => path.replace(/^\/sign-in\/.*/s, "/sign-in/…");

const PAGE_TITLES: Readonly<Partial<Record<HttpProblem["kind"], string>>> = {
  "not-found": "There is nothing here",
  forbidden: "That was not done",
  internal: "Something failed here",
  "bad-request": "That was not understood",
  "too-large": "That was too long",
};
