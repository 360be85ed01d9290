import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Browser, startWebDesk, tellStory, tokenIn, type WebDesk } from "../support/web-desk.ts";

let desk: WebDesk;
let admin: Browser;
let technician: Browser;
beforeAll(async () => {
  desk = await startWebDesk({
    web: {
      mailboxStates: () => [{ account: "support@mail.example", state: "failed", detail: "no such user" }],
    },
  });
  await tellStory(desk);
  admin = await desk.signedIn("alex@msp.example");
  technician = await desk.signedIn("dana@msp.example");
});
afterAll(() => desk?.close());

const links = (html: string): number => html.match(/\/mail\/\d+\/raw/g)?.length ?? 0;
const inForce = async () => (await desk.test.desk.directory.current()).templates.source("client/website");

describe("pages", () => {
  it.each(["/", "/tickets/1001", "/mail", "/mail/1/raw", "/templates", "/templates/client/vpn"])(
    "%s shows nothing to somebody who is not signed in",
    async (path) => {
      const answer = await new Browser(desk.url).get(path);
      expect(answer.status).toBe(303);
      expect(answer.headers.get("location")).toBe("/sign-in");
    },
  );

  it("tickets: what each waits for, counts, filters, a number", async () => {
    const { text } = await technician.get("/");
    expect(text).toContain("VPN drops every hour");
    expect(text).toContain("waits for the client");
    expect(text).toMatch(/waits for (Dana|Kim|Alex)’s word since/);
    expect(text).toContain("reviews wait for a person’s word");
    const pending = await technician.get("/?status=pending");
    expect(pending.text).toContain("VPN drops every hour");
    expect(pending.text).not.toContain("New starter");
    expect((await technician.get("/?q=starter")).text).not.toContain("VPN drops");
    expect((await technician.get("/?q=%231001")).text).toContain("VPN drops");
    expect((await technician.get("/?queue=Nowhere")).text).toContain("No ticket fits");
    expect((await technician.get("/?status=<script>")).status).toBe(200);
  });

  it("names a mailbox that cannot be read, on every page", async () => {
    expect((await technician.get("/mail")).text).toContain("support@mail.example cannot be read now");
  });

  it("a ticket tells who did what, why, and with which proof", async () => {
    const { text } = await technician.get("/tickets/1001");
    for (const words of [
      "Ana Ruiz wrote",
      "What the desk found",
      "Dana Wu is asked",
      "Dana Wu approved",
      "none asked for:",
      "the relay took it",
      "The reply left the desk",
      "Audit log",
    ])
      expect(text).toContain(words);
    expect(text).toMatch(/sure \d+ %/);
    expect((await technician.get("/tickets/4711")).status).toBe(404);
    expect((await technician.get("/tickets/x")).status).toBe(404);
  });

  it("mail: each message with its reason; review replies' bytes for admins alone", async () => {
    const mine = await technician.get("/mail");
    expect(mine.text).toContain("Automatic");
    expect(mine.text).toContain("Review reply");
    expect(links((await admin.get("/mail")).text)).toBe(5);
    expect(links(mine.text)).toBe(4);
    const reply = (await admin.get("/mail?disposition=review-reply")).text;
    const path = /\/mail\/\d+\/raw/.exec(reply)?.[0] ?? "";
    expect((await admin.get(path)).headers.get("content-type")).toBe("message/rfc822");
    expect((await technician.get(path)).status).toBe(403);
  });

  it("what a mail says is shown as text and nothing of it is markup", async () => {
    for (const path of ["/", "/mail", "/tickets/1003"]) {
      const { text } = await admin.get(path);
      expect(text).toContain("&lt;script&gt;window.pwned");
      expect(text).not.toContain("<script>window");
      expect(text).not.toContain("<img src=x");
      expect(text).not.toContain("<svg onload");
      expect(text).not.toMatch(/href="javascript:/i);
    }
  });

  it("404 and 500 speak plainly and show no stack", async () => {
    const missing = await technician.get("/no/such/page");
    expect(missing.status).toBe(404);
    expect(missing.text).toContain("There is nothing here");
    const spy = vi
      .spyOn(desk.test.desk.directory, "current")
      .mockRejectedValue(new Error("secret detail at /src/x.ts:1"));
    const broken = await technician.get("/");
    spy.mockRestore();
    expect(broken.status).toBe(500);
    expect(broken.text).not.toContain("secret detail");
  });
});

describe("headers", () => {
  it("let a page run nothing but our own file, in no frame, and are not kept", async () => {
    const one = await technician.get("/templates/client/vpn");
    const policy = one.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(nonce).not.toBe("");
    const other = await technician.get("/templates/client/vpn");
    expect(other.headers.get("content-security-policy")).not.toContain(nonce);
    expect(one.headers.get("x-content-type-options")).toBe("nosniff");
    expect(one.headers.get("cache-control")).toBe("no-store");
    expect(one.headers.get("x-powered-by")).toBeNull();
    const page = await admin.get("/templates/client/vpn");
    const scripts = page.text.match(/<script[^>]*>/g) ?? [];
    expect(scripts).toHaveLength(1);
    expect(scripts[0]).toContain("nonce=");
    expect(page.text).not.toMatch(/ on\w+=|style=/);
  });

  it("assets are kept for ever under an address that changes with them", async () => {
    const page = await technician.get("/");
    const css = /\/assets\/console\.css\?v=\w+/.exec(page.text)?.[0] ?? "";
    const answer = await new Browser(desk.url).get(css);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toContain("immutable");
  });
});

describe("templates", () => {
  const path = "/templates/client/printer";
  const good =
    "{{!-- title: Printer / language: en / for: printer --}}\nHi {{greetingName}},\n\nwe look at the printer.\n\n{{technicianName}}\n";

  it("are listed with who changed them; the desk's own are shown and not edited", async () => {
    const { text } = await admin.get("/templates");
    expect(text).toContain("client/printer");
    expect(text).toContain("Not edited here");
    const own = await admin.get("/templates/review/digest.txt");
    expect(own.text).toContain("is not edited here");
    const form = { csrf: tokenIn(own.text), act: "save", source: "x" };
    expect((await admin.post("/templates/review/digest.txt", form)).status).toBe(404);
  });

  it("preview on a real ticket, with and without htmx, saves nothing", async () => {
    const page = await admin.get(`${path}?ticket=1002`);
    expect(page.text).toContain("Filled with #1002");
    const fields = { csrf: tokenIn(page.text), act: "preview", ticket: "1002", source: good };
    const whole = await admin.post(path, fields);
    expect(whole.text).toContain("<p>we look at the printer.</p>");
    expect(whole.text).toContain("<p>Hi Li,</p>");
    expect(whole.text).toContain("Save as a new version");
    const part = await admin.post(path, fields, { "hx-request": "true" });
    expect(part.text).toContain("<p>Hi Li,</p>");
    expect(part.text).not.toContain("<html");
    expect((await admin.get("/templates")).text).not.toContain("version 1");
  });

  it("keeps the text and names line, column and variable when it cannot be saved", async () => {
    const page = await admin.get(path);
    const bad = "Hi {{greetngName}},\n\n<b>my hour's work</b>\n";
    const answer = await admin.post(path, {
      csrf: tokenIn(page.text),
      act: "save",
      basedOn: "0",
      source: bad,
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(
      "Line 1, column 6: unknown variable &quot;greetngName&quot;; did you mean &quot;greetingName&quot;?",
    );
    expect(answer.text).toContain("&lt;b&gt;my hour&#x27;s work&lt;/b&gt;");
    expect((await admin.get("/templates")).text).not.toContain("version 1 by");
  });

  it("saves versions with their author, shows what changed, goes back, and puts the default back", async () => {
    const csrf = tokenIn((await admin.get(path)).text);
    const saved = await admin.post(path, { csrf, act: "save", basedOn: "0", source: good });
    expect(saved.headers.get("location")).toBe(`${path}?saved=1`);
    const better = good.replace("we look at", "we repair");
    await admin.post(path, { csrf, act: "save", basedOn: "1", source: better.replaceAll("\n", "\r\n") });
    const page = await admin.get(path);
    expect(page.text).toContain("Version 2");
    expect(page.text).toContain("by alex@msp.example");
    expect(page.text).toMatch(/<del>look at<\/del>\s*<ins>repair|<ins>repair/);
    const { directory } = desk.test.desk;
    expect((await directory.current()).templates.source("client/printer")).toBe(better);
    await admin.post(path, { csrf, act: "go-back", version: "1" });
    expect((await directory.current()).templates.source("client/printer")).toBe(good);
    await admin.post(path, { csrf, act: "default" });
    expect((await directory.current()).templates.source("client/printer")).not.toContain(
      "we look at the printer",
    );
    expect((await admin.get(path)).text).toContain("the default again, ");
    const events = (await desk.test.desk.database
      .reader("events")
      .where({ stream: "desk" })
      .orderBy("id")) as {
      kind: string;
      actor: string;
    }[];
    expect(events.map((event) => event.kind).slice(-4)).toEqual([
      "template.saved",
      "template.saved",
      "template.saved",
      "template.reset",
    ]);
    expect(events.at(-1)?.actor).toContain("alex@msp.example");
  });

  it("two who edit at once: the second keeps their text and is told", async () => {
    const csrf = tokenIn((await admin.get("/templates/client/order")).text);
    const save = (source: string) =>
      admin.post("/templates/client/order", { csrf, act: "save", basedOn: "0", source });
    expect((await save(good)).status).toBe(303);
    const second = await save(good.replaceAll("printer", "plotter"));
    expect(second.status).toBe(409);
    expect(second.text).toContain("alex@msp.example saved version 1 while you were writing");
    expect(second.text).toContain("we look at the plotter");
  });

  it("65 · a technician may read and try, not save; their text is kept too", async () => {
    const page = await technician.get(path);
    expect(page.text).not.toContain("Save as a new version");
    const csrf = tokenIn(page.text);
    const answer = await technician.post(path, { csrf, act: "save", source: `${good}mine` });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("Only an admin may save templates");
    for (const act of ["default", "go-back"])
      expect((await technician.post(path, { csrf, act, version: "1" })).status).toBe(403);
  });
});

describe("forms of other sites", () => {
  const path = "/templates/client/website";
  const fields = { act: "save", source: "Hi {{greetingName}},\n\nforged\n" };

  it("65 · without the token nothing is saved, and the text is kept", async () => {
    for (const csrf of ["", "x", tokenIn((await technician.get(path)).text)]) {
      const answer = await admin.post(path, { ...fields, csrf });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain("forged");
    }
    expect(await inForce()).not.toContain("forged");
  });

  it.each([
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("with the right token and %j nothing is saved", async (headers) => {
    const csrf = tokenIn((await admin.get(path)).text);
    expect((await admin.post(path, { ...fields, csrf }, headers)).status).toBe(403);
    expect(await inForce()).not.toContain("forged");
  });

  it("somebody whose session ended gets their text back", async () => {
    const answer = await new Browser(desk.url).post(path, {
      ...fields,
      csrf: "old",
      source: "an hour's work",
    });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain("an hour&#x27;s work");
    // Signed in again, the same text opens in the editor.
    const opened = await admin.post(path, { act: "preview", source: "an hour's work" });
    expect(opened.text).toContain("an hour&#x27;s work");
    expect(opened.text).toContain("Save as a new version");
  });

  it("a form that is too large is refused", async () => {
    const csrf = tokenIn((await admin.get(path)).text);
    expect((await admin.post(path, { ...fields, csrf, source: "x".repeat(300_000) })).status).toBe(413);
  });
});
