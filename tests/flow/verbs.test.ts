import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decisionsOf } from "../../src/store/decisions.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { eventsOf } from "../../src/store/events.ts";
import { messagesOf } from "../../src/store/messages.ts";
import { reviewsOf } from "../../src/store/reviews.ts";
import { releasesOf } from "../../src/store/releases.ts";
import { listTickets, type TicketRecord } from "../../src/store/tickets.ts";
import { read, reply, write, type NewMail } from "../support/mail-program.ts";
import { startHeldDesk } from "../support/held-desk.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";

/** What a technician's words do, told from outside: mail in, mail out, and what the desk wrote down. */

let running: TestDesk;
const start = async (options: TestDeskOptions = {}): Promise<void> => {
  running = await startTestDesk(options);
};
afterEach(() => running.close());

const VPN: NewMail = {
  from: "ana@contoso.example",
  name: "Ana Ruiz",
  subject: "VPN drops every hour",
  text: "Hi,\n\nmy VPN disconnects every hour since this morning.\n\nAna",
};

/** A mail of Ana's, and the digest that asks about it. */
async function asked(mail = VPN): Promise<Buffer> {
  const before = running.mailsFor("dana@msp.example").length;
  await write(running.port, mail);
  return (await running.mailFor("dana@msp.example", before + 1)).bytes;
}

async function answer(digest: Buffer, top: string, edit?: (quoted: string) => string): Promise<string> {
  const before = running.mailsFor("dana@msp.example").length;
  await reply(running.port, digest, {
    from: "dana@msp.example",
    name: "Dana Wu",
    top,
    ...(edit === undefined ? {} : { edit }),
  });
  const found = await eventually(async () => {
    for (const mail of running.mailsFor("dana@msp.example").slice(before)) {
      const message = await read(mail.bytes);
      if (!message.text.includes("[[ draft")) return message.text;
    }
    return undefined;
  }, 10_000);
  if (found === undefined) throw new Error(`no transcript for "${top}"`);
  await running.idle();
  return found;
}

/** As `answer`, without waiting for the job of a hold that is still to come. */
async function answerNow(digest: Buffer, top: string): Promise<string> {
  const before = running.mailsFor("dana@msp.example").length;
  await reply(running.port, digest, { from: "dana@msp.example", top });
  return (await read((await running.mailFor("dana@msp.example", before + 1)).bytes)).text;
}

/** What the newest review still proposes. */
async function proposed(): Promise<readonly string[]> {
  const reader = running.desk.database.reader;
  const [review] = (await reviewsOf(reader, (await ticket()).id)).slice(-1);
  return (review?.actions ?? []).map(({ action }) => action.action);
}

async function ticket(): Promise<TicketRecord> {
  const [newest] = await listTickets(running.desk.database.reader, { limit: 1 });
  if (newest === undefined) throw new Error("there is no ticket");
  return newest;
}

const toAna = () => running.mailsFor("ana@contoso.example");

describe("verbs that let nothing out", () => {
  beforeEach(() => start());

  test("what was decided in one line is not proposed again by the next", async () => {
    const digest = await asked();
    expect(await proposed()).toEqual(["reply", "route", "categorise"]);
    await answer(digest, "category 1 printing\nassign 1 to Dana\nnote 1: it is the printer");
    expect(await proposed()).toEqual(["reply"]);
    await answer(digest, "approve 1");
    expect(await ticket()).toMatchObject({ category: "printing", assigneeId: 1 });
  });

  test("“stop” before anything was released says so, also where an earlier reply was sent", async () => {
    await answer(await asked(), "approve 1");
    await running.mailFor("ana@contoso.example");
    const sent = await read(toAna()[0]?.bytes ?? Buffer.alloc(0));
    const second = await asked({
      ...VPN,
      subject: `Re: ${sent.subject}`,
      text: "It still drops.",
      headers: { "In-Reply-To": sent.messageId ?? "", References: sent.messageId ?? "" },
    });
    const told = await answer(second, "stop 1");
    expect(told).toMatch(/Nothing was about to leave/);
    expect(told).not.toMatch(/Too late/);
  });

  const quiet: readonly (readonly [string, RegExp, (ticket: TicketRecord) => void])[] = [
    ["reject 1: we will phone her", /rejected/, (one) => expect(one.status).toBe("open")],
    ["reroute 1 to Service Desk", /Service Desk/, (one) => expect(one.queue).toBe("Service Desk")],
    ["reroute 1 to Kim", /Kim/, (one) => expect(one.assigneeId).toBe(2)],
    ["priority 1 p1", /P1/, (one) => expect(one.priority).toBe("P1")],
    ["category 1 remote-access", /remote-access/, (one) => expect(one.category).toBe("remote-access")],
    ["spam 1", /spam/, (one) => expect(one.status).toBe("spam")],
    ["close 1", /closed/, (one) => expect(one.status).toBe("closed")],
    ["note 1: she is on holiday from Friday", /note/, (one) => expect(one.status).toBe("open")],
    ["take 1", /Dana/, (one) => expect(one.assigneeId).toBe(1)],
    ["assign 1 to Kim", /Kim/, (one) => expect(one.assigneeId).toBe(2)],
    ["snooze 1 until tomorrow 9:00", /comes back/, (one) => expect(one.snoozedUntil).not.toBeNull()],
    ["time 1 15m", /15 minutes/, () => undefined],
    ["help", /approve/, () => undefined],
    ["stop 1", /Nothing was about to leave/, () => undefined],
    ["undo 1", /nothing alone/, () => undefined],
    ["run 1 restart-spooler", /console/, () => undefined],
    ["pause desk", /Only a lead or an admin/, () => undefined],
    ["ok", /not understood|kept as a note/i, () => undefined],
    ["don't approve", /not understood|kept as a note/i, () => undefined],
    ["approve once Bob agrees", /not understood|kept as a note|nothing was sent/i, () => undefined],
  ];
  test.each(quiet)("%s", async (words, transcript, check) => {
    const digest = await asked();
    expect(await answer(digest, words)).toMatch(transcript);
    check(await ticket());
    expect(toAna()).toHaveLength(0);
  });

  test("redraft brings a new draft, and the old digest releases nothing", async () => {
    const first = await asked();
    expect(await answer(first, "redraft 1: shorter please")).toMatch(/new draft/);
    const second = await eventually(() => running.mailsFor("dana@msp.example")[2], 20_000);
    expect((await read(second?.bytes ?? Buffer.alloc(0))).text).toContain("[[ draft 1");
    expect(await answer(first, "approve")).toMatch(/no longer current/);
    expect(toAna()).toHaveLength(0);
    expect(await answer(second?.bytes ?? first, "approve")).toMatch(/leaves now/);
    expect(toAna()).toHaveLength(1);
  });
});

describe("releasing", () => {
  test("send puts the technician's own text in place of the draft", async () => {
    await start();
    expect(
      await answer(await asked(), "send 1:\nHi Ana,\n\nplease restart the VPN client once.\n\nDana"),
    ).toMatch(/leaves now/);
    expect((await read(toAna()[0]?.bytes ?? Buffer.alloc(0))).text).toContain(
      "please restart the VPN client once.",
    );
  });

  test("approve carries out what was proposed beside the reply", async () => {
    await start();
    await answer(await asked(), "approve");
    const one = await ticket();
    expect(one.queue).toBe("Network");
    expect(one.category).toBe("vpn");
    expect(one.status).toBe("pending");
    const [decision] = await decisionsOf(running.desk.database.reader, one.id);
    expect(decision).toMatchObject({
      verb: "approve",
      technicianId: 1,
      channel: "mail",
      proof: { kind: "token" },
    });
  });

  test("the same approval twice is one release, and the second answer says who was first", async () => {
    await start();
    const digest = await asked();
    expect(await answer(digest, "approve")).toMatch(/leaves now/);
    expect(await answer(digest, "approve")).toMatch(/decided already: you/);
    expect(toAna()).toHaveLength(1);
  });

  test("stop within the hold calls it back; later it tells the truth", async () => {
    const held = await startHeldDesk();
    running = held;
    const digest = await asked();
    expect(await answerNow(digest, "approve")).toMatch(/leaves at/);
    expect(await answerNow(digest, "stop")).toMatch(/Stopped/);
    await held.holdIsOver();
    expect(toAna()).toHaveLength(0);

    const second = await asked({ ...VPN, subject: "VPN again" });
    await answerNow(second, "approve");
    await held.holdIsOver();
    expect(toAna()).toHaveLength(1);
    expect(await answerNow(second, "stop")).toMatch(/Too late: it was sent/);
  });

  test("the client writes again before the word comes: the old draft goes nowhere", async () => {
    await start();
    const digest = await asked();
    const [first] = await messagesOf(running.desk.database.reader, (await ticket()).id);
    await write(running.port, {
      ...VPN,
      subject: "Re: VPN drops every hour",
      text: "PS: only on wifi.",
      headers: { "In-Reply-To": first?.messageId ?? "" },
    });
    const second = await running.mailFor("dana@msp.example", 2);
    expect(await answer(digest, "approve")).toMatch(/no longer current: the client wrote again/);
    expect(toAna()).toHaveLength(0);
    expect(await answer(second.bytes, "approve")).toMatch(/leaves now/);
    expect(toAna()).toHaveLength(1);
  });

  test("held when the client writes: the release is called back", async () => {
    const held = await startHeldDesk();
    running = held;
    await answerNow(await asked(), "approve");
    const one = await ticket();
    const [first] = await messagesOf(running.desk.database.reader, one.id);
    await write(running.port, {
      ...VPN,
      subject: "Re: VPN",
      text: "It works again, thanks.",
      headers: { "In-Reply-To": first?.messageId ?? "" },
    });
    await eventually(
      async () =>
        (await messagesOf(running.desk.database.reader, one.id)).some((message) =>
          message.newText?.includes("It works again"),
        ) || undefined,
      20_000,
    );
    await held.holdIsOver();
    expect(toAna()).toHaveLength(0);
    expect((await releasesOf(running.desk.database.reader, one.id))[0]?.status).toBe("cancelled");
    expect((await draftsOf(running.desk.database.reader, one.id))[0]?.status).toBe("superseded");
  });
});

describe("who may not", () => {
  beforeEach(() => start());

  test("a stranger with the token: nothing is sent, the token is void, a new digest comes, admins are told", async () => {
    const digest = await asked();
    await reply(running.port, digest, { from: "mallory@evil.example", top: "approve" });
    const notice = await read((await running.mailFor("dana@msp.example", 2)).bytes);
    await running.mailFor("alex@msp.example", 1);
    await running.idle();
    expect(running.mailsFor("mallory@evil.example")).toHaveLength(0);
    expect(toAna()).toHaveLength(0);
    const dana = await Promise.all(
      running
        .mailsFor("dana@msp.example")
        .slice(1)
        .map((mail) => read(mail.bytes)),
    );
    expect([notice.subject, ...dana.map((one) => one.subject)].join("\n")).toMatch(/came from elsewhere/);
    expect(dana.some((one) => one.text.includes("[[ draft 1"))).toBe(true);
    expect(await answer(digest, "approve")).toMatch(/withdrawn/);
    expect(toAna()).toHaveLength(0);
  });

  test("a colleague who answers Dana's digest is refused, and Dana's own reply still counts", async () => {
    const digest = await asked();
    await reply(running.port, digest, { from: "kim@msp.example", top: "approve" });
    await running.mailFor("dana@msp.example", 2);
    expect(toAna()).toHaveLength(0);
    expect(await answer(digest, "approve")).toMatch(/leaves now/);
    expect(toAna()).toHaveLength(1);
  });

  test("an out-of-office that says approve is ignored", async () => {
    const digest = await asked();
    await reply(running.port, digest, {
      from: "dana@msp.example",
      top: "approve",
      headers: { "Auto-Submitted": "auto-replied" },
    });
    await running.idle();
    expect(toAna()).toHaveLength(0);
    expect(running.mailsFor("dana@msp.example")).toHaveLength(1);
  });

  test("the client says approve: ordinary mail", async () => {
    await asked();
    await write(running.port, { ...VPN, subject: "Re: VPN drops every hour [#1001]", text: "approve" });
    await running.mailFor("dana@msp.example", 2);
    expect(toAna()).toHaveLength(0);
  });
});

describe("what the desk does alone, by policy", () => {
  test("it files and routes alone, says so in the digest, and one word undoes it", async () => {
    await start({
      yaml: `
policies:
  - { action: categorise, rung: supervised, maxError: 0.6 }
  - { action: route, rung: supervised, maxError: 0.6 }
`,
    });
    const digest = await asked();
    const one = await ticket();
    expect(one.queue).toBe("Network");
    expect(one.category).toBe("vpn");
    expect((await read(digest)).text).toMatch(/undo 1/);
    expect(await answer(digest, "undo 1")).toMatch(/Put back/);
    const undone = await ticket();
    expect(undone.queue).toBe("Service Desk");
    expect(undone.category).toBe("");
  });

  test("an acknowledgement goes out alone only where a policy names its template, once a day, and is no answer", async () => {
    await start({
      yaml: `
policies:
  - { action: acknowledge, rung: supervised, maxError: 0.9, template: client/acknowledge }
`,
    });
    await asked({
      from: "li@fabrikam.example",
      name: "Li Chen",
      subject: "VPN drops",
      text: "My VPN drops every hour.",
    });
    await running.mailFor("li@fabrikam.example", 1);
    const mail = await read(running.mailsFor("li@fabrikam.example")[0]?.bytes ?? Buffer.alloc(0));
    expect(mail.headers.find((field) => field.name === "auto-submitted")?.value).toBe("auto-replied");
    expect((await ticket()).status).toBe("open");
    await write(running.port, {
      from: "li@fabrikam.example",
      subject: "Another thing about VPN",
      text: "And the VPN is slow.",
    });
    await running.idle();
    expect(running.mailsFor("li@fabrikam.example")).toHaveLength(1);
    const [release] = await releasesOf(running.desk.database.reader, 1);
    expect(release?.authorisation.kind).toBe("grant");
  });

  test("pause stops every automatic act, by mail of a lead", async () => {
    await start({
      yaml: `
policies:
  - { action: route, rung: supervised, maxError: 0.9 }
`,
    });
    await write(running.port, {
      from: "li@fabrikam.example",
      subject: "Question about invoices",
      text: "Where do I find last month's invoice?",
    });
    await running.idle();
    const lead = running.mailsFor("kim@msp.example")[0];
    const digest = lead ?? running.mailsFor("dana@msp.example")[0];
    const who = lead === undefined ? "dana@msp.example" : "kim@msp.example";
    await running.desk.database.db("technicians").where({ email: who }).update({ role: "lead" });
    running.desk.directory.invalidate();
    await reply(running.port, digest?.bytes ?? Buffer.alloc(0), { from: who, top: "pause desk" });
    await running.idle();
    await asked();
    expect((await ticket()).queue).toBe("Service Desk");
  });
});

describe("other mail", () => {
  beforeEach(() => start());

  test("a technician's forward opens the client's ticket, and the reply goes to the client", async () => {
    await write(running.port, {
      from: "dana@msp.example",
      name: "Dana Wu",
      subject: "Fwd: VPN trouble",
      text: "FYI\n\n---------- Forwarded message ---------\nFrom: Ana Ruiz <ana@contoso.example>\nDate: Mon, 2 Mar 2026 at 09:00\nSubject: VPN trouble\nTo: Dana Wu <dana@msp.example>\n\nHi Dana, my VPN disconnects every hour.\n\nAna",
    });
    const digest = await running.mailFor("dana@msp.example", 1);
    expect((await ticket()).requesterAddress).toBe("ana@contoso.example");
    await answer(digest.bytes, "approve");
    expect(toAna()).toHaveLength(1);
  });

  test("a technician's mail on a ticket is a note that no client sees", async () => {
    await asked();
    await write(running.port, {
      from: "kim@msp.example",
      subject: "Re: VPN drops [#1001]",
      text: "She called me, it is the wifi.",
    });
    await running.idle();
    const notes = (await messagesOf(running.desk.database.reader, (await ticket()).id)).filter(
      (message) => message.direction === "note",
    );
    expect(notes.map((note) => note.newText)).toEqual(["She called me, it is the wifi."]);
    expect(toAna()).toHaveLength(0);
  });

  test("a stranger who names a ticket opens a new one", async () => {
    await asked();
    await write(running.port, {
      from: "eve@other.example",
      subject: "Re: VPN drops every hour [#1001]",
      text: "What is the state?",
    });
    await running.idle();
    expect((await ticket()).number).toBe(1002);
    expect(
      (await messagesOf(running.desk.database.reader, 1)).filter(
        (message) => message.fromAddress === "eve@other.example",
      ),
    ).toHaveLength(0);
  });

  test("the same mail by two roads is one ticket, and both receipts show", async () => {
    const messageId = await write(running.port, VPN);
    await running.idle();
    const { rawMail } = await import("../support/mail-program.ts");
    const raw = running.desk.database.reader("raw_messages").first("bytes") as unknown as Promise<{
      bytes: Buffer;
    }>;
    const { sendMail } = await import("../support/smtp.ts");
    expect(rawMail({ ...VPN, messageId }).messageId).toBe(messageId);
    await sendMail(running.port, {
      from: VPN.from,
      to: "support@desk.example",
      raw: Buffer.concat([
        Buffer.from("Received: by elsewhere.example; Mon, 2 Mar 2026 09:00:00 +0000\r\n"),
        (await raw).bytes,
      ]),
    });
    await running.idle();
    expect((await ticket()).number).toBe(1001);
    const rows = (await running.desk.database
      .reader("messages")
      .where({ source: "smtp" })
      .select("disposition")) as { disposition: string }[];
    expect(rows.map((row) => row.disposition).toSorted()).toEqual(["duplicate", "new-ticket"]);
  });

  test("a bounce of a released reply reopens its ticket and tells the technician", async () => {
    await answer(await asked(), "approve");
    const sent = await read(toAna()[0]?.bytes ?? Buffer.alloc(0));
    const dsn = [
      "From: MAILER-DAEMON@contoso.example",
      "To: support@desk.example",
      "Subject: Undelivered Mail Returned to Sender",
      "Message-ID: <dsn1@contoso.example>",
      "Date: Mon, 2 Mar 2026 09:30:00 +0000",
      "Auto-Submitted: auto-replied",
      "MIME-Version: 1.0",
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      "",
      "--b",
      "Content-Type: text/plain",
      "",
      "The mailbox does not exist.",
      "",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.contoso.example",
      "",
      "Final-Recipient: rfc822; ana@contoso.example",
      "Action: failed",
      "Status: 5.1.1",
      "Diagnostic-Code: smtp; 550 5.1.1 no such user",
      "",
      "--b",
      "Content-Type: message/rfc822",
      "",
      `Message-ID: ${sent.messageId ?? ""}`,
      "From: support@desk.example",
      "To: ana@contoso.example",
      `Subject: ${sent.subject}`,
      "",
      "text",
      "--b--",
      "",
    ].join("\n");
    const { sendMail } = await import("../support/smtp.ts");
    await sendMail(running.port, { from: "", to: "support@desk.example", raw: dsn });
    await running.idle();
    expect((await ticket()).status).toBe("open");
    expect((await draftsOf(running.desk.database.reader, 1)).at(-1)?.status).toBe("bounced");
    const { sweep } = await import("../../src/steps/sweep.ts");
    await running.desk.database.db("outbox").update({ next_attempt_at: "2000-01-01T00:00:00.000Z" });
    await sweep(running.desk);
    expect(
      (await read(running.mailsFor("dana@msp.example").at(-1)?.bytes ?? Buffer.alloc(0))).subject,
    ).toMatch(/came back/);
    const kinds = (await eventsOf(running.desk.database.reader, ["ticket:1"])).map((event) => event.kind);
    expect(kinds).toContain("release.bounced");
  });
});
