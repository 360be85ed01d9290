import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mailSignInLink, signIn, signOut } from "../../../src/steps/admin/sign-in.ts";
import { sessionOf } from "../../../src/store/access.ts";
import { read } from "../../support/mail-program.ts";
import { startTestDesk, type TestDesk } from "../../support/test-desk.ts";

let test: TestDesk;
let now: Date;
beforeEach(async () => {
  now = new Date("2026-03-02T09:00:00Z");
  test = await startTestDesk({ worker: false, open: { clock: () => now } });
});
afterEach(() => test?.close());

async function secret(): Promise<string> {
  await mailSignInLink(test.desk, "DANA@msp.example");
  const mails = test.mailsFor("dana@msp.example");
  const { text } = await read(mails.at(-1)?.bytes ?? Buffer.alloc(0));
  return /\/sign-in\/([\w-]+)/.exec(text)?.[1] ?? "";
}

describe("signing in by mail", () => {
  it("a link works once and begins a session of twelve hours", async () => {
    const link = await secret();
    const session = await signIn(test.desk, link);
    expect(session?.technician.name).toBe("Dana Wu");
    expect(await signIn(test.desk, link)).toBeNull();
    const reader = test.desk.database.reader;
    const at = (iso: string) => sessionOf(reader, session?.secret ?? "", iso);
    expect(await at("2026-03-02T20:59:59.999Z")).toMatchObject({ technicianId: session?.technician.id });
    expect(await at("2026-03-02T21:00:00.000Z")).toBeNull();
    await signOut(test.desk, session?.secret ?? "");
    expect(await at("2026-03-02T09:00:01.000Z")).toBeNull();
  });

  it("of two that click at once one gets in", async () => {
    const link = await secret();
    const both = await Promise.all([signIn(test.desk, link), signIn(test.desk, link)]);
    expect(both.filter((one) => one !== null)).toHaveLength(1);
  });

  it("runs out, and opens nothing for somebody who left meanwhile", async () => {
    const link = await secret();
    now = new Date("2026-03-02T09:15:00Z");
    expect(await signIn(test.desk, link)).toBeNull();
    const another = await secret();
    await test.desk.database.db("technicians").where({ email: "dana@msp.example" }).update({ active: false });
    test.desk.directory.invalidate();
    expect(await signIn(test.desk, another)).toBeNull();
    await mailSignInLink(test.desk, "dana@msp.example");
    expect(test.mailsFor("dana@msp.example")).toHaveLength(2);
  });

  it("mails nothing to an address that no technician has, such as a client's", async () => {
    await mailSignInLink(test.desk, "ana@contoso.example");
    await mailSignInLink(test.desk, "nobody@msp.example");
    expect(test.relay.mails).toHaveLength(0);
  });

  it("the log says who came, and holds no secret", async () => {
    const link = await secret();
    const session = await signIn(test.desk, link);
    const events = (await test.desk.database.reader("events").where({ stream: "desk" })) as {
      kind: string;
    }[];
    expect(events.map((event) => event.kind)).toEqual(
      expect.arrayContaining(["login-link.mailed", "session.began"]),
    );
    const stored = JSON.stringify(
      await Promise.all(["events", "login_links", "sessions"].map((t) => test.desk.database.reader(t))),
    );
    expect(stored).not.toContain(link);
    expect(stored).not.toContain(session?.secret);
  });
});
