import { afterEach, expect, test } from "vitest";
import { sweep } from "../../src/steps/sweep.ts";
import { verifyChains } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { releasesOf } from "../../src/store/releases.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** The desk's clock jumps, as after a machine slept or a time server was mended: work goes on, and nothing goes out twice. */

let running: TestDesk;
afterEach(() => running.close());

const HOUR = 3_600_000;

test("62 · a clock that jumps on and back: mail is asked about, approved and sent once, with the clock as it is then", async () => {
  let jumped = 0;
  running = await startTestDesk({ open: { clock: () => new Date(Date.now() + jumped) } });
  const jumps = [0, 26 * HOUR, 2 * HOUR, -3 * HOUR, 400 * 24 * HOUR, 0];
  for (const [index, jump] of jumps.entries()) {
    jumped = jump;
    const subject = `VPN drops, report ${index}`;
    await write(running.port, { from: "li@fabrikam.example", subject, text: "My VPN drops every hour." });
    await running.idle();
    await sweep(running.desk);
    const digest = await eventually(async () => {
      for (const mail of running.relay.mails.toReversed())
        if (mail.to[0]?.endsWith("@msp.example") === true && (await read(mail.bytes)).text.includes(subject))
          return mail;
      return undefined;
    }, 15_000);
    if (digest === undefined) throw new Error(`nobody was asked about "${subject}" at ${jump / HOUR} h`);
    const before = running.mailsFor("li@fabrikam.example").length;
    await reply(running.port, digest.bytes, { from: digest.to[0] ?? "", top: "approve 1" });
    await running.mailFor("li@fabrikam.example", before + 1);
    await running.idle();
    await sweep(running.desk);
    await running.idle();
    expect(running.mailsFor("li@fabrikam.example")).toHaveLength(before + 1);
    const [received] = (await listMail(running.desk.database.reader, { limit: 10 })).filter(
      (message) => message.subject === subject,
    );
    expect(Math.abs(Date.parse(received?.receivedAt ?? "") - (Date.now() + jump))).toBeLessThan(10 * 60_000);
  }
  expect((await verifyChains(running.desk.database.reader)).faults).toEqual([]);
});

test.each([
  ["the change to summer time", "2026-03-28T22:30:00Z", "2026-03-29 04:30"],
  ["the change back", "2026-10-24T22:30:00Z", "2026-10-25 03:30"],
  ["leap day", "2028-02-28T23:30:00Z", "2028-02-29 12:30"],
])(
  "62 · over %s: an undo window, a snooze and an expiry are as long as they are said to be",
  async (_, at, until) => {
    let now = Date.parse(at);
    const began = Date.now();
    const clock = (): Date => new Date(now + (Date.now() - began));
    running = await startTestDesk({ holdMs: HOUR, open: { clock } });
    await write(running.port, {
      from: "li@fabrikam.example",
      subject: "VPN drops",
      text: "My VPN drops every hour.",
    });
    await running.idle();
    const digest = running.relay.mails.findLast((mail) => mail.to[0]?.endsWith("@msp.example"));
    await reply(running.port, digest?.bytes ?? Buffer.alloc(0), {
      from: digest?.to[0] ?? "",
      top: `snooze 1 until ${until}`,
    });
    const { reader } = running.desk.database;
    const review = await eventually(async () => {
      const row = (await reader("reviews").first("status", "snoozed_until", "created_at", "expires_at")) as {
        status: string;
        snoozed_until: string | null;
        created_at: string;
        expires_at: string;
      };
      return row.status === "snoozed" ? row : undefined;
    }, 15_000);
    // The desk's zone here is UTC; what is said in it is meant in it.
    expect(review?.snoozed_until).toBe(new Date(`${until.replace(" ", "T")}:00Z`).toISOString());
    expect(Date.parse(review?.expires_at ?? "") - Date.parse(review?.created_at ?? "")).toBe(72 * HOUR);

    await reply(running.port, digest?.bytes ?? Buffer.alloc(0), {
      from: digest?.to[0] ?? "",
      top: "approve 1",
    });
    const release = await eventually(async () => (await releasesOf(reader, 1))[0], 15_000);
    expect(Date.parse(release?.holdUntil ?? "") - Date.parse(release?.createdAt ?? "")).toBe(HOUR);
    expect(running.mailsFor("li@fabrikam.example")).toEqual([]);
    now += HOUR + 1000;
    await sweep(running.desk);
    await running.mailFor("li@fabrikam.example", 1);
  },
);
