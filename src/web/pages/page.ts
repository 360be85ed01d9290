import type { Request, RequestHandler, Response } from "express";
import { reasonOf } from "../../errors.ts";
import type { Web } from "../context.ts";
import { nonceOf } from "../security-headers.ts";
import { rememberPage, visitorOf, type Visitor } from "../session.ts";

export type Section = "tickets" | "mail" | "captured" | "templates" | "";

interface PageWords {
  readonly title: string;
  readonly section?: Section;
  readonly status?: number;
  /** Loads htmx: only where something on the page uses it. */
  readonly lively?: boolean;
  /** Lets the frames of mails grow to their height. */
  readonly frames?: boolean;
}

/** Render `templates/web/NAME` inside the layout. Every page is its owner's alone: nothing is kept by caches. */
export async function sendPage(
  web: Web,
  res: Response,
  visitor: Visitor | null,
  name: string,
  words: PageWords,
  variables: object,
): Promise<void> {
  const { templates } = await web.desk.directory.current();
  const section = words.section ?? "";
  const html = templates.render(`web/${name}`, {
    ...variables,
    page: {
      title: words.title,
      deskName: web.desk.settings.name,
      nonce: nonceOf(res),
      assets: web.assetVersion,
      version: web.version,
      lively: words.lively ?? false,
      frames: words.frames ?? false,
      csrf: visitor?.csrf ?? "",
      user: visitor === null ? null : { name: visitor.technician.name, role: visitor.technician.role },
      nav: NAVIGATION.filter((item) => item.section !== "captured" || showsCaptured(web, visitor)).map(
        (item) => ({
          ...item,
          current: item.section === section,
        }),
      ),
      notices: visitor === null ? [] : mailboxNotices(web),
    },
  });
  res
    .status(words.status ?? 200)
    .type("html")
    .setHeader("Cache-Control", "no-store")
    .send(html);
}

const NAVIGATION = [
  { section: "tickets", href: "/", label: "Tickets" },
  { section: "mail", href: "/mail", label: "Mail" },
  { section: "captured", href: "/captured/technicians", label: "Captured" },
  { section: "templates", href: "/templates", label: "Templates" },
] as const;

const showsCaptured = (web: Web, visitor: Visitor | null): boolean =>
  Boolean(web.capture) && visitor?.technician.role === "admin";

function mailboxNotices(web: Web): readonly string[] {
  return (web.mailboxStates?.() ?? [])
    .filter((mailbox) => mailbox.state !== "connected")
    .map(
      ({ account, state, detail }) =>
        `The mailbox ${account} cannot be read now (${state}${detail === "" ? "" : `: ${detail}`}). The desk tries again by itself.`,
    );
}

/** A page for people who are signed in; everybody else is shown the way in. */
export function signedIn(
  web: Web,
  show: (req: Request, res: Response, visitor: Visitor) => Promise<void>,
): RequestHandler {
  return async (req, res) => {
    const visitor = await visitorOf(web, req);
    if (visitor !== null) return show(req, res, visitor);
    rememberPage(web, req, res);
    res.redirect(303, "/sign-in");
  };
}

/** "404", "500" and refusals, in the same voice as the rest. Never a stack trace. */
export async function sendErrorPage(
  web: Web,
  req: Request,
  res: Response,
  error: {
    readonly status: number;
    readonly title: string;
    readonly detail: string;
    readonly visitor?: Visitor | null;
  },
): Promise<void> {
  try {
    const visitor = error.visitor === undefined ? await visitorOf(web, req) : error.visitor;
    await sendPage(
      web,
      res,
      visitor,
      "error",
      { title: error.title, status: error.status },
      { heading: error.title, detail: error.detail, signedIn: visitor !== null },
    );
  } catch (failure) {
    web.log.error({ error: failure }, `the error page itself failed: ${reasonOf(failure)}`);
    res.status(500).type("text/plain").send("Something failed here. The desk’s log says what.\n");
  }
}
