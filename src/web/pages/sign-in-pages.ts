import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { LINK_MINUTES, mailSignInLink, signIn, signOut } from "../../steps/admin/sign-in.ts";
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

  app.get("/sign-in", (req, res) => showForm(web, req, res));
  app.post("/sign-in", form, byPlace, byAddress, (req, res) => mailLink(web, req, res));
  app.get("/sign-in/:secret", (req, res, next) => showButton(web, req, res, next));
  app.post("/sign-in/:secret", form, byTry, (req, res, next) => useLink(web, req, res, next));
  app.post("/sign-out", form, (req, res) => leave(web, req, res));
}

async function showForm(web: Web, req: Request, res: Response): Promise<void> {
  if ((await visitorOf(web, req)) !== null) return res.redirect(303, "/");
  await sendForm(web, req, res, 200, { address: "", problem: "" });
}

async function sendForm(
  web: Web,
  req: Request,
  res: Response,
  status: number,
  typed: { readonly address: string; readonly problem: string },
): Promise<void> {
  const token = anonymousToken(web, req, res);
  const { technicians } = await web.desk.directory.current();
  await sendPage(
    web,
    res,
    null,
    "sign-in",
    { title: "Sign in", status },
    {
      ...typed,
      token,
      nobody: !technicians.some((one) => one.active),
      captures: Boolean(web.capture),
    },
  );
}

async function mailLink(web: Web, req: Request, res: Response): Promise<void> {
  checkAnonymousForm(web, req);
  const address = field(req, "address").trim();
  if (!/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(address)) {
    const problem = "Enter a mail address, such as dana@msp.example.";
    return sendForm(web, req, res, 422, { address, problem });
  }
  web.inBackground(mailSignInLink(web.desk, address));
  const words = { title: "Look into your mailbox" };
  await sendPage(web, res, null, "sign-in-sent", words, { address, minutes: LINK_MINUTES });
}

/** Mail scanners open links: opening one looks nothing up and uses nothing up. The button does. */
async function showButton(web: Web, req: Request, res: Response, next: NextFunction): Promise<void> {
  const secret = String(req.params["secret"]);
  if (!SECRET.test(secret)) return next();
  const token = anonymousToken(web, req, res);
  await sendPage(
    web,
    res,
    null,
    "sign-in-link",
    { title: "Sign in" },
    { token, action: `/sign-in/${secret}` },
  );
}

async function useLink(web: Web, req: Request, res: Response, next: NextFunction): Promise<void> {
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
}

async function leave(web: Web, req: Request, res: Response): Promise<void> {
  checkOrigin(web, req);
  const visitor = await visitorOf(web, req);
  if (visitor !== null && isOwnForm(visitor, req)) {
    await signOut(web.desk, visitor.sessionSecret);
    clearSession(web, res);
  }
  res.redirect(303, "/sign-in");
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
