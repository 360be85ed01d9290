import { afterEach, describe, expect, it } from "vitest";
import { Browser, startWebDesk, tokenIn, type WebDesk } from "../support/web-desk.ts";
import { read } from "../support/mail-program.ts";

let desk: WebDesk;
afterEach(() => desk?.close());
const start = async (options: Parameters<typeof startWebDesk>[0] = {}): Promise<WebDesk> =>
  (desk = await startWebDesk({ worker: false, ...options }));

const same = (text: string): string =>
  text.replace(/nonce[^ ]*/g, "").replaceAll(/(?:dana|nobody)@msp\.example/g, "ADDRESS");

async function ask(browser: Browser, address: string) {
  const page = await browser.get("/sign-in");
  return browser.post("/sign-in", { csrf: tokenIn(page.text), address });
}

describe("a link by mail", () => {
  it("comes to the registered address, waits for a click, works once", async () => {
    await start();
    const browser = new Browser(desk.url);
    const answer = await ask(browser, "Dana@msp.example");
    expect(answer.status).toBe(200);
    const mail = await read((await desk.test.mailFor("dana@msp.example", 1)).bytes);
    expect(mail.subject).toBe("Sign in to Northwind Support");
    const path = /\/sign-in\/[\w-]{32}/.exec(mail.text)?.[0] ?? "";
    // A scanner opens it, as often as it likes, with any method that changes nothing.
    for (const _ of [1, 2, 3]) expect((await new Browser(desk.url).get(path)).status).toBe(200);
    await fetch(desk.url + path, { method: "HEAD" });

    const page = await browser.get(path);
    expect(page.text).toContain("opening the link uses nothing up");
    const inside = await browser.post(path, { csrf: tokenIn(page.text) });
    expect(inside.status).toBe(303);
    expect(inside.headers.get("location")).toBe("/");
    expect((await browser.get("/")).text).toContain("Dana Wu");

    const thief = new Browser(desk.url);
    const again = await thief.post(path, { csrf: tokenIn((await thief.get(path)).text) });
    expect(again.status).toBe(410);
    expect((await thief.get("/")).status).toBe(303);
  });

  it("the answer for an unknown address is the same, and nothing is mailed", async () => {
    await start();
    const known = await ask(new Browser(desk.url), "dana@msp.example");
    const unknown = await ask(new Browser(desk.url), "nobody@msp.example");
    expect(unknown.status).toBe(known.status);
    expect(same(unknown.text)).toBe(same(known.text));
    await desk.test.mailFor("dana@msp.example", 1);
    expect(desk.test.relay.mails.map((mail) => mail.to[0])).toEqual(["dana@msp.example"]);
  });

  it("runs out after a quarter of an hour, and opens nothing for somebody who left", async () => {
    let now = new Date("2026-03-02T09:00:00Z");
    await start({ open: { clock: () => now } });
    const late = new URL(await desk.link("dana@msp.example")).pathname;
    const left = new URL(await desk.link("kim@msp.example")).pathname;
    now = new Date("2026-03-02T09:14:59Z");
    await desk.test.desk.database
      .db("technicians")
      .where({ email: "kim@msp.example" })
      .update({ active: false });
    desk.test.desk.directory.invalidate();
    const kim = new Browser(desk.url);
    expect((await kim.post(left, { csrf: tokenIn((await kim.get(left)).text) })).status).toBe(410);
    now = new Date("2026-03-02T09:15:00Z");
    const dana = new Browser(desk.url);
    expect((await dana.post(late, { csrf: tokenIn((await dana.get(late)).text) })).status).toBe(410);
  });
});

describe("a session", () => {
  it("ends after twelve hours, with signing out, and when the technician leaves", async () => {
    let now = new Date("2026-03-02T09:00:00Z");
    await start({ open: { clock: () => now } });
    const one = await desk.signedIn("dana@msp.example");
    const two = await desk.signedIn("dana@msp.example");
    const page = await one.get("/");
    const stolen = new Browser(desk.url);
    for (const [name, value] of one.cookies) stolen.cookies.set(name, value);
    expect((await stolen.get("/")).status).toBe(200);
    // Not without the token of its own forms.
    await one.post("/sign-out", { csrf: "x" });
    expect((await one.get("/")).status).toBe(200);
    await one.post("/sign-out", { csrf: tokenIn(page.text) });
    expect((await stolen.get("/")).status).toBe(303);
    now = new Date("2026-03-02T20:59:59Z");
    expect((await two.get("/")).status).toBe(200);
    now = new Date("2026-03-02T21:00:00Z");
    expect((await two.get("/")).status).toBe(303);
    const three = await desk.signedIn("kim@msp.example");
    await desk.test.desk.database
      .db("technicians")
      .where({ email: "kim@msp.example" })
      .update({ active: false });
    desk.test.desk.directory.invalidate();
    expect((await three.get("/")).status).toBe(303);
  });

  it("65 · begins anew at each sign-in: a session that was planted is worth nothing", async () => {
    await start();
    const browser = await desk.signedIn("dana@msp.example");
    const before = browser.cookies.get("countersign") ?? "";
    const path = new URL(await desk.link("alex@msp.example")).pathname;
    await browser.post(path, { csrf: tokenIn((await browser.get(path)).text) });
    expect(browser.cookies.get("countersign")).not.toBe(before);
    const old = new Browser(desk.url);
    old.cookies.set("countersign", before);
    expect((await old.get("/")).status).toBe(303);
  });

  it("65 · has a cookie that scripts and other hosts cannot touch; by https it is Secure with its prefix", async () => {
    await start({ web: { url: "https://desk.msp.example" } });
    const path = new URL(await desk.link("dana@msp.example")).pathname;
    const page = await fetch(desk.url + path, {
      headers: { "x-forwarded-proto": "https", host: "desk.msp.example" },
    });
    const form = page.headers.getSetCookie()[0] ?? "";
    expect(form).toMatch(/^__Host-countersign-form=.*Path=\/.*HttpOnly.*Secure.*SameSite=Strict/);
    expect(page.headers.get("strict-transport-security")).toContain("max-age");
    const answer = await fetch(desk.url + path, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ csrf: tokenIn(await page.text()) }),
      headers: { cookie: form.split(";")[0] ?? "", origin: "https://desk.msp.example" },
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Host-countersign=[\w-]{32}; Max-Age=43200; Path=\/;.*HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(answer.headers.getSetCookie()[0]).not.toContain("Domain");
    const stored = (await desk.test.desk.database.reader("sessions").select("token_sha256")) as {
      token_sha256: string;
    }[];
    expect(answer.headers.getSetCookie()[0]).not.toContain(stored[0]?.token_sha256);
  });

  it("65 · comes back to the page that was asked for, and to no other site", async () => {
    await start();
    const browser = new Browser(desk.url);
    await browser.get("/tickets/1001");
    const path = new URL(await desk.link("dana@msp.example")).pathname;
    const sign = async () => browser.post(path, { csrf: tokenIn((await browser.get(path)).text) });
    expect((await sign()).headers.get("location")).toBe("/tickets/1001");
    for (const planted of [
      "//evil.example",
      "https://evil.example",
      "/\\evil.example",
      "/templates/../..//x",
    ]) {
      const next = new URL(await desk.link("dana@msp.example")).pathname;
      browser.cookies.set("countersign-next", planted);
      const answer = await browser.post(next, { csrf: tokenIn((await browser.get(next)).text) });
      expect(answer.headers.get("location")).toBe("/");
    }
  });
});

describe("signing in from elsewhere", () => {
  it("65 · forms without this desk's token or from another site do nothing", async () => {
    await start();
    const path = new URL(await desk.link("dana@msp.example")).pathname;
    const browser = new Browser(desk.url);
    const csrf = tokenIn((await browser.get(path)).text);
    expect((await new Browser(desk.url).post(path, { csrf })).status).toBe(403);
    expect((await browser.post(path, { csrf: "" })).status).toBe(403);
    expect((await browser.post(path, { csrf }, { origin: "https://evil.example" })).status).toBe(403);
    // Nothing of that used the link up.
    expect((await browser.post(path, { csrf })).status).toBe(303);
  });

  it("65 · asking again and again for one address is stopped, whether or not anybody has it", async () => {
    await start();
    for (const address of ["dana@msp.example", "nobody@msp.example"]) {
      const browser = new Browser(desk.url);
      const statuses: number[] = [];
      for (let count = 0; count < 7; count += 1) statuses.push((await ask(browser, address)).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    }
  });

  it("65 · asking for many addresses from one place is stopped", async () => {
    await start();
    const browser = new Browser(desk.url);
    const csrf = tokenIn((await browser.get("/sign-in")).text);
    let last = 0;
    for (let count = 0; count < 21; count += 1)
      last = (await browser.post("/sign-in", { csrf, address: `a${count}@msp.example` })).status;
    expect(last).toBe(429);
  });

  it("a word that is no address is said so, and kept", async () => {
    await start();
    const answer = await ask(new Browser(desk.url), "dana <b>");
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Enter a mail address");
    expect(answer.text).toContain("dana &lt;b&gt;");
  });
});
