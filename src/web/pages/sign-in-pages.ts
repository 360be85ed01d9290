import express, { type Express, type Request, type Response } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { LINK_MINUTES, mailSignInLink, signIn, signOut } from "../../steps/sign-in.ts";
import type { Web } from "../context.ts";
import {
  anonymousToken,
  checkAnonymousForm,
  checkOrigin,
  clearSession,
  field,
  isOwnForm,
  sessionSecretOf,
  setSession,
  takeRememberedPage,
  visitorOf,
} from "../session.ts";
import { sendErrorPage, sendPage } from "./page.ts";

const WINDOW_MS = 15 * 60_000;
const SECRET = /^[A-Za-z0-9_-]{16,100}$/;
const form = express.urlencoded({ extended: false, limit: "4kb" });

/** `/sign-in`, the link that is mailed, and `/sign-out`. */
export function mountSignIn(web: Web, app: Express): void {
  const tooMany = (req: Request, res: Response): void =>
    void sendErrorPage(web, req, res, {
      status: 429,
      title: "Too many tries",
      detail:
        "Wait a quarter of an hour, then ask for a link again. A link that you have already still works.",
      visitor: null,
    });
  const byPlace = limit(20, tooMany, (req) => ipKeyGenerator(req.ip ?? ""));
  // Counted whether or not anybody has the address: the limit tells nothing either.
  const byAddress = limit(5, tooMany, (req) => field(req, "address").trim().toLowerCase().slice(0, 254));
  const byTry = limit(40, tooMany, (req) => ipKeyGenerator(req.ip ?? ""));

  app.get("/sign-in", async (req, res) => {
    if ((await visitorOf(web, req)) !== null) return res.redirect(303, "/");
    await sendPage(
      web,
      res,
      null,
      "sign-in",
      { title: "Sign in" },
      { token: anonymousToken(web, req, res), address: "", problem: "" },
    );
  });

  app.post("/sign-in", form, byPlace, byAddress, async (req, res) => {
    checkAnonymousForm(web, req);
    const address = field(req, "address").trim();
    if (!/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(address)) {
      const problem = "Enter a mail address, such as dana@msp.example.";
      return sendPage(
        web,
        res,
        null,
        "sign-in",
        { title: "Sign in", status: 422 },
        { token: anonymousToken(web, req, res), address, problem },
      );
    }
    web.inBackground(mailSignInLink(web.desk, address));
    await sendPage(
      web,
      res,
      null,
      "sign-in-sent",
      { title: "Look into your mailbox" },
      { address, minutes: LINK_MINUTES },
    );
  });

  // Mail scanners open links: opening one looks nothing up and uses nothing up. The button does.
  app.get("/sign-in/:secret", async (req, res, next) => {
    if (!SECRET.test(req.params.secret)) return next();
    await sendPage(
      web,
      res,
      null,
      "sign-in-link",
      { title: "Sign in" },
      { token: anonymousToken(web, req, res), action: `/sign-in/${req.params.secret}` },
    );
  });

  app.post("/sign-in/:secret", form, byTry, async (req, res, next) => {
    const secret = String(req.params["secret"]);
    if (!SECRET.test(secret)) return next();
    checkAnonymousForm(web, req);
    const signedIn = await signIn(web.desk, secret);
    if (signedIn === null)
      return sendErrorPage(web, req, res, {
        status: 410,
        title: "This link works no more",
        detail: `A link works once, within ${LINK_MINUTES} minutes. Ask for a new one on the sign-in page.`,
        visitor: null,
      });
    // A session that this browser had before ends: whoever planted it learns nothing.
    const before = sessionSecretOf(web, req);
    if (before !== null) await signOut(web.desk, before);
    setSession(web, res, signedIn.secret);
    res.redirect(303, takeRememberedPage(web, req, res));
  });

  app.post("/sign-out", form, async (req, res) => {
    checkOrigin(web, req);
    const visitor = await visitorOf(web, req);
    if (visitor !== null && isOwnForm(visitor, req)) {
      await signOut(web.desk, visitor.sessionSecret);
      clearSession(web, res);
    }
    res.redirect(303, "/sign-in");
  });
}

function limit(
  most: number,
  handler: (req: Request, res: Response) => void,
  keyGenerator: (req: Request) => string,
) {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: most,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator,
    handler,
  });
}
