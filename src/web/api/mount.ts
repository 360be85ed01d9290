import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { rateLimit } from "express-rate-limit";
import { apiTokenRole, type ApiRole } from "../../store/access.ts";
import type { Web } from "../context.ts";
import { HttpProblem, problemOf, sendProblem } from "../problem.ts";
import { documentRoutes } from "./document-routes.ts";
import { insightRoutes } from "./insight-routes.ts";
import { mailRoutes } from "./mail-routes.ts";
import { openApiDocument } from "./openapi.ts";
import { route, type ApiRoute, type Caller } from "./route.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { ticketRoutes } from "./ticket-routes.ts";

/** `POST reviews/{id}/decisions` is left out until a decision from here can carry a proof of its own. */
const ROUTES: readonly ApiRoute[] = [
  ...ticketRoutes,
  ...deliveryRoutes,
  ...mailRoutes,
  ...documentRoutes,
  ...insightRoutes,
];

const RANK: Readonly<Record<ApiRole, number>> = { viewer: 0, technician: 1, admin: 2 };
const MAX_BODY = "256kb";

/** Everything below `/api/v1`. */
export function apiRouter(web: Web): Router {
  const router = express.Router({ caseSensitive: true });
  const described = [...ROUTES];
  const openapi = route({
    path: "/openapi.json",
    name: "getOpenApi",
    summary: "This document",
    description: "Needs no token.",
    answer: "application/json",
    handle: () => Promise.resolve(document),
  });
  described.push(openapi);
  const document = openApiDocument(described, web.version);

  router.use(
    rateLimit({
      windowMs: 60_000,
      limit: 1200,
      standardHeaders: "draft-8",
      legacyHeaders: false,
      handler: (_req, res) =>
        sendProblem(res, new HttpProblem("too-many-requests", "Wait a minute and try again.")),
    }),
  );
  router.use((_req, res, next) => {
    res.setHeader("Cache-Control", "no-store");
    next();
  });
  router.get("/openapi.json", (_req, res) => void res.json(document));
  router.use(failuresLimit());
  router.use((req, res, next) => authenticate(web, req, res, next));
  for (const path of new Set(ROUTES.map((one) => one.path)))
    mountPath(
      web,
      router,
      path,
      ROUTES.filter((one) => one.path === path),
    );
  router.all("/openapi.json", (_req, res) => refuseMethod(res, ["GET"]));
  router.use((req) => {
    throw new HttpProblem(
      "not-found",
      `There is nothing at ${req.path.slice(0, 100)}. /api/v1/openapi.json lists what there is.`,
    );
  });
  router.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const { problem, unexpected } = problemOf(error);
    if (unexpected) web.log.error({ error, path: req.path }, "a request of the API failed");
    sendProblem(res, problem);
  });
  return router;
}

/** Guessing a token is made slow; a working caller never meets this. */
function failuresLimit() {
  return rateLimit({
    windowMs: 60_000,
    limit: 60,
    standardHeaders: false,
    legacyHeaders: false,
    requestWasSuccessful: (_req, res) => res.statusCode !== 401,
    skipSuccessfulRequests: true,
    handler: (_req, res) =>
      sendProblem(
        res,
        new HttpProblem("too-many-requests", "Too many tries with a wrong token. Wait a minute."),
      ),
  });
}

function mountPath(web: Web, router: Router, path: string, routes: readonly ApiRoute[]): void {
  router.all(expressPath(path), express.json({ limit: MAX_BODY, strict: true }), (req, res) =>
    dispatch(web, routes, req, res),
  );
}

async function dispatch(web: Web, routes: readonly ApiRoute[], req: Request, res: Response): Promise<void> {
  const method = req.method === "HEAD" ? "get" : req.method.toLowerCase();
  const found = routes.find((one) => one.method === method);
  if (found !== undefined) return answer(web, found, req, res);
  const methods = routes.flatMap((one) =>
    one.method === "get" ? ["GET", "HEAD"] : [one.method.toUpperCase()],
  );
  refuseMethod(res, methods);
}

async function authenticate(web: Web, req: Request, res: Response, next: NextFunction): Promise<void> {
  res.locals["caller"] = await callerOf(web, req);
  next();
}

async function answer(web: Web, found: ApiRoute, req: Request, res: Response): Promise<void> {
  const caller = res.locals["caller"] as Caller;
  if (RANK[caller.role] < RANK[found.role])
    throw new HttpProblem(
      "forbidden",
      `This needs a token with the role ${found.role}; yours is ${caller.role}.`,
    );
  const type = typeof found.answer === "string" ? found.answer : "application/json";
  if (req.accepts(type) === false) throw new HttpProblem("not-acceptable", `The answer is ${type}.`);
  if (found.body !== null && !req.is("application/json"))
    throw new HttpProblem("unsupported-media-type", "Send the body as application/json.");
  const result = await found.handle({
    web,
    caller,
    query: { ...req.query },
    params: paramsOf(req),
    body: req.body as unknown,
    req,
    res,
  });
  if (result !== undefined) res.status(200).json(result);
}

async function callerOf(web: Web, req: Request): Promise<Caller> {
  const match = /^Bearer +([A-Za-z0-9_-]{8,200})$/i.exec(req.get("authorization") ?? "");
  const found = match?.[1] === undefined ? null : await apiTokenRole(web.desk.database.reader, match[1]);
  if (found === null)
    throw new HttpProblem(
      "unauthorized",
      "Send “Authorization: Bearer TOKEN”. “countersign token create --name N --role viewer” makes one.",
    );
  return found;
}

function refuseMethod(res: Response, methods: readonly string[]): void {
  res.setHeader("Allow", methods.join(", "));
  sendProblem(res, new HttpProblem("method-not-allowed", `This path takes ${methods.join(" and ")}.`));
}

/** `/templates/{name}` takes slashes: its names have them. */
function expressPath(path: string): string {
  return path.replace("/templates/{name}", "/templates/*name").replaceAll(/\{(\w+)\}/g, ":$1");
}

function paramsOf(req: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(req.params as Record<string, string | string[]>).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join("/") : value,
    ]),
  );
}
