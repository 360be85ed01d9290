import { afterEach, describe, expect, test } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { attentionOf, attentionWords } from "../../src/steps/review/attention.ts";
import { deliver } from "../../src/steps/delivery/deliver.ts";
import { giveUpRedraft, tellOfGivenUpJob } from "../../src/steps/upkeep/give-up.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { releaseById } from "../../src/store/releases.ts";
import { reviewsOf } from "../../src/store/reviews.ts";
import { ticketById } from "../../src/store/tickets.ts";
import { bounceOf } from "../chaos/bounce.ts";
import { startDovecot } from "../support/dovecot.ts";
import { emptyTicket, heldReply } from "../support/held-reply.ts";
import { sceneAt } from "../support/hostile-mail.ts";
import { read, reply } from "../support/mail-program.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";
import { startWebDesk } from "../support/web-desk.ts";
import { requires } from "../skips.ts";

/** What does not arrive inside the desk, work that was given up, and how a doubt is settled from outside. */

let running: TestDesk;
const scene = sceneAt(() => running);
const start = async (options: TestDeskOptions = {}): Promise<void> => {
  running = await startTestDesk(options);
};
afterEach(() => running.close());
const db = () => running.desk.database.reader;
const bounceIn = async (raw: string): Promise<void> => {
  await sendMail(running.port, { from: "", to: "support@desk.example", raw });
  await running.idle();
  await sweep(running.desk);
  await running.idle();
};
const textsFor = async (address: string): Promise<readonly string[]> =>
  Promise.all(running.mailsFor(address).map(async ({ bytes }) => (await read(bytes)).text));

/** As the relay would drop it: the reply's fate is uncertain. */
async function doubted(): Promise<number> {
  const id = await heldReply(running.desk, await emptyTicket(running.desk));
  running.relay.fail({ at: "dot", drop: true, keeps: false });
  await deliver(running.desk, id);
  expect((await releaseById(db(), id))?.status).toBe("uncertain");
  return id;
}

describe("a digest that never arrives", () => {
  test("it bounced: the next in line is asked, and the admin is told, not at the address that bounces", async () => {
    await start();
    const digest = await scene.ask();
    const before = running.mailsFor("dana@msp.example").length;
    await bounceIn(await bounceOf(digest, "dana@msp.example", "<b1@relay.example>"));
    const asked = await eventually(async () => {
      const texts = await textsFor("kim@msp.example");
      return texts.find((text) => text.includes("[[ draft 1"));
    }, 10_000);
    expect(asked).toBeDefined();
    const [alert] = await textsFor("alex@msp.example");
    expect(alert).toContain("Mail to Dana Wu does not arrive");
    expect(alert).toContain("asked of the next in line");
    expect(running.mailsFor("dana@msp.example").length).toBe(before);
    // The sweep finds nothing more to tell, and a second report changes nothing.
    await bounceIn(await bounceOf(digest, "dana@msp.example", "<b2@relay.example>"));
    expect(running.mailsFor("alex@msp.example")).toHaveLength(1);
    expect(attentionWords(await attentionOf(running.desk))).toEqual([
      expect.stringContaining("mail to technicians that never arrived, last day: 1"),
    ]);
    const codes = (await db()("messages")
      .where({ disposition: "delivery-status" })
      .pluck("disposition_code")) as string[];
    expect(codes).toEqual(["bounce-of-review-mail", "bounce-of-review-mail"]);
  });

  test("a report about it that names somebody else, or only a delay, changes nothing", async () => {
    await start();
    const digest = await scene.ask();
    await bounceIn(await bounceOf(digest, "mallory@elsewhere.example", "<b1@relay.example>"));
    const report = await bounceOf(digest, "dana@msp.example", "<b2@relay.example>");
    await bounceIn(
      report
        .replace("Action: failed", "Action: delayed")
        .replace("Status: 5.1.1", "Status: 4.4.1")
        .replace("550 5.1.1 no such user", "421 later"),
    );
    expect(running.mailsFor("kim@msp.example")).toHaveLength(0);
    expect(running.mailsFor("alex@msp.example")).toHaveLength(0);
  });

  test("the relay refused it to the end of its tries: the same", async () => {
    await start();
    running.relay.fail({
      at: "rcpt",
      recipient: "dana@msp.example",
      reply: "550 5.1.1 no such user",
      times: Infinity,
    });
    await sendMail(running.port, {
      from: "ana@contoso.example",
      to: "support@desk.example",
      raw: "From: ana@contoso.example\nTo: support@desk.example\nSubject: VPN drops\nMessage-ID: <v1@contoso.example>\n\nMy VPN drops every hour.\n",
    });
    const queued = await eventually(async () => {
      const row = (await db()("outbox")
        .where({ kind: "digest", status: "queued" })
        .where("attempts", ">", 0)
        .first("id")) as { id: number } | undefined;
      return row;
    }, 10_000);
    await running.desk.database
      .db("outbox")
      .where({ id: queued?.id ?? 0 })
      .update({ attempts: 11, next_attempt_at: "2020-01-01T00:00:00.000Z" });
    await sweep(running.desk);
    await running.idle();
    expect((await textsFor("kim@msp.example")).some((text) => text.includes("[[ draft 1"))).toBe(true);
    const [alert] = await textsFor("alex@msp.example");
    expect(alert).toContain("550 5.1.1 no such user");
  });
});

describe("work that is given up", () => {
  test("admins are told once an hour for each kind", async () => {
    await start();
    await tellOfGivenUpJob(running.desk, "send-digest", "it failed 8 times: no room");
    await tellOfGivenUpJob(running.desk, "send-digest", "it failed 8 times: no room");
    await tellOfGivenUpJob(running.desk, "deliver", "it failed 8 times: no room");
    const texts = await textsFor("alex@msp.example");
    expect(texts).toHaveLength(2);
    expect(texts[0]).toContain("it failed 8 times: no room");
  });

  test("a redraft: the draft before it stands again, and its technician is asked", async () => {
    await start();
    const digest = await scene.ask();
    const review = (await reviewsOf(db(), 1))[0];
    const first = (await draftsOf(db(), 1))[0];
    // The worker's engine is away for good.
    const { directory } = running.desk;
    const current = directory.current.bind(directory);
    Object.assign(directory, {
      current: async () => ({
        ...(await current()),
        engine: { name: "away", draft: () => Promise.reject(new TypeError("no engine")) },
      }),
    });
    await reply(running.port, digest, { from: "dana@msp.example", top: "redraft 1: shorter" });
    const superseded = await eventually(
      async () => ((await draftsOf(db(), 1))[0]?.status === "superseded" ? true : undefined),
      30_000,
    );
    expect(superseded).toBe(true);
    Object.assign(directory, { current });
    await giveUpRedraft(
      running.desk,
      { reviewId: review?.id ?? 0, draftId: first?.id ?? 0, technicianId: review?.technicianId ?? 0 },
      "it failed 8 times",
    );
    const drafts = await draftsOf(db(), 1);
    const again = (await reviewsOf(db(), 1))[0];
    expect(again).toMatchObject({ status: "open", draftId: drafts.at(-1)?.id });
    expect(drafts.at(-1)).toMatchObject({ status: "proposed", content: first?.content });
    const asked = await eventually(async () => {
      const mails = await Promise.all(
        running
          .mailsFor("dana@msp.example")
          .map(async ({ bytes }) => ({ bytes, text: (await read(bytes)).text })),
      );
      return mails.findLast((mail) => mail.text.includes("Another draft could not be written"))?.bytes;
    }, 10_000);
    await reply(running.port, asked ?? digest, { from: "dana@msp.example", top: "approve" });
    await running.mailFor("ana@contoso.example");
  });
});

describe("an uncertain reply, from outside", () => {
  test("readyz stays 200 and says so; the API lists it and takes a person's word", async () => {
    await start();
    const web = await startWebDesk();
    const previous = running;
    running = web.test;
    try {
      const id = await doubted();
      const ready = await fetch(`${web.url}/readyz`);
      expect(ready.status).toBe(200);
      const body = (await ready.json()) as { attention: string[] };
      expect(body.attention).toEqual([expect.stringMatching(/^uncertain replies: 1;/)]);
      expect(JSON.stringify(body)).not.toContain("ana@contoso.example");
      expect(await (await fetch(`${web.url}/metrics`)).text()).toMatch(
        /countersign_releases\{state="uncertain"\} 1/,
      );
      const call = async (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
        fetch(`${web.url}/api/v1/${path}`, {
          ...init,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        });
      const viewer = await web.token("viewer");
      const technician = await web.token("technician", "t");
      const listed = (await (await call("attention", viewer)).json()) as { uncertain: { id: number }[] };
      expect(listed.uncertain.map((one) => one.id)).toEqual([id]);
      const say = (token: string, resolution: string, as: string): Promise<Response> =>
        call(`releases/${id}/resolution`, token, {
          method: "POST",
          body: JSON.stringify({ resolution, as }),
        });
      expect((await say(viewer, "delivered", "dana@msp.example")).status).toBe(403);
      expect((await say(technician, "delivered", "nobody@msp.example")).status).toBe(422);
      expect((await say(technician, "perhaps", "dana@msp.example")).status).toBe(400);
      expect((await releaseById(db(), id))?.status).toBe("uncertain");
      const done = await say(technician, "resend", "dana@msp.example");
      expect(done.status).toBe(200);
      await running.mailFor("ana@contoso.example");
      await running.idle();
      expect((await releaseById(db(), id))?.status).toBe("accepted");
      expect((await say(technician, "resend", "dana@msp.example")).status).toBe(409);
    } finally {
      await web.close();
      running = previous;
    }
  });

  test.skipIf(!requires("dovecot"))(
    "a copy in the Sent folder settles it, at once or when it gets there",
    { timeout: 60_000 },
    async () => {
      const dovecot = await startDovecot();
      try {
        await dovecot.recreate("Sent");
        await start({
          intake: [
            { kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 1_000_000 },
            {
              kind: "imap",
              host: dovecot.host,
              port: dovecot.port,
              secure: false,
              auth: { kind: "password", user: dovecot.user, pass: dovecot.pass },
              folder: "INBOX",
              archive: null,
              sentFolder: "Sent",
              since: null,
            },
          ],
        });
        const sent = running.desk.sentCopy;
        if (sent === null) throw new Error("the Sent folder is not looked at");
        const id = await doubted();
        const release = await releaseById(db(), id);
        expect(await sent(release?.messageId ?? "")).toBe(false);
        // Somebody else's mail, and one whose id only contains ours.
        await dovecot.append("Sent", `Message-ID: old ${release?.messageId}\nSubject: other\n\nx`);
        expect(await sent(release?.messageId ?? "")).toBe(false);
        await dovecot.append("Sent", release?.mime ?? Buffer.alloc(0));
        expect(await sent(release?.messageId ?? "")).toBe(true);
        // The first look found nothing; the next one, ten seconds later, does.
        const settled = await eventually(
          async () => ((await releaseById(db(), id))?.status === "accepted" ? true : undefined),
          40_000,
        );
        expect(settled).toBe(true);
        expect((await ticketById(db(), release?.ticketId ?? 0))?.status).toBe("pending");
        await dovecot.kill();
        await expect(sent("<x@y>")).rejects.toThrow(/Sent of support at 127\.0\.0\.1 cannot be asked/);
      } finally {
        await dovecot.stop();
      }
    },
  );

  test("the command line wants one word and a person", async () => {
    await start({ worker: false });
    const errors: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text) => errors.push(String(text)) > 0;
    try {
      expect(
        await runProgram(["node", "countersign", "delivery", "resolve", "1", "--as", "a@b.example"]),
      ).toBe(2);
      expect(
        await runProgram([
          "node",
          "countersign",
          "delivery",
          "resolve",
          "one",
          "--as",
          "a@b.example",
          "--resend",
        ]),
      ).toBe(2);
    } finally {
      process.stderr.write = write;
    }
    expect(errors.join("")).toContain("Name one of --delivered, --not-delivered and --resend.");
  });
});
