import { afterEach, describe, expect, test } from "vitest";
import { PermanentError } from "../../src/errors.ts";
import type { Resolver } from "../../src/mail/authentication.ts";
import { decideReply } from "../../src/steps/decide/decide.ts";
import { giveUp } from "../../src/steps/upkeep/give-up.ts";
import { handOver } from "../../src/steps/review/hand-over.ts";
import { supersedeDrafts, voidReviews } from "../../src/steps/review/supersede.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { askExpired } from "../../src/steps/review/turn-over-reviews.ts";
import { transact } from "../../src/steps/unit.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { eventsOf } from "../../src/store/events.ts";
import { messageById } from "../../src/store/messages.ts";
import { releasesOf } from "../../src/store/releases.ts";
import { reviewsOf } from "../../src/store/reviews.ts";
import { listTickets, lockTicket } from "../../src/store/tickets.ts";
import { requires } from "../skips.ts";
import { sceneAt } from "../support/hostile-mail.ts";
import { read, rawReply, write } from "../support/mail-program.ts";
import { freshDatabase } from "../support/postgres.ts";
import { sendMail } from "../support/smtp.ts";
import { startHeldDesk } from "../support/held-desk.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";

/** Ways in which a mail could have gone wrong, been lost or been misread: each is told once, from outside. */

let running: TestDesk;
const scene = sceneAt(() => running);
const start = async (options: TestDeskOptions = {}): Promise<void> => {
  running = await startTestDesk(options);
};
afterEach(() => running.close());

const newest = async () => {
  const [ticket] = await listTickets(running.desk.database.reader, { limit: 1 });
  if (ticket === undefined) throw new Error("there is no ticket");
  return ticket;
};

/** What Dana is answered, also while a release is still held. */
async function say(digest: Buffer, top: string, who = "dana@msp.example"): Promise<string> {
  const before = running.mailsFor(who).length;
  const { raw, to } = await rawReply(digest, { from: who, top });
  await sendMail(running.port, { from: who, to, raw });
  const found = await eventually(async () => {
    for (const mail of running.mailsFor(who).slice(before)) {
      const { text } = await read(mail.bytes);
      if (!text.includes("[[ draft")) return text;
    }
    return undefined;
  }, 10_000);
  if (found === undefined) throw new Error(`no answer to "${top}"`);
  return found;
}

/** As a mail program may encode what its user forwards: the token stands in the bytes, but not as itself. */
const ENCODINGS: readonly (readonly [name: string, encoding: string, encode: (text: string) => string])[] = [
  ["base64", "base64", (text) => base64Lines(text)],
  ["base64, a byte further on", "base64", (text) => base64Lines(` ${text}`)],
  ["base64, two bytes further on", "base64", (text) => base64Lines(`  ${text}`)],
  ["base64 in short lines", "base64", (text) => base64Lines(text, 4)],
  [
    "quoted-printable, broken within",
    "quoted-printable",
    (text) => text.replaceAll("=", "=3D").replaceAll("view+a1", "vie=\r\nw+a=\r\n1"),
  ],
  [
    "quoted-printable, the plus too",
    "quoted-printable",
    (text) => text.replaceAll("=", "=3D").replaceAll("+", "=2B"),
  ],
  ["percent-encoded in a link", "8bit", (text) => text.replaceAll("+", "%2B").replaceAll("@", "%40")],
];
const base64Lines = (text: string, width = 76): string =>
  (
    Buffer.from(text)
      .toString("base64")
      .match(new RegExp(`.{1,${width}}`, "g")) ?? []
  ).join("\r\n");

test.each(ENCODINGS)(
  "68 · a digest that a client quotes, %s, leaves no token",
  async (_, encoding, encode) => {
    await start();
    const digest = await scene.ask();
    const address = (await read(digest)).replyTo[0]?.address ?? "";
    const secret = /a1\.([a-z2-7]{32})/.exec(address)?.[1] ?? "none";
    const body = encode(
      `My VPN drops.\r\n\r\nYour colleague sent me mailto:${address}?body=approve%201 here.\r\n`,
    );
    const raw = [
      "From: Ana Ruiz <ana@contoso.example>",
      "To: support@desk.example",
      "Subject: VPN again",
      "Message-ID: <quotes@contoso.example>",
      "Date: Fri, 27 Nov 2026 10:00:00 +0100",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      `Content-Transfer-Encoding: ${encoding}`,
      "",
      body,
    ].join("\r\n");
    await sendMail(running.port, {
      from: "ana@contoso.example",
      to: ["support@desk.example"],
      raw: Buffer.from(raw),
    });
    await running.idle();
    const { db } = running.desk.database;
    const [stored] = (await db("messages").where({ message_id: "<quotes@contoso.example>" }).select("*")) as {
      raw_sha256: string;
    }[];
    expect(await db("raw_messages").where({ sha256: stored?.raw_sha256 }).pluck("sealed")).toEqual([1]);
    const tables = (await db("sqlite_master").where({ type: "table" }).pluck("name")) as string[];
    const rows = await Promise.all(
      tables.filter((name) => !/_fts|^sqlite/.test(name)).map((name) => db(name)),
    );
    expect(JSON.stringify(rows).toLowerCase()).not.toContain(secret);
  },
);

test("68 · a digest quoted at the end of a large mail is stored encrypted", async () => {
  await start();
  const address = (await read(await scene.ask())).replyTo[0]?.address ?? "";
  const head =
    "From: Ana Ruiz <ana@contoso.example>\r\nTo: support@desk.example\r\nMessage-ID: <large@contoso.example>\r\n";
  const filler = `${"The log of last night. ".repeat(3)}\r\n`.repeat(25_000);
  await sendMail(running.port, {
    from: "ana@contoso.example",
    to: ["support@desk.example"],
    raw: Buffer.from(`${head}Subject: Log\r\n\r\n${filler}> mailto:${address}?body=approve%201\r\n`),
  });
  await running.idle();
  const { db } = running.desk.database;
  const shas = db("messages").where({ message_id: "<large@contoso.example>" }).select("raw_sha256");
  expect(await db("raw_messages").whereIn("sha256", shas).pluck("sealed")).toEqual([1]);
});

test("68 · a dumped database holds no token: not of envelopes, recipients, notes, reasons, events or jobs", async () => {
  await start();
  const digest = await scene.ask();
  const token = (await read(digest)).replyTo[0]?.address ?? "";
  const secret = /a1\.([a-z2-7]{32})/.exec(token)?.[1] ?? "none";
  await say(digest, `note 1: she wrote to ${token}`);
  await say(digest, `redraft 1: shorter, and mind ${token}`);
  const fresh = await scene.newestDigest();
  await say(fresh, `reject 1: see ${token}`);
  await write(running.port, {
    from: "ana@contoso.example",
    subject: `Re: ${token}`,
    text: `Your colleague told me to write to ${token}. My VPN drops.`,
  });
  await write(running.port, {
    from: "bob@contoso.example",
    name: `"${token}"`,
    to: `"${token}" <support@desk.example>`,
    cc: `"${token}" <carl@contoso.example>`,
    subject: `=?utf-8?B?${Buffer.from(`VPN, see ${token}`).toString("base64")}?=`,
    headers: { "Reply-To": token, "Content-Type": "multipart/mixed; boundary=b" },
    text: [
      "",
      "--b",
      "Content-Type: text/html",
      "",
      `<p>My VPN drops, see ${token.replace("+", "&#43;").replace("a1.", "a1&#46;")}, or ${token.replace("a1.", "a1.&shy;")}</p>`,
      "--b",
      `Content-Type: text/plain; name="${token}.txt"`,
      `Content-Disposition: attachment; filename="${token}.txt"`,
      "",
      "x",
      "--b",
      "Content-Type: text/calendar; method=REPLY",
      "",
      `BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nORGANIZER:mailto:${token}\nEND:VEVENT\nEND:VCALENDAR`,
      "--b",
      "Content-Type: text/vcard",
      "Content-Disposition: attachment; filename=card.vcf",
      "",
      `BEGIN:VCARD\nEMAIL:${token}\nEND:VCARD`,
      "--b",
      "Content-Type: message/rfc822",
      "",
      digest.toString("utf8").replaceAll("\r\n", "\n"),
      "--b--",
    ].join("\n"),
  });
  await running.idle();
  const { db } = running.desk.database;
  const tables = (await db("sqlite_master").where({ type: "table" }).select("name")) as { name: string }[];
  const holding: string[] = [];
  for (const { name } of tables.filter((one) => !/_fts|^sqlite/.test(one.name))) {
    for (const row of (await db(name)) as Record<string, unknown>[])
      for (const [column, value] of Object.entries(row)) {
        const text = Buffer.isBuffer(value) ? value.toString("latin1") : String(value);
        if (
          text
            .replaceAll(/[^\x20-\x7e]/g, "")
            .toLowerCase()
            .includes(secret)
        )
          holding.push(`${name}.${column}`);
      }
  }
  expect(holding).toEqual([]);
});

test("a recipient to be left out who is none: nothing is sent, and the technician is asked", async () => {
  await start();
  const digest = await scene.ask({ cc: "bob@contoso.example" });
  expect(await say(digest, "send 1 without bbo@contoso.example")).toMatch(/not among the recipients/);
  expect(scene.clientMails()).toBe(0);
  expect(await say(digest, "send 1 without bob@contoso.example")).toMatch(/leaves now/);
  await running.idle();
  expect(running.relay.mails.filter((mail) => mail.to.includes("ana@contoso.example"))[0]?.to).toEqual([
    "ana@contoso.example",
  ]);
});

const followUp = (id: string): Parameters<typeof write>[1] => ({
  from: "ana@contoso.example",
  subject: "Re: VPN",
  text: "It is still broken.",
  headers: { "In-Reply-To": id },
});

describe("a client's mail that finds its ticket gone", () => {
  test("merged twice: it joins the last one, and somebody is asked", async () => {
    await start();
    const first = await scene.ask({ messageId: "<one@contoso.example>" });
    const second = await scene.ask();
    const third = await scene.ask();
    expect(await say(first, "merge 1 into #1002")).toMatch(/merged/);
    expect(await say(second, "merge 1 into #1003")).toMatch(/merged/);
    expect(third.length).toBeGreaterThan(0);
    await running.idle();
    await scene.ask(followUp("<one@contoso.example>"));
    const [last] = await listTickets(running.desk.database.reader, { limit: 1 });
    expect(last?.number).toBe(1003);
    expect((await reviewsOf(running.desk.database.reader, 3)).at(-1)?.status).toBe("open");
  });

  test("merged into one that became spam: it opens a ticket", async () => {
    await start();
    const first = await scene.ask({ messageId: "<one@contoso.example>" });
    const second = await scene.ask();
    await say(first, "merge 1 into #1002");
    await say(second, "spam 1");
    await running.idle();
    await scene.ask(followUp("<one@contoso.example>"));
    expect((await newest()).number).toBe(1003);
  });
});

test("a triage that fails for good: the client's mail is asked of a person without a draft", async () => {
  await start();
  const { engine } = await running.desk.directory.current();
  const triage = engine.triage.bind(engine);
  Object.assign(engine, { triage: () => Promise.reject(new PermanentError("the rule table is broken")) });
  await write(running.port, {
    from: "ana@contoso.example",
    name: "Ana Ruiz",
    subject: "VPN drops",
    text: "My VPN drops.",
  });
  const asked = await running.mailFor("dana@msp.example");
  Object.assign(engine, { triage });
  expect((await read(asked.bytes)).text).toContain("My VPN drops.");
  // The cause is an admin's to mend.
  expect((await read((await running.mailFor("alex@msp.example")).bytes)).text).toMatch(
    /rule table is broken/,
  );
  const kinds = (await eventsOf(running.desk.database.reader, ["ticket:1"])).map((event) => event.kind);
  expect(kinds).toContain("message.gave-up");
  await scene.ask();
});

const down: Resolver = () => Promise.reject(Object.assign(new Error("timed out"), { code: "ETIMEOUT" }));

test("an approval that can never be checked: nothing is done, and the technician is told at the registered address", async () => {
  await start({ identity: ["dkim"], open: { resolver: down } });
  const digest = await scene.ask();
  const { raw, to, messageId } = await rawReply(digest, { from: "dana@msp.example", top: "approve" });
  const signature =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=msp.example; s=k1; h=From:To:Subject; bh=AAAA; b=AAAA\n";
  await sendMail(running.port, { from: "dana@msp.example", to, raw: signature + raw });
  const { db } = running.desk.database;
  const filed = (): Promise<{ id: number } | undefined> =>
    db("messages").where({ message_id: messageId, status: "filed" }).first("id");
  const row = await eventually(filed, 20_000);
  const before = running.mailsFor("dana@msp.example").length;
  await giveUp(running.desk, row?.id ?? 0, "it failed 8 times: DNS did not answer");
  await giveUp(running.desk, row?.id ?? 0, "it failed 8 times: DNS did not answer");
  const told = await read((await running.mailFor("dana@msp.example", before + 1)).bytes);
  expect(told.subject).toMatch(/could not be checked/);
  expect(running.mailsFor("dana@msp.example")).toHaveLength(before + 1);
  expect(scene.clientMails()).toBe(0);
  const message = (await db("messages").where({ id: row?.id }).first("disposition_code")) as object;
  expect(message).toEqual({ disposition_code: "gave-up" });

  // A worker that slept through its lease over this reply wakes, and DNS answers: it was told as not done, so it stays so.
  const { desk } = running;
  const open = {
    ...desk,
    settings: { ...desk.settings, review: { ...desk.settings.review, identity: ["token"] as const } },
  };
  const stored = await messageById(db, row?.id ?? 0);
  if (stored === null) throw new Error("the reply is gone");
  await decideReply(open, { ...stored, status: "filed" }, await read(Buffer.from(raw)), null);
  expect((await releasesOf(db, 1)).length).toBe(0);
  expect((await messageById(db, stored.id))?.dispositionCode).toBe("gave-up");
});

test("a release that no relay may be given is refused once and told, not tried for ever", async () => {
  await start();
  const digest = await scene.ask();
  const proper = Object.getOwnPropertyDescriptor(running.desk.mail, "attempt");
  let attempts = 0;
  Object.assign(running.desk.mail, {
    attempt: () => {
      attempts += 1;
      return Promise.reject(new PermanentError("the address cannot stand in an SMTP command"));
    },
  });
  await say(digest, "approve");
  await running.idle();
  if (proper !== undefined) Object.defineProperty(running.desk.mail, "attempt", proper);
  expect((await releasesOf(running.desk.database.reader, 1))[0]?.status).toBe("rejected");
  expect(attempts).toBe(1);
  expect(scene.clientMails()).toBe(0);
  const last = await read(running.mailsFor("dana@msp.example").at(-1)?.bytes ?? digest);
  expect(last.text).toContain("cannot stand in an SMTP command");
});

describe("second thoughts", () => {
  test("reject within the hold: told that the reply leaves, and how to call it back", async () => {
    running = await startHeldDesk();
    const digest = await scene.ask();
    expect(await say(digest, "approve")).toMatch(/leaves at/);
    expect(await say(digest, "reject 1: no")).toMatch(/leaves at .*stop 1/);
    expect(await say(digest, "stop 1")).toMatch(/Stopped/);
  });

  test("spam within the hold calls the reply back", async () => {
    const held = await startHeldDesk();
    running = held;
    const digest = await scene.ask();
    await say(digest, "approve");
    expect(await say(digest, "spam 1")).toMatch(/spam/);
    await held.holdIsOver();
    expect(scene.clientMails()).toBe(0);
    expect((await releasesOf(running.desk.database.reader, 1))[0]?.status).toBe("cancelled");
  });

  test("close and spam on an item that the client has overtaken are not done", async () => {
    await start();
    const old = await scene.ask({ messageId: "<one@contoso.example>" });
    await scene.ask({
      subject: "Re: VPN",
      text: "Worse now.",
      headers: { "In-Reply-To": "<one@contoso.example>" },
    });
    expect(await say(old, "close 1")).toMatch(/client wrote again/);
    expect(await say(old, "spam 1")).toMatch(/client wrote again/);
    expect((await newest()).status).toBe("open");
  });

  test("spam said of a closed ticket is not called done", async () => {
    await start();
    const digest = await scene.ask();
    await say(digest, "close 1");
    expect(await say(digest, "spam 1")).toMatch(/is closed, so it cannot be marked as spam/);
  });

  test("stop while the relay defers: nothing was sent, so the ticket is open again", async () => {
    await start();
    const digest = await scene.ask();
    running.relay.fail({
      at: "rcpt",
      recipient: "ana@contoso.example",
      reply: "451 4.7.1 later",
      times: Infinity,
    });
    await say(digest, "approve");
    await eventually(async () => {
      const [one] = await releasesOf(running.desk.database.reader, 1);
      return one?.status === "deferred" ? true : undefined;
    }, 10_000);
    expect((await newest()).status).toBe("pending");
    expect(await say(digest, "stop 1")).toMatch(/Stopped/);
    expect((await newest()).status).toBe("open");
  });
});

describe("a question that changes hands", () => {
  test("approve and assign in one reply: nobody is said to be asked about what is sent", async () => {
    await start();
    const answer = await say(await scene.ask(), "approve 1\nassign 1 to Kim");
    expect(answer).toMatch(/leaves now/);
    expect(answer).not.toMatch(/is asked about the draft/);
  });

  test("put off, then rerouted: the next person is asked at once", async () => {
    await start();
    const digest = await scene.ask();
    await say(digest, "snooze 1 until tomorrow 9:00");
    await say(digest, "reroute 1 to Kim");
    const asked = await running.mailFor("kim@msp.example", 1);
    expect((await read(asked.bytes)).text).toContain("[[ draft 1");
  });

  test("put off, then asked to be written anew: the new draft comes", async () => {
    await start();
    const digest = await scene.ask();
    await say(digest, "snooze 1 until tomorrow 9:00");
    await say(digest, "redraft 1: shorter please");
    await running.idle();
    expect(await say(await scene.newestDigest(), "approve")).toMatch(/leaves now/);
  });

  test("given to two people in one reply: only the last has a digest, in whose name the draft is", async () => {
    await start();
    const digest = await scene.ask();
    await running.desk.database.db("reviews").update({ urgent: true });
    await say(digest, "reroute 1 to Kim\nassign 1 to Alex");
    const asked = await running.mailFor("alex@msp.example", 1);
    await running.idle();
    expect((await read(asked.bytes)).text).toContain("Alex Admin");
    expect(running.mailsFor("kim@msp.example")).toHaveLength(0);
  });

  test("asked of somebody who has left: another is asked at the next sweep", async () => {
    await start();
    await scene.ask();
    await running.desk.database.db("technicians").where({ name: "Dana Wu" }).update({ active: false });
    await sweep(running.desk);
    await running.idle();
    const next = running.relay.mails.filter((mail) => mail.to[0] !== "dana@msp.example");
    expect(next).toHaveLength(1);
    await sweep(running.desk);
    await running.idle();
    expect(running.relay.mails.filter((mail) => mail.to[0] !== "dana@msp.example")).toHaveLength(1);
  });

  test("two workers that find the same expired question ask once", async () => {
    let now = 0;
    await start({ open: { clock: () => new Date(Date.now() + now) } });
    await scene.ask();
    const before = running.relay.mails.length;
    now = 73 * 60 * 60 * 1000;
    await Promise.all([askExpired(running.desk), askExpired(running.desk)]);
    await running.idle();
    await sweep(running.desk);
    await running.idle();
    expect(running.relay.mails.length).toBe(before + 1);
    const told = (await eventsOf(running.desk.database.reader, ["ticket:1"])).map((event) => event.kind);
    expect(told.filter((kind) => kind === "review.expired")).toHaveLength(1);
  });
});

test("an acknowledgement answers no list mail", async () => {
  await start({
    yaml: `
policies:
  - { action: acknowledge, rung: supervised, maxError: 0.9, template: client/acknowledge }
`,
  });
  await write(running.port, {
    from: "li@fabrikam.example",
    subject: "VPN drops",
    text: "My VPN drops every hour.",
    headers: { "List-Id": "<all.fabrikam.example>", Precedence: "list" },
  });
  await running.idle();
  expect(running.mailsFor("li@fabrikam.example")).toHaveLength(0);
});

describe.skipIf(!requires("postgres"))("two workers on PostgreSQL", () => {
  test("the client writes while the approval commits: the release is called back, never sent", async () => {
    await start({ databaseUrl: await freshDatabase(), worker: false });
    const { desk } = running;
    const { startWorker } = await import("../../src/worker.ts");
    const worker = await startWorker(desk);
    const digest = await scene.ask();
    await worker.stop();
    const { db } = desk.database;
    const [draft] = await draftsOf(db, 1);
    if (draft === undefined) throw new Error("no draft");
    const { holdRelease } = await import("../../src/steps/delivery/release.ts");
    const { insertDecision } = await import("../../src/store/decisions.ts");
    const { person } = await import("../../src/desk/event.ts");
    let filing: Promise<unknown> = Promise.resolve();
    // The approval holds the draft's row; the client's mail has read it as proposed, and waits to write.
    await transact(desk, "approve", async (unit) => {
      const decisionId = await insertDecision(
        unit.db,
        {
          reviewId: 1,
          ticketId: 1,
          draftId: draft.id,
          draftRevision: 1,
          technicianId: 1,
          verb: "approve",
          channel: "mail",
          detail: {},
          proof: { kind: "token", detail: "" },
          messageId: null,
        },
        unit.now,
      );
      await holdRelease(desk, unit, {
        draft,
        ticketNumber: 1001,
        language: "en",
        source: { kind: "decision", decisionId },
        actor: person("dana@msp.example"),
      });
      filing = transact(desk, "file", async (other) => {
        await supersedeDrafts(other, 1, person("dana@msp.example"), "the client wrote again");
        await voidReviews(other, 1, "the client wrote again");
      });
      await new Promise((resolve) => setTimeout(resolve, 400));
    });
    await filing;
    expect((await draftsOf(db, 1))[0]?.status).toBe("superseded");
    expect((await releasesOf(db, 1))[0]?.status).toBe("cancelled");
    expect(digest.length).toBeGreaterThan(0);
  });

  test("the question changes hands while its digest is written: the digest shows the draft that can be released", async () => {
    await start({ databaseUrl: await freshDatabase() });
    await scene.ask();
    const [review] = await reviewsOf(running.desk.database.db, 1);
    const { technicians } = await running.desk.directory.current();
    const kim = technicians.find((one) => one.name === "Kim Sato");
    const alex = technicians.find((one) => one.name === "Alex Admin");
    if (review === undefined || kim === undefined || alex === undefined) throw new Error("no scene");
    const give = (to: typeof kim) =>
      transact(running.desk, "give", async (unit) => {
        await lockTicket(unit.db, 1);
        const [now] = await reviewsOf(unit.db, 1);
        await handOver(running.desk, unit, now ?? review, to, {
          actor: { kind: "desk", id: "test" },
          reason: "handed over",
          alone: true,
        });
      });
    await Promise.all([give(kim), give(alex)]);
    await running.idle();
    const [last] = await reviewsOf(running.desk.database.db, 1);
    const holder = technicians.find((one) => one.id === last?.technicianId);
    const asked = running.mailsFor(holder?.email ?? "").at(-1);
    expect((await read(asked?.bytes ?? Buffer.alloc(0))).text).toContain(holder?.name);
    expect(await say(asked?.bytes ?? Buffer.alloc(0), "approve", holder?.email)).toMatch(/leaves now/);
  });
});
