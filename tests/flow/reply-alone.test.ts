/** A reply that a policy lets go alone: with its grant, held until it was shown and a while longer, and one word undoes it. */
import { afterEach, describe, expect, it } from "vitest";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { deliver } from "../../src/steps/delivery/deliver.ts";
import { eventsOf } from "../../src/store/events.ts";
import { releaseById, releasesOf } from "../../src/store/releases.ts";
import { reviewsOf } from "../../src/store/reviews.ts";
import { ticketByNumber } from "../../src/store/tickets.ts";
import { requires } from "../skips.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { freshDatabase } from "../support/postgres.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";

const GRANT = `
policies:
  - { action: reply, rung: conditional, maxError: 1, template: client/mailbox }
  - { action: acknowledge, rung: conditional, maxError: 1, template: client/acknowledge }
  - { action: route, rung: conditional, maxError: 1 }
  - { action: categorise, rung: conditional, maxError: 1 }
  - { action: set-priority, rung: conditional, maxError: 1 }
`;
const MAILBOX = {
  from: "li@fabrikam.example",
  name: "Li Chen",
  subject: "Shared mailbox for accounts",
  text: "Hello,\n\nplease give me and Maria access to the shared mailbox accounts@fabrikam.example.\n\nLi",
};
/** Alex is the one who is always on shift. */
const SOMEBODY = /^(?:dana|kim|alex)@msp\.example$/;

let running: TestDesk;
afterEach(() => running.close());

const databases = [
  { name: "SQLite", skip: false, open: async (): Promise<TestDeskOptions> => ({}) },
  {
    name: "PostgreSQL",
    skip: !requires("postgres"),
    open: async (): Promise<TestDeskOptions> => ({ databaseUrl: await freshDatabase() }),
  },
];

/** While a release is held its job waits: the desk is never idle. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const found = await eventually(look, 30_000);
  if (found === undefined) throw new Error("it did not happen");
  return found;
}
const firstIs = (status: string) =>
  until(async () => {
    const [release] = await releasesOf(running.desk.database.reader, await ticketId());
    return release?.status === status ? release : undefined;
  });
const digest = (count: number) => until(async () => digests()[count - 1]);

/** The review mails so far, oldest first. */
const digests = () => running.relay.mails.filter((mail) => SOMEBODY.test(mail.to[0] ?? ""));
async function ticketId(number = 1001): Promise<number> {
  return (await ticketByNumber(running.desk.database.reader, number))?.id ?? 0;
}

describe.each(databases.filter(({ skip }) => !skip))("on $name", ({ open }) => {
  it("goes out in the desk's own name, marked as automatic, and nobody is asked", async () => {
    running = await startTestDesk({ ...(await open()), yaml: GRANT });
    await write(running.port, MAILBOX);
    const sent = await running.mailFor("li@fabrikam.example", 1);
    await running.idle();
    const mail = await read(sent.bytes);
    expect(mail.from[0]).toEqual({ name: "Northwind Support", address: "support@desk.example" });
    expect(mail.text).toContain("Thank you for your message about “Shared mailbox");
    expect(mail.text).not.toMatch(/Dana|Kim|Alex/);
    expect(sent.bytes.toString("latin1")).toMatch(/^Auto-Submitted: auto-replied\r$/m);
    // No acknowledgement beside the answer.
    expect(running.mailsFor("li@fabrikam.example")).toHaveLength(1);

    const db = running.desk.database.reader;
    const [release] = await releasesOf(db, await ticketId());
    expect(release?.authorisation).toMatchObject({ kind: "grant", policyVersion: 1, rule: 0 });
    // A person is asked to lower the priority, and about no reply.
    expect((await reviewsOf(db, await ticketId())).map((review) => review.draftId)).toEqual([null]);
    expect((await ticketByNumber(db, 1001))?.status).toBe("pending");
    const approved = (await eventsOf(db, [`ticket:${await ticketId()}`])).find(
      (event) => event.kind === "draft.approved",
    );
    expect(approved?.actor).toMatchObject({ kind: "policy" });
    const shown = (await read((digests()[0] ?? sent).bytes)).text;
    expect(shown).toMatch(/Done alone:(?:\n\*)? answered li@fabrikam\.example · Policy 1/);
    expect(shown).not.toContain("Nothing has been sent");
    expect(shown).toContain("Thank you for your message about “Shared mailbox");
  });

  it.each(["undo 1", "stop 1"])(
    "“%s” calls it back within the hold, and the technician is asked",
    async (word) => {
      running = await startTestDesk({ ...(await open()), yaml: GRANT, holdMs: 3_600_000 });
      await write(running.port, MAILBOX);
      const shown = await digest(1);
      const technician = shown.to[0] ?? "";
      expect((await read(shown.bytes)).text).toMatch(
        /answered li@fabrikam\.example, leaves at .*\d\d:\d\d · .* · undo 1/,
      );
      await reply(running.port, shown.bytes, { from: technician, top: word });
      await firstIs("cancelled");
      const db = running.desk.database.reader;
      expect((await draftsOf(db, await ticketId())).map((draft) => draft.status)).toEqual([
        "cancelled",
        "proposed",
      ]);
      // The answer to the reply, and the question.
      await digest(3);
      const again = digests().find(({ bytes }) => bytes.includes("[[ draft 1 "));
      expect(running.mailsFor("li@fabrikam.example")).toEqual([]);
      await reply(running.port, (again ?? shown).bytes, { from: technician, top: "approve" });
      const last = await until(async () => (await releasesOf(db, await ticketId()))[1]);
      expect(last?.authorisation.kind).toBe("decision");
      // A person released it: it is no automatic mail any more.
      const bytes = (await releaseById(db, last?.id ?? 0))?.mime.toString("latin1") ?? "";
      expect(bytes).not.toMatch(/^Auto-Submitted/m);
    },
  );

  it("the stop switch calls back what has not left, and a person is asked", async () => {
    let ahead = 0;
    running = await startTestDesk({
      ...(await open()),
      yaml: GRANT,
      holdMs: 3_600_000,
      open: { clock: () => new Date(Date.now() + ahead) },
    });
    await write(running.port, MAILBOX);
    const { id } = await firstIs("held");
    await running.desk.database.db("settings").insert({ name: "paused", value: "1" });
    // The hold is over. Its job waits by the database's clock, which does not jump.
    ahead = 3_601_000;
    await deliver(running.desk, id);
    await firstIs("cancelled");
    const db = running.desk.database.reader;
    const asked = await until(async () =>
      (await reviewsOf(db, await ticketId())).find((review) => review.draftId !== null),
    );
    expect(asked.status).toBe("open");
    expect(running.mailsFor("li@fabrikam.example")).toEqual([]);
  });

  it("the client's next words call it back while it is held", async () => {
    running = await startTestDesk({ ...(await open()), yaml: GRANT, holdMs: 3_600_000 });
    const first = await write(running.port, MAILBOX);
    await firstIs("held");
    await write(running.port, {
      ...MAILBOX,
      subject: `Re: ${MAILBOX.subject}`,
      text: "It is solved, thank you.",
      headers: { "In-Reply-To": first },
    });
    await firstIs("cancelled");
    const db = running.desk.database.reader;
    expect((await draftsOf(db, await ticketId()))[0]?.status).toBe("superseded");
  });
});

describe("a person decides all the same", () => {
  it.each([
    [
      "a sample of all",
      "- { action: reply, rung: supervised, sample: 1, template: client/mailbox }",
      MAILBOX,
    ],
    [
      "another template",
      "- { action: reply, rung: conditional, maxError: 1, template: client/vpn }",
      MAILBOX,
    ],
    [
      "above the limit",
      "- { action: reply, rung: conditional, maxError: 0.01, template: client/mailbox }",
      MAILBOX,
    ],
    [
      "high risk",
      "- { action: reply, rung: conditional, maxError: 1, template: client/identity-callback }",
      { ...MAILBOX, subject: "Password", text: "I forgot my password, please reset it." },
    ],
    [
      "list mail",
      "- { action: reply, rung: conditional, maxError: 1, template: client/mailbox }",
      { ...MAILBOX, headers: { "List-Id": "<staff.fabrikam.example>" } },
    ],
  ])("%s", async (_, rule, mail) => {
    running = await startTestDesk({ yaml: `\npolicies:\n  ${rule}\n` });
    await write(running.port, mail);
    await running.idle();
    const db = running.desk.database.reader;
    expect(await releasesOf(db, await ticketId())).toEqual([]);
    expect(running.mailsFor("li@fabrikam.example")).toEqual([]);
    const reviews = await reviewsOf(db, await ticketId());
    if (!("headers" in mail)) expect(reviews.map((review) => review.status)).toEqual(["open"]);
  });

  it("from the fourth automatic reply to one address within a day on", async () => {
    running = await startTestDesk({ yaml: GRANT });
    for (const word of ["one", "two", "three", "four"]) {
      await write(running.port, { ...MAILBOX, subject: `Shared mailbox ${word}` });
      await running.idle();
    }
    expect(
      running
        .mailsFor("li@fabrikam.example")
        .filter(({ bytes }) => /We are happy to help/.test(bytes.toString())),
    ).toHaveLength(3);
    const [review] = await reviewsOf(running.desk.database.reader, await ticketId(1004));
    expect(review?.reasons.join(" ")).toContain("had 3 automatic replies within a day");
  });
});

it("an acknowledgement stands in the digest among what was done alone, without a word to undo it", async () => {
  running = await startTestDesk({
    yaml: "\npolicies: [{ action: acknowledge, rung: conditional, maxError: 1, template: client/acknowledge }]\n",
  });
  await write(running.port, MAILBOX);
  await running.idle();
  const shown = (await read((digests()[0] ?? { bytes: Buffer.from("") }).bytes)).text;
  expect(shown).toMatch(
    /Done alone:(?:\n\*)? told li@fabrikam\.example that the mail has arrived · Policy 1/,
  );
  expect(shown).not.toContain("undo");
});

it("import takes such a policy", async () => {
  running = await startTestDesk();
  const { desk: file, problems } = parseDeskFile(GRANT, "desk.yaml");
  expect(problems).toEqual([]);
  const rows = await importDeskFile(running.desk, file, "alex@msp.example");
  expect(rows.map((row) => row.what)).toContain("policies (5 rules)");
});
