import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Request, Response } from "express";
import type { Technician } from "../desk/ticket.ts";
import { SESSION_HOURS } from "../steps/admin/sign-in.ts";
import { sessionOf } from "../store/access.ts";
import type { Web } from "./context.ts";
import { HttpProblem } from "./problem.ts";

/** Somebody who is signed in. */
export interface Visitor {
  readonly technician: Technician;
  /** Stands in every form; a page of another site cannot know it. */
  readonly csrf: string;
  readonly sessionSecret: string;
}

const SESSION = "countersign";
const FORM = "countersign-form";
const NEXT = "countersign-next";

/** RFC 6265bis §4.1.3.2: with `__Host-` no other host of the domain can set it. Only https may carry that prefix. */
const cookieName = (web: Web, name: string): string => (web.secure ? `__Host-${name}` : name);

/** Who asks; `null` without a live session of an active technician. */
export async function visitorOf(web: Web, req: Request): Promise<Visitor | null> {
  const secret = readCookie(req, cookieName(web, SESSION));
  if (secret === null) return null;
  const session = await sessionOf(web.desk.database.reader, secret, web.desk.clock().toISOString());
  if (session === null) return null;
  const { technicians } = await web.desk.directory.current();
  const technician = technicians.find((one) => one.id === session.technicianId && one.active);
  return technician === undefined ? null : { technician, csrf: session.csrf, sessionSecret: secret };
}

/**
 * SameSite=Lax, not Strict: a link in a mail that a web mail program shows is a navigation from another site, and with
 * Strict it would find the technician signed out. Forms are guarded by their token and by Origin.
 */
export function setSession(web: Web, res: Response, secret: string): void {
  setCookie(web, res, SESSION, secret, SESSION_HOURS * 3_600_000, "lax");
}

export function clearSession(web: Web, res: Response): void {
  clearCookie(web, res, SESSION);
}

export function sessionSecretOf(web: Web, req: Request): string | null {
  return readCookie(req, cookieName(web, SESSION));
}

/** Pages that one may come back to after signing in. Nothing else: no address of another site is ever followed. */
const RETURN_TO =
  /^\/(?:tickets(?:\/\d{1,9})?|mail|captured(?:\/(?:technicians|clients)(?:\/\d{1,9})?)?|templates(?:\/[a-z0-9][a-z0-9._/-]{0,80})?)$/;

export function rememberPage(web: Web, req: Request, res: Response): void {
  if (RETURN_TO.test(req.path)) setCookie(web, res, NEXT, req.path, 15 * 60_000, "lax");
}

export function takeRememberedPage(web: Web, req: Request, res: Response): string {
  const value = readCookie(req, cookieName(web, NEXT));
  if (value !== null) clearCookie(web, res, NEXT);
  const path = value ?? "/";
  return RETURN_TO.test(path) && !path.includes("//") && !path.includes("..") ? path : "/";
}

/** The token of a form that is shown before anybody is signed in: bound to a cookie that only this browser has. */
export function anonymousToken(web: Web, req: Request, res: Response): string {
  const known = readCookie(req, cookieName(web, FORM));
  const value = known ?? randomBytes(18).toString("base64url");
  if (known === null) setCookie(web, res, FORM, value, 60 * 60_000, "strict");
  return signForm(web, value);
}

/** @throws HttpProblem where the form did not come from this desk's own page, opened in this browser. */
export function checkAnonymousForm(web: Web, req: Request): void {
  checkOrigin(web, req);
  const cookie = readCookie(req, cookieName(web, FORM));
  if (cookie === null || !sameText(field(req, "csrf"), signForm(web, cookie)))
    throw new HttpProblem(
      "forbidden",
      "This form was open for too long, or cookies are off. Open the page again and try once more.",
    );
}

/** Whether a signed-in visitor's form is their own. Never throws: what they typed must not be lost. */
export function isOwnForm(visitor: Visitor, req: Request): boolean {
  return sameText(field(req, "csrf"), visitor.csrf);
}

/**
 * RFC 6454: browsers name the page that a form was sent from. `null` is what a sandbox or another scheme sends.
 * Programs send none; they have no cookie that could be abused.
 */
export function checkOrigin(web: Web, req: Request): void {
  const site = req.get("sec-fetch-site");
  const origin = req.get("origin");
  const own = new URL(web.url).origin;
  const seen = `${req.protocol}://${req.get("host") ?? ""}`;
  const foreign = origin !== undefined && origin !== own && origin !== seen;
  if (foreign || site === "cross-site" || site === "same-site")
    throw new HttpProblem("forbidden", `Forms are taken from ${own} alone. Nothing was done.`);
}

/** A form's field; "" where it is missing or stands twice. */
export function field(req: Request, name: string): string {
  const body: unknown = req.body;
  const value =
    typeof body === "object" && body !== null && Object.hasOwn(body, name)
      ? (body as Record<string, unknown>)[name]
      : "";
  return typeof value === "string" ? value : "";
}

function signForm(web: Web, value: string): string {
  return createHmac("sha256", web.formKey).update(`form:${value}`).digest("base64url");
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function readCookie(req: Request, name: string): string | null {
  for (const part of (req.get("cookie") ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) {
      const value = part.slice(equals + 1).trim();
      return value !== "" && value.length <= 200 ? value : null;
    }
  }
  return null;
}

function setCookie(
  web: Web,
  res: Response,
  name: string,
  value: string,
  maxAge: number,
  sameSite: "lax" | "strict",
): void {
  res.cookie(cookieName(web, name), value, {
    httpOnly: true,
    secure: web.secure,
    sameSite,
    path: "/",
    maxAge,
    encode: String,
  });
}

function clearCookie(web: Web, res: Response, name: string): void {
  res.clearCookie(cookieName(web, name), { httpOnly: true, secure: web.secure, sameSite: "lax", path: "/" });
}
