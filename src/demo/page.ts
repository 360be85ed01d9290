import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import express, { type Express, type Request, type Response } from "express";
import helmet from "helmet";
import { PermanentError, reasonOf } from "../errors.ts";
import { person } from "../desk/event.ts";
import { transact } from "../steps/unit.ts";
import { createLoginLink } from "../store/access.ts";
import { guideView } from "./guide.ts";
import { MAIL_FRAME_POLICY, mailDocument } from "./mail-html.ts";
import { liveView, paneView } from "./pane-view.ts";
import { ownerOf, pathTo, placeIn, showing, shownOn, type Place, type Side } from "./place.ts";
import type { Stage } from "./stage.ts";
import { boardSum, ticketBoard } from "./ticket-board.ts";

export interface DemoPage {
  readonly url: string;
  close(): Promise<void>;
}

const LINK_MINUTES = 15;
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
  mountPages(app, stage);
  const server = app.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new PermanentError("the demo's page has no port");
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
        // htmx adds a style of its own for its indicator.
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

function mountPages(app: Express, stage: Stage): void {
  const { mailboxes } = stage;
  const fallback = { client: stage.players.find((one) => one.side === "client")?.address ?? "", technician: stage.players.find((one) => one.side === "technician")?.address ?? "" };
  const placeOf = (request: Request): Place => placeIn(request.query, fallback);
  const render = async (name: string, view: object): Promise<string> => (await stage.desk.directory.current()).templates.render(`demo/${name}`, view);

  app.get("/", async (request, response) => {
    const place = placeOf(request);
    markShown(stage, place);
    const fresh = Object.keys(request.query).length === 0;
    response.type("html").send(
      await render("page", {
        address: stage.desk.settings.address,
        holdSeconds: stage.holdSeconds,
        digestSeconds: stage.digestSeconds,
        guide: guideView(stage, place, fresh),
        part: place.part,
        parts: (["client", "desk", "technician"] as const).map((part) => ({ label: PART_LABELS[part], href: pathTo(place, { part }), current: place.part === part })),
        notice: noticeIn(request),
        panes: { client: paneView(stage, place, "client"), technician: paneView(stage, place, "technician") },
        board: await boardView(stage, place),
        consoleAction: stage.consoleUrl === null ? null : pathTo(place, {}, "/console"),
        technicianName: firstNameOf(stage, place.technician),
      }),
    );
  });

  app.get("/live", async (request, response) => {
    const place = placeOf(request);
    const part = place.part;
    if (part === "desk") response.type("html").send(await render("board", await boardView(stage, place)));
    else response.type("html").send(await render("live", liveView(stage, place, part, shownOn(place, part))));
  });

  app.get("/mail/:id", (request, response) => {
    const mail = mailboxes.get(Number(request.params.id));
    const place = placeOf(request);
    const side: Side = place.part === "client" ? "client" : "technician";
    if (mail === null || mail.letter.html === null) {
      response.status(404).type("text/plain").send("There is no such mail.\n");
      return;
    }
    const compose = (to: string, subject: string, body: string): string => pathTo(place, showing(side, { kind: "button", to, subject, body }));
    response.setHeader("Content-Security-Policy", MAIL_FRAME_POLICY);
    response.type("html").send(mailDocument(mail.letter.html, { compose, consoleUrl: stage.consoleUrl }));
  });

  app.post("/send", async (request, response) => {
    const place = placeOf(request);
    const side: Side = place.part === "client" ? "client" : "technician";
    const failure = await send(stage, ownerOf(place, side), request.body as Readonly<Record<string, unknown>>);
    const back = pathTo(place, showing(side, { kind: "inbox" }));
    response.redirect(303, `${back}&${failure === null ? `sent=${side}` : `failed=${encodeURIComponent(failure)}`}`);
  });

  app.post("/console", async (request, response) => {
    const technicianId = (await stage.desk.directory.current()).technicians.find((one) => one.email === placeOf(request).technician)?.id;
    if (stage.consoleUrl === null || technicianId === undefined) {
      response.redirect(303, "/");
      return;
    }
    const secret = await transact(stage.desk, "login-link", async (unit) => {
      unit.record({ stream: "desk", actor: person("the demo’s page"), kind: "login-link.created", sentence: "A sign-in link was made for the demo.", evidence: { technicianId } });
      return createLoginLink(unit.db, technicianId, new Date(unit.at.getTime() + LINK_MINUTES * 60_000).toISOString());
    });
    response.redirect(303, `${stage.consoleUrl}/sign-in/${secret}`);
  });
}

const PART_LABELS = { client: "Client", desk: "Desk", technician: "Technician" } as const;

/** Opening a mail reads it, as in any mail program. */
function markShown(stage: Stage, place: Place): void {
  for (const side of ["client", "technician"] as const) {
    const shown = shownOn(place, side);
    if ("mailId" in shown && stage.mailboxes.get(shown.mailId)?.owner === ownerOf(place, side).toLowerCase()) stage.mailboxes.markRead(shown.mailId);
  }
}

function noticeIn(request: Request): { readonly text: string; readonly failed: boolean } | null {
  const { sent, failed } = request.query;
  if (typeof failed === "string") return { text: `The mail was not taken: ${failed.slice(0, 300)}`, failed: true };
  if (sent === "client") return { text: "Sent. The desk reads it now; watch the tickets.", failed: false };
  if (sent === "technician") return { text: "Sent. The desk’s answer arrives in a second; watch the tickets.", failed: false };
  return null;
}

async function boardView(stage: Stage, place: Place): Promise<object> {
  const rows = await ticketBoard(stage.desk);
  return {
    refresh: pathTo(place, { part: "desk" }, "/live"),
    empty: rows.length === 0,
    sum: boardSum(rows),
    tickets: rows.map((row) => ({ ...row, href: stage.consoleUrl === null ? null : `${stage.consoleUrl}/tickets/${row.number}` })),
  };
}

function firstNameOf(stage: Stage, address: string): string {
  return stage.players.find((one) => one.address === address)?.name.split(" ")[0] ?? "a technician";
}

/** Answers what went wrong, or `null`. */
async function send(stage: Stage, owner: string, form: Readonly<Record<string, unknown>>): Promise<string | null> {
  const text = (name: string): string => (typeof form[name] === "string" ? form[name] : "");
  const player = stage.players.find((one) => one.address === owner);
  if (player === undefined) return `${owner} is nobody here`;
  if (text("to").trim() === "") return "it has no recipient";
  const answered = stage.mailboxes.get(Number(text("answers")));
  const letter = answered?.owner === owner.toLowerCase() ? answered.letter : null;
  try {
    await stage.post.send({
      from: { name: player.name, address: player.address },
      to: text("to"), subject: text("subject"), text: text("text"),
      inReplyTo: letter?.messageId || null,
      references: letter === null ? [] : [...letter.references, letter.messageId].filter((id) => id !== ""),
    });
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}
