import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import express, { type Express, type Request, type Response } from "express";
import helmet from "helmet";
import { PermanentError } from "../errors.ts";
import { MAIL_FRAME_POLICY, mailDocument } from "../mail-program/letter-html.ts";
import { openConsole, sendMail } from "./page-actions.ts";
import { boardView, pageView } from "./page-view.ts";
import { liveView } from "./pane-view.ts";
import { ownerOf, pathTo, placeIn, showing, shownOn, type Place, type Side } from "./place.ts";
import type { Stage } from "./stage.ts";

interface DemoPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Whose mailbox a request is about. */
const sideOf = (place: Place): Side => (place.part === "client" ? "client" : "technician");
const asset = (name: string): string => fileURLToPath(new URL(`assets/${name}`, import.meta.url));

/** The page to play both sides. It listens on this machine alone and answers to no other name. */
export async function startDemoPage(stage: Stage, options: { readonly port: number }): Promise<DemoPage> {
  const htmx = await readFile(createRequire(import.meta.url).resolve("htmx.org/dist/htmx.min.js"), "utf8");
  const app = express();
  app.disable("x-powered-by");
  app.use(ownNameOnly);
  app.use(headers(stage.consoleUrl));
  app.use(express.urlencoded({ extended: false, limit: "1mb" }));
  app.get("/assets/htmx.js", (_request, response) => void response.type("text/javascript").send(htmx));
  app.get("/assets/demo.css", (_request, response) => response.sendFile(asset("demo.css")));
  app.get("/assets/demo.js", (_request, response) => response.sendFile(asset("demo.js")));
  // The console shows mails in the same frames.
  app.get("/assets/frames.js", (_request, response) =>
    response.sendFile(asset("../../web/assets/frames.js")),
  );
  mount(app, stage);
  const server = app.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new PermanentError("the demo's page has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Another site's page must not send mail here, nor read it by a name that it points at this machine. */
function ownNameOnly(request: Request, response: Response, next: () => void): void {
  const host = request.headers.host?.replace(/:\d+$/, "");
  const site = request.headers["sec-fetch-site"];
  const foreign = request.method !== "GET" && site !== undefined && site !== "same-origin" && site !== "none";
  if ((host === "127.0.0.1" || host === "localhost") && !foreign) next();
  else response.status(403).type("text/plain").send("The demo answers to its own address alone.\n");
}

function headers(consoleUrl: string | null): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        // htmx adds a style of its own for its indicator; the height of a mail's frame is another.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": consoleUrl === null ? ["'self'"] : ["'self'", consoleUrl],
        "frame-ancestors": ["'self'"],
        "base-uri": ["'none'"],
      },
    },
    strictTransportSecurity: false,
    xFrameOptions: { action: "sameorigin" },
  });
}

function mount(app: Express, stage: Stage): void {
  const first = (side: Side): string => stage.players.find((one) => one.side === side)?.address ?? "";
  const fallback = { client: first("client"), technician: first("technician") };
  const placeOf = (request: Request): Place => placeIn(request.query, fallback);

  async function show(response: Response, template: string, view: object): Promise<void> {
    const { templates } = await stage.desk.directory.current();
    response.type("html").send(templates.render(`demo/${template}`, view));
  }
  async function page(request: Request, response: Response): Promise<void> {
    const place = placeOf(request);
    markShown(stage, place);
    const isFirstLook = Object.keys(request.query).length === 0;
    await show(response, "page", await pageView(stage, place, { isFirstLook, notice: noticeIn(request) }));
  }
  async function live(request: Request, response: Response): Promise<void> {
    const place = placeOf(request);
    if (place.part === "desk") await show(response, "board", await boardView(stage, place));
    else await show(response, "live", liveView(stage, place, place.part, shownOn(place, place.part)));
  }
  function mail(request: Request, response: Response): void {
    const html = stage.mailboxes.get(Number(request.params["id"]))?.letter.html ?? null;
    if (html === null) {
      response.status(404).type("text/plain").send("There is no such mail.\n");
      return;
    }
    const place = placeOf(request);
    const compose = (to: string, subject: string, body: string): string =>
      pathTo(place, showing(sideOf(place), { kind: "button", to, subject, body }));
    response.setHeader("Content-Security-Policy", MAIL_FRAME_POLICY);
    response.type("html").send(mailDocument(html, { compose, consoleUrl: stage.consoleUrl }));
  }
  async function send(request: Request, response: Response): Promise<void> {
    const place = placeOf(request);
    const side = sideOf(place);
    const failure = await sendMail(
      stage,
      ownerOf(place, side),
      request.body as Readonly<Record<string, unknown>>,
    );
    const back = pathTo(place, showing(side, { kind: "inbox" }));
    const notice = failure === null ? `sent=${side}` : `failed=${encodeURIComponent(failure)}`;
    response.redirect(303, `${back}&${notice}`);
  }
  async function console(request: Request, response: Response): Promise<void> {
    response.redirect(303, (await openConsole(stage, placeOf(request).technician)) ?? "/");
  }

  app.get("/", (request, response) => page(request, response));
  app.get("/live", (request, response) => live(request, response));
  app.get("/mail/:id", mail);
  app.post("/send", (request, response) => send(request, response));
  app.post("/console", (request, response) => console(request, response));
}

/** Opening a mail reads it, as in any mail program. */
function markShown(stage: Stage, place: Place): void {
  for (const side of ["client", "technician"] as const) {
    const shown = shownOn(place, side);
    if (!("mailId" in shown)) continue;
    const isOwn = stage.mailboxes.get(shown.mailId)?.owner === ownerOf(place, side).toLowerCase();
    if (isOwn) stage.mailboxes.markRead(shown.mailId);
  }
}

function noticeIn(request: Request): { readonly text: string; readonly failed: boolean } | null {
  const { sent, failed } = request.query;
  if (typeof failed === "string")
    return { text: `The mail was not taken: ${failed.slice(0, 300)}`, failed: true };
  if (sent === "client") return { text: "Sent. The desk reads it now; watch its tickets.", failed: false };
  if (sent === "technician") {
    return { text: "Sent. The desk’s answer arrives in a second; watch its tickets.", failed: false };
  }
  return null;
}
