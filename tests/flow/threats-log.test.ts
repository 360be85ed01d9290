import { afterAll, beforeAll, expect, test } from "vitest";
import { retryQuarantined } from "../../src/steps/filing/retry-quarantined.ts";
import { person } from "../../src/desk/event.ts";
import { rawReply, read, write } from "../support/mail-program.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { scriptedModel } from "../support/scripted-model.ts";
import { sendMail } from "../support/smtp.ts";
import { Browser, startWebDesk, tokenIn, type WebDesk } from "../support/web-desk.ts";

/**
 * A whole desk at the lowest log level, without the logger's own censor: mail in and out, refusals, faults, the console,
 * the API. What it wrote is searched for what nobody may read there.
 */

let web: WebDesk;
let relay: Relay;
const lines: string[] = [];
/** What must not be in the log, by what it is. */
const secrets = new Map<string, string>([
  ["a client's words", "canary-client-words"],
  ["a client's password", "Canary-Passw0rd-24"],
  ["a technician's edit", "canary-edited-words"],
  ["a note", "canary-note-words"],
  ["a rejected reason", "canary-reject-words"],
  ["unreadable mail's words", "canary-unreadable-words"],
  ["the relay's password", "canary-relay-password"],
  ["the mailbox's password", "canary-mailbox-password"],
  ["a wrong API token", "cs_canarywrongtoken"],
  ["a wrong sign-in secret", "canarywrongsecret"],
]);

beforeAll(async () => {
  relay = await startRelay({ login: { user: "desk", pass: "canary-relay-password" } });
  web = await startWebDesk({
    relay,
    relayAuth: { kind: "password", user: "desk", pass: "canary-relay-password" },
    onLog: (line) => void lines.push(line),
    open: {
      model: scriptedModel({
        triage: (message) => Promise.reject(new Error(`you said: ${message.text}`)),
      }),
    },
    intake: [
      { kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 200_000 },
      {
        kind: "imap",
        host: "127.0.0.1",
        port: 1,
        secure: false,
        auth: { kind: "password", user: "support", pass: "canary-mailbox-password" },
        folder: "INBOX",
        archive: null,
        sentFolder: null,
        since: null,
      },
    ],
  });
  const { test: desk } = web;
  const staff = (): (typeof relay.mails)[number] => {
    const mail = relay.mails.findLast((one) => one.bytes.includes("review+a1."));
    if (mail === undefined) throw new Error("nobody was asked");
    return mail;
  };
  const answer = async (top: string, edit?: (quoted: string) => string, sender?: string): Promise<void> => {
    const digest = staff();
    const from = digest.to[0] ?? "";
    const { raw, to } = await rawReply(digest.bytes, { from, top, ...(edit === undefined ? {} : { edit }) });
    const token = to.split("@")[0]?.split("+")[1] ?? "";
    if (token !== "") secrets.set(`review token ${secrets.size}`, token);
    await sendMail(desk.port, {
      from: sender ?? from,
      to,
      raw: sender === undefined ? raw : raw.replace(/^From: .*$/m, `From: ${sender}`),
    });
    await desk.idle();
  };
  const ask = async (subject: string): Promise<void> => {
    await write(desk.port, {
      from: "li@fabrikam.example",
      subject,
      text: "canary-client-words: my VPN drops. My password is Canary-Passw0rd-24.",
    });
    await desk.idle();
  };
  await ask("VPN one");
  // From somebody else: refused, withdrawn, asked anew.
  await answer("approve", undefined, "mallory@evil.example");
  await answer("note 1: canary-note-words");
  await ask("VPN two");
  await answer("", (quoted) => quoted.replace(/^> Hi Li,?$/m, "> Hello Li, canary-edited-words."));
  await ask("VPN three");
  await answer("reject 1: canary-reject-words");
  // Refused by the relay.
  await ask("VPN four");
  relay.fail({ at: "dot", reply: "550 5.7.1 refused" });
  await answer("approve");
  // Put aside, tried again, put aside; too large; an unknown recipient.
  await sendMail(desk.port, {
    from: "x@y.example",
    to: "support@desk.example",
    raw: "Subject: x\n\ncanary-unreadable-words\n",
  });
  await desk.idle();
  const aside = (await desk.desk.database
    .reader("messages")
    .where({ status: "quarantined" })
    .first("id")) as { id: number };
  await retryQuarantined(desk.desk, aside.id, person("alex@msp.example"));
  await desk.idle();
  await sendMail(desk.port, {
    from: "x@y.example",
    to: "support@desk.example",
    raw: `Subject: big\n\n${"canary-unreadable-words\n".repeat(20_000)}`,
  });
  await sendMail(desk.port, {
    from: "x@y.example",
    to: "who@desk.example",
    raw: "Subject: x\n\ncanary-unreadable-words\n",
  });

  // The console and the API, with good and with wrong secrets.
  const link = await web.link("alex@msp.example");
  secrets.set("a sign-in link's secret", link.split("/").at(-1) ?? "");
  const browser = new Browser(web.url);
  const page = await browser.get(new URL(link).pathname);
  secrets.set("a form's token", tokenIn(page.text));
  await browser.post(new URL(link).pathname, { csrf: tokenIn(page.text) });
  for (const [name, value] of browser.cookies) secrets.set(`cookie ${name}`, value);
  await browser.get("/mail");
  await browser.get("/sign-in/canarywrongsecret");
  await browser.post("/mail/1/retry", { csrf: "x" });
  const token = await web.token("admin");
  secrets.set("an API token", token);
  for (const one of [token, "cs_canarywrongtoken"])
    await fetch(`${web.url}/api/v1/mail?disposition=none`, { headers: { authorization: `Bearer ${one}` } });
});
afterAll(async () => {
  await web?.close();
  await relay?.close();
});

test("35 · the log of all that holds no body, token, password or secret", () => {
  const log = lines.join("");
  // It was written, and names what happened.
  expect(lines.length).toBeGreaterThan(20);
  expect(log).toContain("mail taken in");
  expect(log).toContain("gave no usable triage");
  expect(log).toMatch(/mailbox reconnecting/);
  expect(secrets.size).toBeGreaterThanOrEqual(16);
  for (const [what, secret] of secrets) {
    expect(secret.length, what).toBeGreaterThan(8);
    const line = lines.find((one) => one.toLowerCase().includes(secret.toLowerCase()));
    expect(line, `${what} is in the log`).toBeUndefined();
    const encoded = Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -2);
    expect(log, `${what} is in the log in base64`).not.toContain(encoded);
  }
});

test("35 · and the audit log neither", async () => {
  const rows = (await web.test.desk.database.reader("events").select("*")) as object[];
  const events = JSON.stringify(rows);
  for (const [what, secret] of secrets) {
    // Why something was turned down is evidence; it is a technician's word about the desk, kept on purpose.
    if (what === "a rejected reason") continue;
    expect(events, what).not.toContain(secret);
  }
});

test("the canaries went through the desk", async () => {
  const { reader } = web.test.desk.database;
  const texts = JSON.stringify(await reader("messages").select("new_text"));
  expect(texts).toContain("canary-client-words");
  expect(texts).toContain("canary-note-words");
  expect(JSON.stringify(await reader("drafts").select("content"))).toContain("canary-edited-words");
  expect(
    (
      await read(
        relay.mails.find((mail) => mail.to.includes("li@fabrikam.example"))?.bytes ?? Buffer.alloc(0),
      )
    ).text,
  ).toContain("canary-edited-words");
});
