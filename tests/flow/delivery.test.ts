import { afterEach, describe, expect, test } from "vitest";
import { deliver } from "../../src/steps/delivery/deliver.ts";
import type { Desk } from "../../src/steps/desk.ts";
import { resolveDelivery } from "../../src/steps/delivery/resolve-delivery.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { deliveriesOf, listReleases, releaseById } from "../../src/store/releases.ts";
import { ticketById } from "../../src/store/tickets.ts";
import { attemptDelivery } from "../../src/transport/smtp-client.ts";
import { bounceOf } from "../chaos/bounce.ts";
import { emptyTicket, heldReply } from "../support/held-reply.ts";
import { sceneAt } from "../support/hostile-mail.ts";
import { rawMail, read, reply } from "../support/mail-program.ts";
import { startRelay, type Fault, type Relay } from "../support/relay.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";

/** From release to client, over real SMTP, with every cut (threats 53 to 56; protocol §4). */

let running: TestDesk;
let relay: Relay | null = null;
const scene = sceneAt(() => running);
const start = async (options: TestDeskOptions = {}): Promise<void> => {
  running = await startTestDesk(options);
};
afterEach(async () => {
  await running.close();
  await relay?.close();
  relay = null;
});

const db = () => running.desk.database.reader;
const dana = async () => {
  const { technicians } = await running.desk.directory.current();
  const found = technicians.find((one) => one.email === "dana@msp.example");
  if (found === undefined) throw new Error("Dana is not here");
  return found;
};
const ana = (): number => running.relay.mails.filter((mail) => mail.to[0] === "ana@contoso.example").length;
const ok = { state: "accepted", code: 250, enhancedCode: "", text: "", relayMessageId: null } as const;

/** The desk without its worker: replies go to the relay, with short time-outs; mail to technicians is collected. */
function byHand(): { readonly desk: Desk; readonly told: { to: string; text: string }[] } {
  const told: { to: string; text: string }[] = [];
  const target = { host: "127.0.0.1", port: running.relay.port, secure: false };
  const timeouts = { connect: 300, command: 300, block: 300, final: 300 };
  const desk: Desk = {
    ...running.desk,
    mail: {
      attempt: (mail) => attemptDelivery({ relay: target, timeouts, ...mail }),
      async inside({ to, mime }) {
        told.push({ to, text: (await read(mime)).text });
        return ok;
      },
    },
  };
  return { desk, told };
}

describe("53, 54 · a cut at every place", () => {
  const NOTHING_SENT: readonly Fault[] = [
    { at: "connect", drop: true },
    { at: "connect", hang: true },
    { at: "connect", reply: "421 4.3.2 shutting down", drop: true },
    { at: "ehlo", drop: true },
    { at: "mail", drop: true },
    { at: "mail", reply: "451 4.7.1 greylisted" },
    { at: "rcpt", drop: true },
    { at: "rcpt", reply: "450 4.2.0 greylisted, come back in 300 s" },
    { at: "data", drop: true },
    { at: "data", hang: true },
    { at: "data", reply: "451 4.3.0 no" },
    { at: "data", reply: "421 4.3.2 shutting down", drop: true },
    { at: "dot", reply: "451 4.3.0 try later" },
    { at: "dot", reply: "421 4.3.2 shutting down", drop: true, keeps: false },
    { at: "dot", reply: "452 4.3.1 no room" },
  ];
  const UNCERTAIN: readonly Fault[] = [
    { at: "body", drop: true },
    { at: "body", hang: true },
    { at: "dot", drop: true },
    { at: "dot", hang: true },
    { at: "dot", drop: true, keeps: false },
  ];
  const REFUSED: readonly Fault[] = [
    { at: "mail", reply: "550 5.7.1 not you" },
    { at: "rcpt", reply: "550 5.1.1 no such user" },
    { at: "data", reply: "554 5.7.0 no" },
    { at: "dot", reply: "554 5.7.1 refused as spam" },
    { at: "dot", reply: "552 5.3.4 too large" },
  ];

  test("before the first byte, or with a 4xx: deferred with a backoff, and the next attempt sends the same bytes", async () => {
    await start({ worker: false });
    const { desk, told } = byHand();
    const ticketId = await emptyTicket(desk);
    for (const fault of NOTHING_SENT) {
      const id = await heldReply(desk, ticketId);
      const before = ana();
      running.relay.fail(fault);
      await deliver(desk, id);
      const release = await releaseById(db(), id);
      expect([fault, release?.status]).toEqual([fault, "deferred"]);
      const wait = Date.parse(release?.nextAttemptAt ?? "") - Date.now();
      expect(wait).toBeGreaterThan(10_000);
      expect(wait).toBeLessThan(40_000);
      expect(ana()).toBe(before);
      // Not before its time, whoever asks.
      await deliver(desk, id);
      expect(ana()).toBe(before);
      await running.desk.database
        .db("releases")
        .where({ id })
        .update({ next_attempt_at: "2020-01-01T00:00:00.000Z" });
      await deliver(desk, id);
      expect((await releaseById(db(), id))?.status).toBe("accepted");
      expect(running.relay.mails.at(-1)?.bytes.equals(release?.mime ?? Buffer.alloc(0))).toBe(true);
      expect(ana()).toBe(before + 1);
    }
    expect(told).toEqual([]);
  });

  test("lost after the first byte: uncertain, told to the technician and the lead at once, never sent again", async () => {
    await start({ worker: false });
    const { desk, told } = byHand();
    const ticketId = await emptyTicket(desk);
    for (const fault of UNCERTAIN) {
      const id = await heldReply(desk, ticketId);
      const mails = told.length;
      running.relay.fail(fault);
      await deliver(desk, id);
      const kept = ana();
      const [attempt] = await deliveriesOf(db(), [id]);
      expect([fault, (await releaseById(db(), id))?.status, attempt?.outcome]).toEqual([
        fault,
        "uncertain",
        "uncertain",
      ]);
      expect(told.slice(mails).map(({ to }) => to)).toEqual(["dana@msp.example", "kim@msp.example"]);
      expect(told.at(-1)?.text).toContain(`countersign delivery resolve ${id} --as`);
      await deliver(desk, id);
      await sweep(desk);
      await deliver(desk, id);
      expect(ana()).toBe(kept);
    }
    expect((await verifyChains(db())).faults).toEqual([]);
  });

  test("5xx: rejected, told once, the ticket open", async () => {
    await start({ worker: false });
    const { desk, told } = byHand();
    const ticketId = await emptyTicket(desk);
    for (const fault of REFUSED) {
      const id = await heldReply(desk, ticketId);
      const mails = told.length;
      running.relay.fail(fault);
      await deliver(desk, id);
      expect([fault, (await releaseById(db(), id))?.status]).toEqual([fault, "rejected"]);
      expect(told.slice(mails).map(({ to }) => to)).toEqual(["dana@msp.example"]);
      expect(told.at(-1)?.text).toContain(fault.reply?.slice(4) ?? "");
      await deliver(desk, id);
    }
    expect(ana()).toBe(0);
    expect((await ticketById(db(), ticketId))?.status).not.toBe("pending");
  });

  test("after the 250 the line may go: it is accepted", async () => {
    await start({ worker: false });
    const { desk } = byHand();
    const id = await heldReply(desk, await emptyTicket(desk));
    running.relay.fail({ at: "accepted", drop: true });
    await deliver(desk, id);
    expect((await releaseById(db(), id))?.status).toBe("accepted");
  });

  test(
    "a relay that drops the line after the dot: 500 times, none sent again but by a person",
    { timeout: 120_000 },
    async () => {
      await start({ worker: false });
      const { desk: handled } = byHand();
      const desk: Desk = { ...handled, mail: { ...handled.mail, inside: () => Promise.resolve(ok) } };
      await desk.database.db.raw("PRAGMA synchronous = OFF");
      const ticketId = await emptyTicket(desk);
      const ids: number[] = [];
      for (let n = 0; n < 500; n++) ids.push(await heldReply(desk, ticketId));
      running.relay.fail({ at: "dot", drop: true, times: Infinity });
      const lanes = Array.from({ length: 4 }, async (_, lane) => {
        for (const id of ids.filter((one) => one % 4 === lane)) await deliver(desk, id);
      });
      await Promise.all(lanes);
      running.relay.heal();
      const uncertain = await listReleases(db(), { state: "uncertain", limit: 1000 });
      expect([uncertain.length, ana()]).toEqual([500, 500]);
      for (const id of ids) await deliver(desk, id);
      await sweep(desk);
      await sweep(desk);
      expect(ana()).toBe(500);
      const [first = 0] = ids;
      await resolveDelivery(desk, first, "resend", await dana());
      await deliver(desk, first);
      expect(ana()).toBe(501);
      expect(
        running.relay.mails.at(-1)?.bytes.equals((await releaseById(db(), first))?.mime ?? Buffer.alloc(0)),
      ).toBe(true);
    },
  );
});

async function doubted(): Promise<{ readonly desk: Desk; readonly id: number; readonly ticketId: number }> {
  await start({ worker: false });
  const { desk } = byHand();
  const ticketId = await emptyTicket(desk);
  const id = await heldReply(desk, ticketId);
  running.relay.fail({ at: "dot", drop: true });
  await deliver(desk, id);
  return { desk, id, ticketId };
}
const states = async (id: number, ticketId: number): Promise<readonly unknown[]> => [
  (await releaseById(db(), id))?.status,
  (await draftsOf(db(), ticketId))[0]?.status,
  (await ticketById(db(), ticketId))?.status,
];

describe("a person settles a doubt", () => {
  test("delivered: accepted in that person's name, and the ticket waits for the client again", async () => {
    const { desk, id, ticketId } = await doubted();
    expect((await ticketById(db(), ticketId))?.status).toBe("open");
    expect(await resolveDelivery(desk, id, "delivered", await dana())).toMatchObject({ done: true });
    expect(await states(id, ticketId)).toEqual(["accepted", "sent", "pending"]);
    const event = (await eventsOf(db(), [`ticket:${ticketId}`])).find(
      (one) => one.kind === "release.confirmed",
    );
    expect(event?.actor).toEqual({ kind: "person", id: "dana@msp.example" });
    expect(await resolveDelivery(desk, id, "resend", await dana())).toMatchObject({ done: false });
    await deliver(desk, id);
    expect(ana()).toBe(1);
  });

  test("not delivered: failed, not sent again, and the ticket stays open", async () => {
    const { desk, id, ticketId } = await doubted();
    expect(await resolveDelivery(desk, id, "not-delivered", await dana())).toMatchObject({ done: true });
    expect(await states(id, ticketId)).toEqual(["rejected", "failed", "open"]);
    await sweep(desk);
    await deliver(desk, id);
    expect(ana()).toBe(1);
  });

  test("resend: once, the same bytes and Message-ID; two people at once send it once", async () => {
    const { desk, id, ticketId } = await doubted();
    const by = await dana();
    const both = await Promise.all([1, 2].map(() => resolveDelivery(desk, id, "resend", by)));
    expect(both.filter((one) => one?.done)).toHaveLength(1);
    await Promise.all([deliver(desk, id), deliver(desk, id)]);
    expect(await states(id, ticketId)).toEqual(["accepted", "sent", "pending"]);
    const [first, second] = running.relay.mails;
    expect(ana()).toBe(2);
    expect(second?.bytes.equals(first?.bytes ?? Buffer.alloc(0))).toBe(true);
    expect((await deliveriesOf(db(), [id])).map((one) => one.outcome)).toEqual(["uncertain", "accepted"]);
  });

  test("nothing to resolve: of what is not uncertain, and of what is not there", async () => {
    const { desk } = await doubted();
    const other = await heldReply(desk, await emptyTicket(desk));
    expect(await resolveDelivery(desk, other, "resend", await dana())).toMatchObject({ done: false });
    expect(await resolveDelivery(desk, 4711, "resend", await dana())).toBeNull();
  });
});

describe("a copy settles a doubt", () => {
  test("that comes back to the desk, also before the doubt is told", async () => {
    await start();
    running.relay.fail({ at: "dot", drop: true });
    const ticketId = await emptyTicket(running.desk);
    const { desk } = byHand();
    const first = await heldReply(desk, ticketId);
    await deliver(desk, first);
    const copy = async (id: number): Promise<void> => {
      const release = await releaseById(db(), id);
      await sendMail(running.port, {
        from: "ana@contoso.example",
        to: "support@desk.example",
        raw: release?.mime ?? Buffer.alloc(0),
      });
      await running.idle();
    };
    expect((await releaseById(db(), first))?.status).toBe("uncertain");
    await copy(first);
    expect((await releaseById(db(), first))?.status).toBe("accepted");

    // The copy is faster than the end of the wait for the relay's answer: nobody is troubled.
    const { desk: quick, told } = byHand();
    const second = await heldReply(
      { ...quick, queue: { ...quick.queue, add: () => Promise.resolve() } },
      ticketId,
    );
    const attempt: Desk["mail"]["attempt"] = async (mail) => {
      await mail.onStarted();
      await copy(second);
      return { state: "uncertain", text: "no answer" };
    };
    await deliver({ ...quick, mail: { ...quick.mail, attempt } }, second);
    expect((await releaseById(db(), second))?.status).toBe("accepted");
    expect(told).toEqual([]);
  });
});

describe("55 · one of two recipients refused", () => {
  test("nobody gets it; the technician is told who was refused, and sends it to the other by mail alone", async () => {
    await start();
    const digest = await scene.ask({ headers: { Cc: "Bob <bob@contoso.example>" } });
    expect((await read(digest)).text).toContain("bob@contoso.example");
    running.relay.fail({
      at: "rcpt",
      recipient: "bob@contoso.example",
      reply: "550 5.1.1 no such user",
      times: Infinity,
    });
    const before = running.mailsFor("dana@msp.example").length;
    await reply(running.port, digest, { from: "dana@msp.example", top: "approve" });
    const [release] =
      (await eventually(async () => {
        const found = await listReleases(db(), { state: "rejected", limit: 5 });
        return found.length > 0 ? found : undefined;
      }, 10_000)) ?? [];
    expect(release?.status).toBe("rejected");
    expect(ana()).toBe(0);
    // Transcript, notice and the new digest.
    await running.mailFor("dana@msp.example", before + 3);
    const mails = await Promise.all(
      running
        .mailsFor("dana@msp.example")
        .slice(before)
        .map(({ bytes }) => read(bytes)),
    );
    const notice = mails.find((mail) => mail.subject.includes("was not delivered"));
    expect(notice?.text).toMatch(/refused bob@contoso\.example.*nobody has got this reply/s);
    expect(notice?.text).toContain("send 1 without bob@contoso.example");
    expect(notice?.text).toContain("550 5.1.1 no such user");
    const again = running
      .mailsFor("dana@msp.example")
      .find((_, n) => n >= before && mails[n - before]?.text.includes("[[ draft 1"));
    await reply(running.port, again?.bytes ?? digest, {
      from: "dana@msp.example",
      top: "send 1 without bob@contoso.example",
    });
    await running.mailFor("ana@contoso.example");
    expect(running.mailsFor("bob@contoso.example")).toHaveLength(0);
    expect(ana()).toBe(1);
  });
});

test("a relay that names its own Message-ID: bounces and replies to either id find the release", async () => {
  relay = await startRelay({
    accepted: "2.6.0 <named@eur.prod.outlook.com> [InternalId=1, Hostname=x] Queued mail for delivery",
  });
  await start({ relay });
  const digest = await scene.ask();
  await reply(running.port, digest, { from: "dana@msp.example", top: "approve" });
  const sent = await running.mailFor("ana@contoso.example");
  await running.idle();
  const [release] = await listReleases(db(), { limit: 1 });
  expect(release?.relayMessageId).toBe("<named@eur.prod.outlook.com>");
  for (const id of [release?.messageId ?? "", "<named@eur.prod.outlook.com>"]) {
    const { raw, messageId } = rawMail({
      from: "ana@contoso.example",
      to: "support@desk.example",
      subject: "something else",
      text: `It still drops, says ${id}.`,
      headers: { "In-Reply-To": id, References: id },
    });
    await sendMail(running.port, { from: "ana@contoso.example", to: "support@desk.example", raw });
    await running.idle();
    const row = (await db()("messages")
      .where({ message_id: messageId })
      .first("ticket_id", "disposition")) as object;
    expect(row).toEqual({ ticket_id: release?.ticketId, disposition: "follow-up" });
  }
  const bounce = await bounceOf(sent.bytes, "ana@contoso.example", "<b1@relay.example>");
  const theirs = bounce.replaceAll(release?.messageId ?? "", "<named@eur.prod.outlook.com>");
  await sendMail(running.port, { from: "", to: "support@desk.example", raw: theirs });
  await running.idle();
  expect((await draftsOf(db(), release?.ticketId ?? 0)).some((draft) => draft.status === "bounced")).toBe(
    true,
  );
});

async function sent(): Promise<{ readonly bytes: Buffer; readonly ticketId: number }> {
  await start();
  const digest = await scene.ask();
  await reply(running.port, digest, { from: "dana@msp.example", top: "approve" });
  const mail = await running.mailFor("ana@contoso.example");
  await running.idle();
  const [release] = await listReleases(db(), { limit: 1 });
  return { bytes: mail.bytes, ticketId: release?.ticketId ?? 0 };
}
const bounceIn = async (raw: string): Promise<void> => {
  await sendMail(running.port, { from: "", to: "support@desk.example", raw });
  await running.idle();
  await sweep(running.desk);
};
const state = async (ticketId: number): Promise<readonly unknown[]> => [
  (await draftsOf(db(), ticketId))[0]?.status,
  (await ticketById(db(), ticketId))?.status,
];
const notices = async (): Promise<number> =>
  (await Promise.all(running.mailsFor("dana@msp.example").map(({ bytes }) => read(bytes)))).filter((mail) =>
    mail.subject.includes("came back"),
  ).length;

describe("56 · later bounces", () => {
  test("the reply bounced: reopened, told once in plain words, however many reports come", async () => {
    const { bytes, ticketId } = await sent();
    expect(await state(ticketId)).toEqual(["sent", "pending"]);
    await bounceIn(await bounceOf(bytes, "ana@contoso.example", "<b1@relay.example>"));
    expect(await state(ticketId)).toEqual(["bounced", "open"]);
    await bounceIn(await bounceOf(bytes, "ana@contoso.example", "<b2@relay.example>"));
    await running.desk.database
      .db("outbox")
      .where({ status: "queued" })
      .update({ next_attempt_at: "2020-01-01T00:00:00.000Z" });
    await sweep(running.desk);
    expect(await notices()).toBe(1);
    const last = await read(running.mailsFor("dana@msp.example").at(-1)?.bytes ?? Buffer.alloc(0));
    expect(last.text).toMatch(/no such mailbox \(5\.1\.1; it will not help to send it again\)/);
  });

  test("a delay changes nothing and tells nobody", async () => {
    const { bytes, ticketId } = await sent();
    const delayed = (await bounceOf(bytes, "ana@contoso.example", "<b1@relay.example>"))
      .replace("Action: failed", "Action: delayed")
      .replace("Status: 5.1.1", "Status: 4.4.1")
      .replace("550 5.1.1 no such user", "421 4.4.1 connection timed out");
    await bounceIn(delayed);
    expect(await state(ticketId)).toEqual(["sent", "pending"]);
    expect(await notices()).toBe(0);
  });

  test("a forged report, about a foreign recipient or a Message-ID that is not ours, changes nothing", async () => {
    const { bytes, ticketId } = await sent();
    await bounceIn(await bounceOf(bytes, "mallory@elsewhere.example", "<f1@relay.example>"));
    const own = (await read(bytes)).messageId ?? "";
    const report = await bounceOf(bytes, "ana@contoso.example", "<f2@relay.example>");
    const foreign = report.replaceAll(own, "<guessed@desk.example>");
    expect(foreign).not.toBe(report);
    await bounceIn(foreign);
    expect(await state(ticketId)).toEqual(["sent", "pending"]);
    expect(await notices()).toBe(0);
    const codes = (await db()("messages")
      .where({ disposition: "delivery-status" })
      .pluck("disposition_code")) as string[];
    expect(codes).toEqual(["bounce-unknown", "bounce-unknown"]);
  });

  test("a bounce of an uncertain reply settles the doubt: it had left", async () => {
    await start();
    const ticketId = await emptyTicket(running.desk);
    const { desk } = byHand();
    const id = await heldReply(desk, ticketId);
    running.relay.fail({ at: "dot", drop: true });
    await deliver(desk, id);
    expect((await releaseById(db(), id))?.status).toBe("uncertain");
    const release = await releaseById(db(), id);
    await bounceIn(
      await bounceOf(release?.mime ?? Buffer.alloc(0), "ana@contoso.example", "<b1@relay.example>"),
    );
    expect((await releaseById(db(), id))?.status).toBe("accepted");
    expect(await state(ticketId)).toEqual(["bounced", "open"]);
  });
});
