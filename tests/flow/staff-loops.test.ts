import { afterEach, beforeEach, expect, test } from "vitest";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { reviewsOf } from "../../src/store/reviews.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { rawMail, rawReply, read, write, type NewMail } from "../support/mail-program.ts";
import { startRelay, type Relay, type RelayedMail } from "../support/relay.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

/**
 * 36 · Programs in the mailboxes of the desk's own people. None of them bears a sign of RFC 3834, as those that do are known
 * by it; each answers every mail that the desk sends to a technician. The oracle: silence, and somebody is asked.
 */

interface Answer {
  readonly to: string;
  readonly from: string;
  readonly raw: string | Buffer;
}
type Program = (mail: RelayedMail, message: ParsedMessage) => Answer | null;

let running: TestDesk;
let relay: Relay;
let program: Program;
let under = 0;
let inside: RelayedMail[] = [];
/** Past any bound that silence could have. */
const RUNAWAY = 150;

beforeEach(async () => {
  inside = [];
  relay = await startRelay({
    onMail: (mail) => {
      if (mail.to.every((to) => !to.endsWith("@msp.example"))) return;
      inside.push(mail);
      if (inside.length > RUNAWAY) return;
      under += 1;
      void answer(mail).finally(() => (under -= 1));
    },
  });
  running = await startTestDesk({ relay });
});
afterEach(async () => {
  await running.close();
  await relay.close();
});

async function answer(mail: RelayedMail): Promise<void> {
  const made = program(mail, await read(mail.bytes));
  if (made !== null) await sendMail(running.port, made);
}

async function silence(): Promise<void> {
  let seen = -1;
  let quiet = 0;
  const silent = await eventually(async () => {
    await running.idle(60_000);
    quiet = under === 0 && inside.length === seen ? quiet + 1 : 0;
    seen = inside.length;
    return quiet >= 5 || seen > RUNAWAY ? true : undefined;
  }, 60_000);
  expect(silent).toBe(true);
}

const written = (mail: NewMail & { readonly to: string }): Answer => ({
  from: mail.from,
  to: mail.to,
  raw: rawMail(mail).raw,
});
const asIfForwarded = ({ subject, text, from }: ParsedMessage): string =>
  `\n---------- Forwarded message ---------\nFrom: ${from[0]?.address ?? ""}\nSubject: ${subject}\n\n${text}`;
const replyTo = (message: ParsedMessage): string =>
  message.replyTo[0]?.address ?? message.from[0]?.address ?? "";
const answered = (text: string): Program => {
  return (mail, message) =>
    written({ from: mail.to[0] ?? "", to: replyTo(message), subject: `Re: ${message.subject}`, text });
};

const PROGRAMS: readonly (readonly [string, Program, number])[] = [
  [
    "a rule that redirects to the support address",
    (mail) => ({ from: mail.from, to: "support@desk.example", raw: mail.bytes }),
    1,
  ],
  [
    "a rule that forwards to the support address",
    (mail, message) =>
      written({
        from: mail.to[0] ?? "",
        to: "support@desk.example",
        subject: `Fwd: ${message.subject}`,
        text: asIfForwarded(message),
      }),
    4,
  ],
  [
    "a rule that forwards as an attachment",
    (mail, message) =>
      written({
        from: mail.to[0] ?? "",
        to: "support@desk.example",
        subject: `WG: ${message.subject}`,
        text: `--b\nContent-Type: message/rfc822\n\n${mail.bytes.toString("utf8").replaceAll("\r\n", "\n")}\n--b--`,
        headers: { "Content-Type": "multipart/mixed; boundary=b" },
      }),
    4,
  ],
  ["an absence note without a sign", answered("I am away until Monday."), 24],
  [
    "an absence note that begins like a command",
    answered("Note: I am away until Monday.\nHelp: call the service desk."),
    24,
  ],
  [
    "an absence note to the support address",
    (mail, message) =>
      written({
        from: mail.to[0] ?? "",
        to: "support@desk.example",
        subject: `Re: ${message.subject}`,
        text: "I am away until Monday.",
      }),
    4,
  ],
  ["an echo", (mail, message) => answered(message.text)(mail, message), 24],
  [
    "a private mailbox that acknowledges what is passed on to it",
    (_, message) =>
      message.replyTo.length === 0
        ? null
        : written({
            from: "dana@elsewhere.example",
            to: replyTo(message),
            subject: `Re: ${message.subject}`,
            text: "We got your mail.",
          }),
    60,
  ],
  [
    "a private mailbox that acknowledges to the address in From",
    (_, message) =>
      written({
        from: "dana@elsewhere.example",
        to: message.from[0]?.address ?? "",
        subject: `Re: ${message.subject}`,
        text: "We got your mail.",
      }),
    4,
  ],
  [
    "another help desk that acknowledges under a number of its own",
    (_, message) =>
      written({
        from: "help@elsewhere.example",
        to: message.from[0]?.address ?? "",
        subject: `Your request ${inside.length}`,
        text: "We got your mail.",
        headers: { "In-Reply-To": message.messageId ?? "" },
      }),
    4,
  ],
  [
    "a mailbox that is gone, and says so in a form of its own",
    (mail, message) =>
      written({
        from: "postmaster@msp.example",
        to: mail.from,
        subject: "Your mail could not be delivered",
        text: `Could not deliver to ${mail.to.join()}: user unknown\n\n${message.text}`,
      }),
    2,
  ],
];

test.each(PROGRAMS)("36 · %s", { timeout: 120_000 }, async (_, given, atMost) => {
  program = given;
  await write(running.port, {
    from: "ana@contoso.example",
    name: "Ana Ruiz",
    subject: "VPN drops every hour",
    text: "Hi,\n\nmy VPN disconnects every hour since this morning.\n\nAna",
  });
  await running.mailFor("dana@msp.example");
  await silence();
  expect(inside.length).toBeLessThanOrEqual(atMost);
  const reader = running.desk.database.reader;
  const tickets = await listTickets(reader, { limit: 100 });
  expect(tickets.length).toBeLessThanOrEqual(2);
  for (const { id } of tickets) {
    const review = (await reviewsOf(reader, id)).at(-1);
    // Put off for an hour, where everybody's mail is passed on.
    expect(["open", "snoozed"]).toContain(review?.status);
  }
});

test("36 · while a program answers, a technician's own words are done and answered", async () => {
  const absent = answered("I am away until Monday.");
  program = (mail, message) => (mail.to.includes("dana@msp.example") ? absent(mail, message) : null);
  await write(running.port, {
    from: "ana@contoso.example",
    name: "Ana Ruiz",
    subject: "VPN drops every hour",
    text: "my VPN disconnects every hour since this morning.",
  });
  const digest = await running.mailFor("dana@msp.example");
  await silence();
  const before = running.mailsFor("dana@msp.example").length;
  program = () => null;
  const { raw, to } = await rawReply(digest.bytes, { from: "dana@msp.example", top: "approve" });
  await sendMail(running.port, { from: "dana@msp.example", to, raw });
  await running.mailFor("ana@contoso.example");
  await running.mailFor("dana@msp.example", before + 1);
  const alerts = await Promise.all(running.mailsFor("alex@msp.example").map(({ bytes }) => read(bytes)));
  expect(alerts.map(({ subject }) => subject)).toEqual(["[Desk] A program seems to answer for Dana Wu"]);
});
