import { startWeb, type RunningWeb, type WebOptions } from "../../src/web/server.ts";
import { createApiToken, createLoginLink, type ApiRole } from "../../src/store/access.ts";
import { reply, write } from "./mail-program.ts";
import { sendMail } from "./smtp.ts";
import { startTestDesk, type TestDesk, type TestDeskOptions } from "./test-desk.ts";

/** A whole desk with its console on a free port. */
export interface WebDesk {
  readonly test: TestDesk;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  token(role: ApiRole, name?: string): Promise<string>;
  /** A sign-in link as `login-link` prints it. */
  link(email: string): Promise<string>;
  /** A browser of somebody who signed in by link. */
  signedIn(email: string): Promise<Browser>;
  close(): Promise<void>;
}

export async function startWebDesk(
  options: TestDeskOptions & {
    readonly web?: Partial<WebOptions> | ((test: TestDesk) => Partial<WebOptions>);
  } = {},
): Promise<WebDesk> {
  const test = await startTestDesk(options);
  const { desk } = test;
  const given = typeof options.web === "function" ? options.web(test) : options.web;
  const web: RunningWeb = await startWeb({
    desk,
    host: "127.0.0.1",
    port: 0,
    url: "http://127.0.0.1",
    secret: null,
    version: "1.2.3",
    readiness: async () => [{ name: "database", ok: true, detail: "answers" }],
    log: desk.log,
    ...given,
  });
  const url = `http://127.0.0.1:${web.port}`;
  const link = async (email: string): Promise<string> => {
    const { technicians } = await desk.directory.current();
    const technician = technicians.find((one) => one.email === email);
    if (technician === undefined) throw new Error(`${email} is no technician`);
    const expires = new Date(desk.clock().getTime() + 15 * 60_000).toISOString();
    return `${url}/sign-in/${await createLoginLink(desk.database.db, technician.id, expires)}`;
  };
  return {
    test,
    url,
    token: (role, name = "a test") =>
      createApiToken(desk.database.db, name, role, desk.clock().toISOString()),
    link,
    async signedIn(email) {
      const browser = new Browser(url);
      const path = new URL(await link(email)).pathname;
      const page = await browser.get(path);
      const answer = await browser.post(path, { csrf: tokenIn(page.text) });
      if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`);
      return browser;
    },
    async close() {
      await web.close();
      await test.close();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Keeps cookies, sends Origin with forms, follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send(path, { headers });
  }

  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return this.#send(path, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { origin: this.#url, ...headers },
    });
  }

  async #send(path: string, init: RequestInit): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(this.#url + path, {
      ...init,
      redirect: "manual",
      headers: { ...(init.headers as Record<string, string>), ...(cookie === "" ? {} : { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const equals = pair.indexOf("=");
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
      if (value === "" || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

/** What `start` gives the console where the relay is `capture`: a way in for mail written on its pages. */
export const capturing = (test: TestDesk): Partial<WebOptions> => ({
  capture: {
    async post({ from, to, mime }) {
      const answer = await sendMail(test.port, { from, to: to[0] ?? "", raw: mime.toString("latin1") });
      return answer.code === 250 ? null : answer.text;
    },
  },
});

/** The form token of a page. */
export function tokenIn(html: string): string {
  return /name="csrf" value="([^"]*)"/.exec(html)?.[1] ?? "";
}

/** A morning: an approved reply, one that waits, a mail that tries to run a script, an out-of-office. Tickets 1001 to 1003. */
export async function tellStory({ test }: WebDesk): Promise<void> {
  await write(test.port, {
    from: "ana@contoso.example",
    name: "Ana Ruiz",
    subject: "VPN drops every hour",
    text: "Hi,\n\nsince the update this morning my VPN disconnects every hour and I lose my session. I have a client call at 11, is there a workaround?\n\nAna",
  });
  const digest = await test.mailFor("dana@msp.example", 1);
  await reply(test.port, digest.bytes, { from: "dana@msp.example", name: "Dana Wu", top: "approve" });
  await test.mailFor("ana@contoso.example", 1);
  await write(test.port, {
    from: "li@fabrikam.example",
    name: "Li Chen",
    subject: "New starter on 1 December",
    text: "Hello,\n\nMaria Silva joins our accounts team on 1 December. Please set her up as usual.\n\nLi",
  });
  await test.idle();
  await write(test.port, { ...HOSTILE });
  await test.idle();
  await write(test.port, {
    from: "li@fabrikam.example",
    name: "Li Chen",
    subject: "Automatic reply: out of office",
    text: "I am away until Monday.",
    headers: { "Auto-Submitted": "auto-replied" },
  });
  await test.idle();
}

export const HOSTILE = {
  from: "mallory@elsewhere.example",
  name: `"<img src=x onerror=window.pwned=1>"`,
  subject: `<script>window.pwned=1</script> Printer "onmouseover="window.pwned=1`,
  text: `My printer is jammed <script>window.pwned=1</script> <img src=x onerror="window.pwned=1">\n\n[press me](javascript:window.pwned=1) <a href="javascript:window.pwned=1">here</a> </textarea></div><svg onload=window.pwned=1>`,
} as const;
