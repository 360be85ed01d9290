import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { signingDomains } from "../support/dkim.ts";
import { sceneAt } from "../support/hostile-mail.ts";
import { rawReply, read } from "../support/mail-program.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";
import { approvals, nearMisses, wrappings } from "./approval-bodies.ts";
import { attacks, type HonestReply, type HostileMail } from "./attacks.ts";

/**
 * More than two thousand hostile approvals on one desk that accepts DKIM alone: each has its right reason code, none
 * releases anything, and the technician's own reply to the same digests still does.
 */

const domains = signingDomains(["msp.example", "evil.example", "contoso.example"]);
// Clients write unsigned here: a policy would make their mail a stranger's, who joins no ticket.
delete domains.zone["TXT _dmarc.contoso.example"];
const HOUR = 3_600_000;
/** Mails that are under way at the same time. */
const AT_ONCE = 8;

// Hundreds of mails a test, on a machine that does other things as well.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

let running: TestDesk;
let now = 0;
let sent = 0;
let wrongReason = 0;
const scene = sceneAt(() => running);

interface Sent {
  readonly name: string;
  readonly messageId: string;
  readonly codes: readonly string[];
}

/** One honest reply to `digest` in the n-th way of writing and wrapping. */
async function honest(digest: Buffer, n: number, top?: string): Promise<HonestReply & { id: string }> {
  const text = top ?? approvals[n % approvals.length] ?? "approve";
  const wrapping = wrappings[Math.floor(n / approvals.length + n) % wrappings.length];
  const { raw, to, messageId } = await rawReply(digest, {
    from: "dana@msp.example",
    name: "Dana Wu",
    top: text,
    bare: n % 5 === 0,
  });
  return { raw: wrapping?.wrap(raw) ?? raw, to, id: messageId };
}

async function deliver(mail: HostileMail): Promise<void> {
  const answer = await sendMail(running.port, { from: mail.envelopeFrom, to: mail.to, raw: mail.raw });
  expect(answer.code, answer.text).toBe(250);
  sent += 1;
}

async function inGroups<T>(list: readonly T[], work: (one: T, n: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < list.length; start += AT_ONCE)
    await Promise.all(list.slice(start, start + AT_ONCE).map((one, i) => work(one, start + i)));
  await running.idle(120_000);
}

/** What the desk made of each, by its Message-ID; a mail whose Message-ID was spoilt is found by its place. */
async function reasons(after: number): Promise<readonly { readonly id: string; readonly code: string }[]> {
  const rows = (await running.desk.database
    .reader("messages")
    .where("id", ">", after)
    .where("source", "smtp")
    .orderBy("id")
    .select("message_id", "disposition_code")) as { message_id: string; disposition_code: string }[];
  return rows.map((row) => ({ id: row.message_id, code: row.disposition_code }));
}

async function newest(): Promise<number> {
  const row = (await running.desk.database.reader("messages").max({ id: "id" }).first()) as {
    id: number | null;
  };
  return row.id ?? 0;
}

function judge(
  expected: readonly Sent[],
  found: readonly { readonly id: string; readonly code: string }[],
): void {
  const byId = new Map(found.map((row) => [row.id, row.code]));
  const wrong = expected.flatMap((one) => {
    const code = byId.get(one.messageId) ?? "not there";
    return one.codes.includes(code) ? [] : [`${one.name}: ${code}`];
  });
  wrongReason += wrong.length;
  expect(found).toHaveLength(expected.length);
  expect(wrong.slice(0, 10)).toEqual([]);
}

beforeAll(async () => {
  running = await startTestDesk({
    identity: ["dkim"],
    open: { resolver: domains.resolver, clock: () => new Date(Date.now() + now) },
  });
});

afterAll(async () => {
  console.log(
    `hostile approvals: ${sent}, released ${scene.clientMails() - expectedReleases}, wrong reason ${wrongReason}`,
  );
  expect(sent).toBeGreaterThanOrEqual(2000);
  expect(scene.clientMails()).toBe(expectedReleases);
  expect((await verifyChains(running.desk.database.reader)).faults).toEqual([]);
  await running.close();
});

/** Mails that the technician truly released in between. */
let expectedReleases = 0;

async function releaseHerself(digest: Buffer): Promise<void> {
  const { raw, to } = await rawReply(digest, { from: "dana@msp.example", name: "Dana Wu", top: "approve" });
  await sendMail(running.port, { from: "dana@msp.example", to, raw: await domains.sign()(raw) });
  expectedReleases += 1;
  await eventually(() => (scene.clientMails() === expectedReleases ? true : undefined), 30_000);
  expect(scene.clientMails()).toBe(expectedReleases);
}

const PER_ATTACK = 48;

describe("refused at the gate", () => {
  for (const attack of attacks)
    test(`${attack.threat} · ${attack.name}, ${PER_ATTACK} ways`, async () => {
      const digest = await scene.ask();
      const after = await newest();
      const expected: Sent[] = [];
      await inGroups(Array.from({ length: PER_ATTACK }), async (_, n) => {
        const reply = await honest(digest, n);
        const mail = await attack.make(reply, domains, n);
        const messageId = /^Message-ID: (<.*>)$/m.exec(mail.raw)?.[1] ?? reply.id;
        expected.push({ name: `${attack.name} (${n})`, messageId, codes: attack.codes });
        await deliver(mail);
      });
      judge(expected, await reasons(after));
      expect(scene.clientMails()).toBe(expectedReleases);
    });
});

/** How many transcripts the technician has had. */
/** Without the digests that a sweep asks for meanwhile: those answer no mail. */
const answers = (): number =>
  running.mailsFor("dana@msp.example").filter(({ bytes }) => /^In-Reply-To:/m.test(bytes.toString("latin1")))
    .length;

/** Replies signed by the technician: each is answered once, none releases. */
async function answered(
  digest: Buffer,
  count: number,
  compose: (n: number) => Promise<HonestReply & { id: string }>,
): Promise<void> {
  const before = answers();
  const after = await newest();
  const ids: string[] = [];
  await inGroups(Array.from({ length: count }), async (_, n) => {
    const reply = await compose(n);
    ids.push(reply.id);
    await deliver({ raw: await domains.sign()(reply.raw), to: reply.to, envelopeFrom: "dana@msp.example" });
  });
  expect((await reasons(after)).map((row) => row.id).toSorted()).toEqual(ids.toSorted());
  expect(scene.clientMails()).toBe(expectedReleases);
  expect(answers() - before).toBe(count);
  expect(digest.length).toBeGreaterThan(0);
}

/** Codes of refused release verbs since an event. */
async function refusedCodes(ticketStreams: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const event of await eventsOf(running.desk.database.reader, ticketStreams)) {
    const { code } = event.evidence;
    if (event.kind === "review.refused" && typeof code === "string")
      counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

async function newestTicket(): Promise<{ readonly id: number; readonly stream: string }> {
  const row = (await running.desk.database.reader("tickets").max({ id: "id" }).first()) as { id: number };
  return { id: row.id, stream: `ticket:${row.id}` };
}

async function refusedItems(digest: Buffer, stream: string, code: string): Promise<void> {
  const before = (await refusedCodes([stream])).get(code) ?? 0;
  const ways = approvals.filter((way) => !/^(?:send|priority)/.test(way)).length * 2;
  await answered(digest, ways, (n) => honest(digest, n));
  const codes = await refusedCodes([stream]);
  expect((codes.get(code) ?? 0) - before, JSON.stringify([...codes])).toBe(ways);
}

describe("proven to be the technician, and still no release", () => {
  test(`12 · ${nearMisses.length} near misses, each in ${wrappings.length} wrappings`, async () => {
    const digest = await scene.ask();
    await answered(digest, nearMisses.length * wrappings.length, async (n) => {
      const top = nearMisses[n % nearMisses.length] ?? "ok";
      const { raw, to, messageId } = await rawReply(digest, {
        from: "dana@msp.example",
        name: "Dana Wu",
        top,
      });
      const wrapping = wrappings[Math.floor(n / nearMisses.length)];
      return { raw: wrapping?.wrap(raw) ?? raw, to, id: messageId };
    });
    await releaseHerself(await scene.newestDigest());
  });

  test("17 · the approval again, in every way of writing it", async () => {
    const digest = await scene.ask();
    const { stream } = await newestTicket();
    await releaseHerself(digest);
    await refusedItems(digest, stream, "item-used");
  });

  test("18 · an approval of a revision that is no longer the draft", async () => {
    const digest = await scene.ask();
    const { stream } = await newestTicket();
    const { raw, to } = await rawReply(digest, { from: "dana@msp.example", top: "redraft 1: shorter" });
    await sendMail(running.port, { from: "dana@msp.example", to, raw: await domains.sign()(raw) });
    await running.idle(30_000);
    await refusedItems(digest, stream, "item-void");
    await releaseHerself(await scene.newestDigest());
  });

  test("20 · the client wrote after the digest", async () => {
    const digest = await scene.ask({ messageId: "<gate20@contoso.example>" });
    const { stream } = await newestTicket();
    const fresh = await scene.ask({
      subject: "Re: VPN drops",
      text: "It is only the wifi.",
      headers: { "In-Reply-To": "<gate20@contoso.example>" },
    });
    await refusedItems(digest, stream, "item-void");
    await releaseHerself(fresh);
  });

  test("22 · the digest has expired", async () => {
    const digest = await scene.ask();
    now = 73 * HOUR;
    const after = await newest();
    await answered(digest, 40, (n) => honest(digest, n));
    expect(new Set((await reasons(after)).map((row) => row.code))).toEqual(new Set(["token-expired"]));
    await sweep(running.desk);
    await running.idle(30_000);
    now = 0;
  });

  test("21 · the digest was withdrawn because its token leaked", async () => {
    const digest = await scene.ask();
    const leak = await rawReply(digest, { from: "ana@contoso.example", top: "approve" });
    await sendMail(running.port, { from: "ana@contoso.example", to: leak.to, raw: leak.raw });
    await running.idle(30_000);
    const after = await newest();
    await answered(digest, 40, (n) => honest(digest, n));
    expect(new Set((await reasons(after)).map((row) => row.code))).toEqual(new Set(["token-revoked"]));
    await releaseHerself(await scene.newestDigest());
  });

  const elsewhere: readonly (readonly [string, (top: string) => string])[] = [
    ["in the quote", (top) => top.replace(/^/gm, "> ")],
    ["in a deeper quote", (top) => top.replace(/^/gm, ">> ")],
    ["in the signature", (top) => `-- \n${top}`],
    ["below a forwarded header", (top) => `-----Original Message-----\nFrom: x\n\n${top}`],
  ];
  test.each(elsewhere)("11 · an approval only %s", async (_, change) => {
    const digest = await scene.ask();
    const plain = approvals.filter((way) => !/^(?:send|priority|Hi)/.test(way));
    await answered(digest, plain.length, async (n) => {
      const { raw, to, messageId } = await rawReply(digest, {
        from: "dana@msp.example",
        name: "Dana Wu",
        top: change(plain[n] ?? "approve"),
      });
      return { raw, to, id: messageId };
    });
    await releaseHerself(await scene.newestDigest());
  });

  const smuggled: readonly (readonly [string, string])[] = [
    ["a command list", "Reply with:  approve · reject 1"],
    ["a marker", "[[ end of draft 7 ]]"],
    ["another marker", "[[ draft 2 · edit between these two lines, then reply ]]"],
    ["an internal note", "Internal note: she complains a lot"],
    ["a token", "Write to review+a1.abcdefghijklmnopqrstuvwxyz234567@desk.example"],
    ["a token in capitals", "REVIEW+A1.ABCDEFGHIJKLMNOPQRSTUVWXYZ234567@DESK.EXAMPLE"],
  ];
  test.each(smuggled)("25 · an edit that holds %s is shown back, not sent", async (_, line) => {
    const digest = await scene.ask();
    await answered(digest, 8, async (n) => {
      const { raw, to, messageId } = await rawReply(digest, {
        from: "dana@msp.example",
        name: "Dana Wu",
        top: n % 2 === 0 ? "approve" : "",
        edit: (quoted) =>
          quoted.replace(/^> Hi Ana.*$/m, (found) => `${found}\n${n % 4 < 2 ? "> " : ""}${line}`),
      });
      return { raw, to, id: messageId };
    });
    await releaseHerself(await scene.newestDigest());
  });

  test("15 · delivery reports to the review address, with approve in each part", async () => {
    const digest = await scene.ask();
    const to = (await read(digest)).replyTo[0]?.address ?? "";
    const after = await newest();
    await inGroups(Array.from({ length: 40 }), async (_, n) => {
      await deliver({
        raw: deliveryReport(to, n),
        to,
        envelopeFrom: n % 2 === 0 ? "" : "mailer-daemon@msp.example",
      });
    });
    const codes = new Set((await reasons(after)).map((row) => row.code));
    for (const code of codes)
      expect(["automatic", "bounce-unknown", "sender-not-registered"]).toContain(code);
    expect(scene.clientMails()).toBe(expectedReleases);
  });

  test("10 · clients who write or quote an approval", async () => {
    await inGroups(Array.from({ length: 40 }), async (_, n) => {
      const top = approvals[n % approvals.length] ?? "approve";
      await deliver({
        raw: `From: Ana Ruiz <ana@contoso.example>\nTo: support@desk.example\nSubject: Re: [Review] 1 draft waiting ${n}\nMessage-ID: <gate10.${n}@contoso.example>\n\n${top}\n\n> approve all\n`,
        to: "support@desk.example",
        envelopeFrom: "ana@contoso.example",
      });
    });
    expect(scene.clientMails()).toBe(expectedReleases);
  });
});

function deliveryReport(to: string, n: number): string {
  const top = approvals[n % approvals.length] ?? "approve";
  return [
    "From: Mail Delivery System <mailer-daemon@msp.example>",
    `To: ${to}`,
    "Subject: Undelivered Mail Returned to Sender",
    `Message-ID: <gate15.${n}@msp.example>`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    top,
    "",
    "--b",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.msp.example",
    "",
    "Final-Recipient: rfc822; dana@msp.example",
    "Action: failed",
    "Status: 5.1.1",
    "",
    "--b",
    "Content-Type: message/rfc822",
    "",
    "From: review@desk.example",
    `Subject: ${top.split("\n")[0] ?? ""}`,
    "",
    top,
    "--b--",
    "",
  ].join("\n");
}
