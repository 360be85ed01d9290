import express, { type Express, type Request, type Response } from "express";
import { person } from "../../desk/event.ts";
import { written, type Correspondent } from "../../mail-program/letter.ts";
import { MAIL_FRAME_POLICY, mailDocument } from "../../mail-program/letter-html.ts";
import { replyTo } from "../../mail-program/reply.ts";
import { recipientsOf, toMime, type Writing } from "../../mail-program/writing.ts";
import { transact } from "../../steps/unit.ts";
import {
  BOXES,
  capturedMail,
  checkMayRead,
  countCaptured,
  listCaptured,
  whyNoAnswer,
  type Box,
  type CapturedMail,
} from "../captured.ts";
import type { Web } from "../context.ts";
import { pageOf, readCursor } from "../paging.ts";
import { HttpProblem } from "../problem.ts";
import { checkOrigin, field, isOwnForm, visitorOf, type Visitor } from "../session.ts";
import { sendPage, signedIn } from "./page.ts";
import { text } from "./ticket-list.ts";
import { moments } from "./words.ts";

const PER_PAGE = 50;
const BOX_LABELS: Readonly<Record<Box, string>> = { technicians: "To technicians", clients: "To clients" };
/** A reply with the mail that it answers quoted below: a digest has up to 90 KB, and in a form each byte may take three. */
const form = express.urlencoded({ extended: false, limit: "512kb", parameterLimit: 20 });

/** Pages of a desk that sends nothing: what would have left, and a mail program to answer it with. */
export function mountCaptured(web: Web, app: Express): void {
  const page = (
    path: string,
    show: (req: Request, res: Response, visitor: Visitor) => void | Promise<void>,
  ): void => {
    app.get(
      path,
      signedIn(web, async (req, res, visitor) => {
        checkMayRead(web, visitor);
        await show(req, res, visitor);
      }),
    );
  };
  page("/captured", (_req, res) => res.redirect(303, "/captured/technicians"));
  page("/captured/write", (_req, res, visitor) => sendWritePage(web, res, visitor, {}));
  page("/captured/:box", (req, res, visitor) => showBox(web, req, res, visitor));
  page("/captured/:box/:id", (req, res, visitor) => showMail(web, req, res, visitor));
  page("/captured/:box/:id/html", (req, res) => sendFrame(web, req, res));
  page("/captured/:box/:id/raw", async (req, res) => {
    const mail = await mailOf(web, req);
    res.setHeader("Content-Type", "message/rfc822");
    res.setHeader("Content-Disposition", `attachment; filename="captured-${mail.box}-${mail.id}.eml"`);
    res.setHeader("Cache-Control", "no-store");
    res.end(mail.bytes);
  });
  app.post("/captured/write", form, (req, res) => writeAsClient(web, req, res));
  app.post("/captured/:box/:id", form, (req, res) => answer(web, req, res));
}

async function showBox(web: Web, req: Request, res: Response, visitor: Visitor): Promise<void> {
  const box = boxOf(req);
  const list = `captured${box}`;
  const cursor = text(req, "cursor");
  const before = readCursor(list, cursor === "" ? undefined : cursor);
  const [rows, counts] = await Promise.all([
    listCaptured(web, box, { ...(before === undefined ? {} : { before }), limit: PER_PAGE + 1 }),
    countCaptured(web),
  ]);
  const { items, next } = pageOf(list, rows, PER_PAGE, (mail) => mail.id);
  const at = moments(web);
  await sendPage(
    web,
    res,
    visitor,
    "captured",
    { title: "Captured mail", section: "captured" },
    {
      tabs: BOXES.map((one) => ({
        label: BOX_LABELS[one],
        count: counts[one],
        href: `/captured/${one}`,
        current: one === box,
      })),
      mails: items.map((mail) => ({ ...mail, href: `/captured/${box}/${mail.id}`, at: at(mail.at) })),
      older: next === null ? null : `/captured/${box}?cursor=${next}`,
      toClients: box === "clients",
      mayWrite: whyNoAnswer(web) === null,
      address: web.desk.settings.address,
    },
  );
}

async function showMail(web: Web, req: Request, res: Response, visitor: Visitor): Promise<void> {
  const mail = await mailOf(web, req);
  await sendMailPage(web, res, visitor, mail, {
    typed: null,
    start: text(req, "start"),
    asText: text(req, "as") === "text",
    sent: text(req, "sent") === "1",
  });
}

interface Shown {
  /** What a person wrote and must not lose; `null` for a fresh page. */
  readonly typed: string | null;
  /** What a button of the mail puts first: `approve 1`, or a draft between its marker lines. */
  readonly start?: string;
  readonly asText?: boolean;
  readonly sent?: boolean;
  readonly status?: number;
  readonly problem?: string;
}

async function sendMailPage(
  web: Web,
  res: Response,
  visitor: Visitor,
  mail: CapturedMail,
  shown: Shown,
): Promise<void> {
  const { letter } = mail;
  const [self] = mail.recipients;
  const path = pathOf(mail);
  const asText = letter.html === null || shown.asText === true;
  const refusal = whyNoAnswer(web);
  const reply = self === undefined ? null : replyTo(letter, self, shown.start ?? "");
  await sendPage(
    web,
    res,
    visitor,
    "captured-mail",
    {
      title: letter.subject,
      section: "captured",
      frames: !asText,
      ...(shown.status === undefined ? {} : { status: shown.status }),
    },
    {
      back: `/captured/${mail.box}`,
      boxLabel: BOX_LABELS[mail.box],
      kind: mail.kind,
      subject: letter.subject,
      facts: [
        { label: "From", text: written(letter.from) },
        { label: "Would go to", text: mail.recipients.map(written).join(", ") },
        ...(letter.replyTo === null ? [] : [{ label: "Answers go to", text: letter.replyTo.address }]),
      ],
      at: moments(web)(mail.at),
      ticket: mail.ticketNumber,
      raw: `${path}/raw`,
      frame: asText ? null : `${path}/html`,
      words: asText ? letter.text : null,
      other:
        letter.html === null
          ? null
          : asText
            ? { href: path, label: "As HTML" }
            : { href: `${path}?as=text`, label: "As plain text" },
      sent: shown.sent ?? false,
      technician: mail.box === "technicians",
      asks: mail.box === "technicians" && letter.text.includes("[[ draft"),
      problem: shown.problem ?? null,
      refusal,
      reply:
        reply === null || refusal !== null
          ? null
          : {
              action: path,
              name: self?.name || self?.address,
              to: reply.to,
              text: shown.typed ?? reply.text,
              ready: shown.start !== undefined && shown.start !== "",
            },
    },
  );
}

/** The HTML part for its frame: sanitised, in a sandbox of its own, and it loads nothing. */
async function sendFrame(web: Web, req: Request, res: Response): Promise<void> {
  const mail = await mailOf(web, req);
  if (mail.letter.html === null) throw new HttpProblem("not-found", "This mail has no HTML part.");
  const compose = (_to: string, _subject: string, body: string): string =>
    `${pathOf(mail)}?start=${encodeURIComponent(body)}#reply`;
  res.setHeader("Content-Security-Policy", MAIL_FRAME_POLICY);
  res.setHeader("X-Frame-Options", "SAMEORIGIN");
  res.setHeader("Cache-Control", "no-store");
  res.type("html").send(mailDocument(mail.letter.html, { compose, consoleUrl: web.url }));
}

/** What a technician or a client writes back, handed to the desk as their mail program would hand it over. */
async function answer(web: Web, req: Request, res: Response): Promise<void> {
  const visitor = await whoWrites(web, req, res);
  if (visitor === null) return;
  const mail = await mailOf(web, req);
  const typed = field(req, "text");
  const [self] = mail.recipients;
  const keep = (status: number, problem: string): Promise<void> =>
    sendMailPage(web, res, visitor, mail, { typed, status, problem });
  if (!isOwnForm(visitor, req))
    return keep(403, "You signed in again since this page was opened. Look once more, then send it.");
  if (self === undefined) return keep(422, "Its recipient is no longer known here. Nothing was sent.");
  const reply = { ...replyTo(mail.letter, self, ""), text: typed };
  const problem = await post(web, visitor, reply);
  if (problem !== null) return keep(422, problem);
  res.redirect(303, `${pathOf(mail)}?sent=1`);
}

async function writeAsClient(web: Web, req: Request, res: Response): Promise<void> {
  const visitor = await whoWrites(web, req, res);
  if (visitor === null) return;
  const typed = {
    from: field(req, "from").trim(),
    subject: field(req, "subject").trim(),
    text: field(req, "text"),
  };
  const keep = (status: number, problem: string): Promise<void> =>
    sendWritePage(web, res, visitor, { ...typed, status, problem });
  if (!isOwnForm(visitor, req))
    return keep(403, "You signed in again since this page was opened. Look once more, then send it.");
  const from = correspondentIn(typed.from);
  if (from === null)
    return keep(422, "From is not a mail address. Write one, such as Ana Ruiz <ana@contoso.example>.");
  const problem = await post(web, visitor, {
    from,
    to: web.desk.settings.address,
    subject: typed.subject,
    text: typed.text,
    inReplyTo: null,
    references: [],
  });
  if (problem !== null) return keep(422, problem);
  await sendWritePage(web, res, visitor, { sent: true });
}

/** `null` when the answer is given already: somebody who is not signed in. */
async function whoWrites(web: Web, req: Request, res: Response): Promise<Visitor | null> {
  checkOrigin(web, req);
  const visitor = await visitorOf(web, req);
  if (visitor === null) {
    res.redirect(303, "/sign-in");
    return null;
  }
  checkMayRead(web, visitor);
  return visitor;
}

/** Answers what went wrong, as a sentence, or `null`. Who wrote in whose name is kept in the audit log. */
async function post(web: Web, visitor: Visitor, writing: Writing): Promise<string | null> {
  const { desk } = web;
  const refusal = whyNoAnswer(web);
  if (refusal !== null || !web.capture?.post) return refusal ?? "Nothing was sent.";
  const mime = await toMime(writing, desk.clock(), desk.random(12).toString("hex"));
  const problem = await web.capture.post({ from: writing.from.address, to: recipientsOf(writing.to), mime });
  if (problem !== null) return `The desk’s intake did not take it: ${problem}. Nothing was sent.`;
  const { email } = visitor.technician;
  await transact(desk, "captured-mail", async (unit) =>
    unit.record({
      stream: "desk",
      actor: person(email),
      kind: "trial.mail-written",
      sentence: `${email} wrote a mail to this trial desk as ${writing.from.address}.`,
      evidence: { from: writing.from.address, subject: writing.subject },
    }),
  );
  return null;
}

interface WriteShown {
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly status?: number;
  readonly problem?: string;
  readonly sent?: boolean;
}

async function sendWritePage(web: Web, res: Response, visitor: Visitor, shown: WriteShown): Promise<void> {
  await sendPage(
    web,
    res,
    visitor,
    "captured-write",
    {
      title: "Write as a client",
      section: "captured",
      ...(shown.status === undefined ? {} : { status: shown.status }),
    },
    {
      address: web.desk.settings.address,
      from: shown.from ?? "",
      subject: shown.subject ?? "",
      text: shown.text ?? "",
      problem: shown.problem ?? null,
      sent: shown.sent ?? false,
      refusal: whyNoAnswer(web),
    },
  );
}

/** `Ana Ruiz <ana@contoso.example>` or the address alone. */
function correspondentIn(typed: string): Correspondent | null {
  const open = typed.indexOf("<");
  const address = (open === -1 ? typed : typed.slice(open + 1).replace(/>\s*$/, "")).trim();
  const name = open === -1 ? "" : typed.slice(0, open).replaceAll('"', "").trim();
  return /^[^\s@<>",]{1,64}@[^\s@<>",]{1,189}$/.test(address) ? { name, address } : null;
}

function mailOf(web: Web, req: Request): Promise<CapturedMail> {
  const id = String(req.params["id"]);
  return capturedMail(web, boxOf(req), /^\d{1,9}$/.test(id) ? Number(id) : 0);
}

function boxOf(req: Request): Box {
  const box = BOXES.find((one) => one === req.params["box"]);
  if (box === undefined) throw new HttpProblem("not-found", "There is no page at this address.");
  return box;
}

const pathOf = (mail: CapturedMail): string => `/captured/${mail.box}/${mail.id}`;
