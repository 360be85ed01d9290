/** Captured mail: what a desk on trial would have sent, read and answered in the console. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { releasesOf } from "../../src/store/releases.ts";
import { eventsOf } from "../../src/store/events.ts";
import { write } from "../support/mail-program.ts";
import { eventually } from "../support/test-desk.ts";
import { type Browser, capturing, startWebDesk, tokenIn, type WebDesk } from "../support/web-desk.ts";

const VPN = {
  from: "ana@contoso.example",
  name: "Ana Ruiz",
  subject: "VPN drops every hour",
  text: 'My VPN disconnects every hour. <script>window.pwned=1</script> <img src="https://evil.example/x.png">',
};

describe("captured mail", () => {
  let desk: WebDesk;
  let admin: Browser;
  beforeAll(async () => {
    desk = await startWebDesk({ web: capturing });
    await write(desk.test.port, VPN);
    await desk.test.mailFor("dana@msp.example", 1);
    await desk.test.idle();
    admin = await desk.signedIn("alex@msp.example");
  });
  afterAll(() => desk?.close());

  it("lists what would go to technicians, and shows a mail with the address that takes the answer", async () => {
    const list = await admin.get("/captured/technicians");
    expect(list.status).toBe(200);
    expect(list.text).toContain("[Review] 1 draft waiting");
    expect(list.text).toContain('<a href="/tickets/1001">#1001</a>');
    const mail = await admin.get("/captured/technicians/1");
    expect(mail.text).toMatch(/<dt>Answers go to<\/dt><dd>review\+a1\.[a-z2-7]{32}@desk\.example<\/dd>/);
    expect(mail.text).toContain("Reply as Dana Wu");
    expect(mail.headers.get("cache-control")).toBe("no-store");
    expect((await admin.get("/captured/technicians/1?as=text")).text).toContain("[[ draft 1 ·");
    expect((await admin.get("/captured/clients")).text).toContain("Nothing has left for a client");
  });

  it("shows the HTML in a sandbox that loads nothing, with buttons that lead to the answer", async () => {
    const frame = await admin.get("/captured/technicians/1/html");
    const policy = frame.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("sandbox");
    expect(policy).not.toMatch(/allow-scripts|https:/);
    expect(frame.text).not.toMatch(/<script|<img|mailto:/i);
    expect(frame.text).toContain('href="/captured/technicians/1?start=approve%201#reply"');
    const raw = await admin.get("/captured/technicians/1/raw");
    expect(raw.headers.get("content-type")).toBe("message/rfc822");
    expect(raw.text).toMatch(/^Reply-To: [^:]*<review\+a1\./m);
  });

  it("hands an answer to the desk as the technician's mail program would, and shows what left for the client", async () => {
    const page = await admin.get("/captured/technicians/1?start=approve%201");
    const text = /<textarea[^>]*>\n([^<]*)<\/textarea>/.exec(page.text)?.[1] ?? "";
    expect(text).toMatch(/^approve 1\n/);
    const answer = await admin.post("/captured/technicians/1", {
      csrf: tokenIn(page.text),
      text: "approve 1\n",
    });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/captured/technicians/1?sent=1"]);
    expect(page.text).toContain("Write <b>approve</b> in the first line");
    await desk.test.mailFor("ana@contoso.example", 1);
    await desk.test.idle();
    const said = /href="(\/captured\/technicians\/\d+)">Re: /.exec(
      (await admin.get("/captured/technicians")).text,
    );
    expect((await admin.get(said?.[1] ?? "")).text).toContain("Write <b>stop 1</b> in the first line");
    expect((await admin.get("/")).text).toContain('lie under <a href="/captured/technicians">');
    const clients = await admin.get("/captured/clients");
    expect(clients.text).toContain("Re: VPN drops every hour [#1001]");
    expect((await admin.get("/captured/clients/1")).text).toContain("Reply as Ana Ruiz");
    const events = await eventsOf(desk.test.desk.database.reader, ["desk"]);
    expect(events.find((event) => event.kind === "trial.mail-written")?.actor.id).toBe("alex@msp.example");
  });

  it("lets somebody write as a client, and as one again", async () => {
    const page = await admin.get("/captured/write");
    const form = { csrf: tokenIn(page.text), subject: "Printer", text: "It does not print." };
    const wrong = await admin.post("/captured/write", { ...form, from: "Li Chen" });
    expect([wrong.status, wrong.text.includes("From is not a mail address")]).toEqual([422, true]);
    expect(wrong.text).toContain("It does not print.");
    const sent = await admin.post("/captured/write", { ...form, from: "Li Chen <li@fabrikam.example>" });
    expect([sent.status, sent.text.includes("Taken in by the desk.")]).toEqual([200, true]);
    const shown = await eventually(
      async () => ((await admin.get("/")).text.includes("Printer") ? true : undefined),
      30_000,
    );
    expect(shown).toBe(true);
  });

  it.each([
    ["/captured/technicians", 403],
    ["/captured/technicians/1", 403],
    ["/captured/technicians/1/html", 403],
    ["/captured/technicians/1/raw", 403],
    ["/captured/write", 403],
  ])("is not for a technician: %s", async (path, status) => {
    const dana = await desk.signedIn("dana@msp.example");
    const page = await dana.get(path);
    expect(page.status).toBe(status);
    expect(page.text).not.toContain("review+a1.");
    expect((await dana.get("/")).text).not.toContain("/captured");
  });

  it.each([
    ["/captured/technicians/999", 404],
    ["/captured/strangers", 404],
    ["/captured/clients/abc", 404],
  ])("answers %s with %s", async (path, status) => {
    expect((await admin.get(path)).status).toBe(status);
  });

  it("takes no form of another page, of nobody, or of a technician", async () => {
    const releases = async (): Promise<number> =>
      (await releasesOf(desk.test.desk.database.reader, 1)).length;
    const before = await releases();
    const fields = { text: "approve 1\n" };
    expect((await admin.post("/captured/technicians/1", { ...fields, csrf: "x" })).status).toBe(403);
    const foreign = await admin.post("/captured/technicians/1", fields, { origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    const dana = await desk.signedIn("dana@msp.example");
    const csrf = tokenIn((await dana.get("/")).text);
    expect((await dana.post("/captured/technicians/1", { ...fields, csrf })).status).toBe(403);
    expect((await dana.post("/captured/write", { ...fields, csrf, from: "a@b.example" })).status).toBe(403);
    await desk.test.idle();
    expect(await releases()).toBe(before);
  });
});

it("a desk that sends through a relay shows none of it", async () => {
  const desk = await startWebDesk();
  try {
    const admin = await desk.signedIn("alex@msp.example");
    for (const path of ["/captured", "/captured/technicians", "/captured/technicians/1", "/captured/write"])
      expect((await admin.get(path)).status, path).toBe(404);
    expect((await admin.get("/")).text).not.toContain("/captured");
  } finally {
    await desk.close();
  }
});

it("a desk that asks for a signature shows it, and says why nobody can answer from here", async () => {
  const desk = await startWebDesk({ identity: ["dkim"], web: capturing });
  try {
    await write(desk.test.port, VPN);
    await desk.test.mailFor("dana@msp.example", 1);
    const admin = await desk.signedIn("alex@msp.example");
    const page = await admin.get("/captured/technicians/1");
    expect(page.text).toContain("It cannot be answered from here");
    expect(page.text).toContain("review.identity: [token]");
    expect(page.text).not.toContain("<textarea");
    const csrf = tokenIn((await admin.get("/")).text);
    const answer = await admin.post("/captured/technicians/1", { csrf, text: "approve 1" });
    expect(answer.status).toBe(422);
    await desk.test.idle();
    expect(await releasesOf(desk.test.desk.database.reader, 1)).toEqual([]);
  } finally {
    await desk.close();
  }
});

it("an empty desk says on its sign-in page what to do, and a desk on trial where a link comes from", async () => {
  const desk = await startWebDesk({ web: capturing });
  try {
    const page = async (): Promise<string> => (await fetch(`${desk.url}/sign-in`)).text();
    expect(await page()).toContain("bin/countersign login-link");
    await desk.test.desk.database.db("technicians").update({ active: false });
    desk.test.desk.directory.invalidate();
    expect(await page()).toContain("bin/countersign import desk.yaml");
  } finally {
    await desk.close();
  }
});
