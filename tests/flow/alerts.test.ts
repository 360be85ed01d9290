/** A monitoring system writes: the same alert is one ticket, its end is proposed, and nothing answers by itself. */
import { afterEach, expect, it } from "vitest";
import { messagesOf } from "../../src/store/messages.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

let running: TestDesk;
afterEach(() => running.close());

const NAGIOS = "nagios@contoso.example";
const POLICY = `
policies:
  - { action: acknowledge, rung: conditional, maxError: 1, template: client/acknowledge }
  - { action: reply, rung: conditional, maxError: 1, template: client/monitoring }
  - { action: close, rung: conditional, maxError: 1 }
`;

const alert = (
  kind: "PROBLEM" | "RECOVERY",
  state: string,
  from = NAGIOS,
  headers: Readonly<Record<string, string>> = {},
) =>
  write(running.port, {
    from,
    subject: `** ${kind} Service Alert: fs-01/Disk D is ${state} **`,
    text: `Notification Type: ${kind}\nHost: fs-01\nService: Disk D\nState: ${state}`,
    headers,
  });

const tickets = () => listTickets(running.desk.database.reader, { limit: 10 });

const toStaff = () => running.relay.mails.filter((mail) => mail.to.some((to) => to.endsWith("@msp.example")));

/** The mail of the desk to any of its people that follows so many others. */
async function digestAfter(count: number): Promise<Buffer> {
  const mail = await eventually(() => toStaff()[count], 25_000);
  if (mail === undefined) throw new Error(`no review mail after ${count}`);
  return mail.bytes;
}

it("opens one ticket for an alert whose first mails come at the same moment", async () => {
  running = await startTestDesk({ yaml: POLICY });
  const states = ["WARNING", "CRITICAL", "CRITICAL", "WARNING", "CRITICAL", "CRITICAL"];
  await Promise.all(states.map((state) => alert("PROBLEM", state)));
  await running.idle();
  const found = await tickets();
  expect(found.map((ticket) => ticket.subject)).toHaveLength(1);
  expect(await messagesOf(running.desk.database.reader, found[0]?.id ?? 0)).toHaveLength(states.length);
});

it("keeps problem, repeat and recovery on one ticket, and a person closes it by one word", async () => {
  running = await startTestDesk({ yaml: POLICY });
  await alert("PROBLEM", "WARNING");
  await digestAfter(0);
  await running.idle();
  // It says of itself that it was generated, as RFC 3834 asks: a client's alert is heard all the same.
  await alert("PROBLEM", "CRITICAL", NAGIOS, { "Auto-Submitted": "auto-generated" });
  await digestAfter(1);
  await running.idle();
  // A sensor that says the same all night asks nobody anew.
  const before = toStaff().length;
  await alert("PROBLEM", "CRITICAL");
  await alert("PROBLEM", "WARNING");
  await running.idle();
  expect(toStaff()).toHaveLength(before);
  await alert("RECOVERY", "OK");
  const digest = await digestAfter(before);
  await running.idle();

  const [ticket, ...others] = await tickets();
  expect(others).toEqual([]);
  expect(ticket?.status).toBe("open");
  const messages = await messagesOf(running.desk.database.reader, ticket?.id ?? 0);
  expect(messages.map((message) => message.dispositionCode)).toEqual([
    "first-message",
    "same-alert",
    "same-alert-again",
    "same-alert-again",
    "same-alert",
  ]);
  expect((await read(digest)).text).toMatch(/close/i);

  const after = toStaff().length;
  await reply(running.port, digest, { from: "dana@msp.example", name: "Dana Wu", top: "approve" });
  await digestAfter(after);
  await running.idle();
  expect((await tickets())[0]?.status).toBe("closed");
  // Neither an acknowledgement nor a reply ever went to the machine, though policies would let both go.
  expect(running.mailsFor(NAGIOS)).toEqual([]);
});

it("opens another ticket for another address and another check", async () => {
  running = await startTestDesk();
  await alert("PROBLEM", "CRITICAL");
  await running.idle();
  await alert("PROBLEM", "CRITICAL", "nagios@fabrikam.example");
  await running.idle();
  await alert("PROBLEM", "CRITICAL", "icinga@contoso.example");
  await running.idle();
  await write(running.port, {
    from: NAGIOS,
    subject: "** PROBLEM Service Alert: fs-01/Disk E is CRITICAL **",
    text: "Host: fs-01\nService: Disk E\nState: CRITICAL",
  });
  await running.idle();
  expect((await tickets()).map((ticket) => ticket.number)).toEqual([1004, 1003, 1002, 1001]);
  expect(
    (await tickets()).every((ticket) => ticket.category === "" || ticket.category === "monitoring"),
  ).toBe(true);
});
