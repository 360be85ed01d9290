import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf } from "../../src/store/events.ts";
import { messageById } from "../../src/store/messages.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { read } from "../support/mail-program.ts";
import { sendMail } from "../support/smtp.ts";
import { startWebDesk, tokenIn, type WebDesk } from "../support/web-desk.ts";

/** What was put aside is seen by people and programs, and a named person lets it try again. */

let now = 0;
let desk: WebDesk;
beforeAll(async () => {
  desk = await startWebDesk({ open: { clock: () => new Date(Date.now() + now) } });
});
afterAll(() => desk?.close());

let sent = 0;

/** A mail without From is put aside. Answers its id. */
async function putAside(): Promise<number> {
  const subject = `who am I ${(sent += 1)}`;
  await sendMail(desk.test.port, {
    from: "ana@contoso.example",
    to: "support@desk.example",
    raw: `To: support@desk.example\nSubject: ${subject}\n\nHelp.\n`,
  });
  await desk.test.idle();
  const row = (await desk.test.desk.database.reader("messages").where({ subject }).first("id", "status")) as {
    id: number;
    status: string;
  };
  expect(row.status).toBe("quarantined");
  return row.id;
}

const statusOf = async (id: number): Promise<string | undefined> =>
  (await messageById(desk.test.desk.database.reader, id))?.status;

/** Who retried a message, oldest first. */
const retriedBy = async (id: number): Promise<readonly string[]> =>
  (await eventsOf(desk.test.desk.database.reader, [`message:${id}`]))
    .filter((event) => event.kind === "message.retried")
    .map((event) => event.actor.id);

const alerts = async (): Promise<readonly string[]> => {
  await sweep(desk.test.desk);
  const mails = desk.test.mailsFor("alex@msp.example");
  const read_ = await Promise.all(mails.map(async (mail) => read(mail.bytes)));
  return read_.filter((mail) => mail.subject.includes("put aside")).map((mail) => mail.text);
};

describe("57 · quarantine is visible", () => {
  it("in the console with its filter, in the API and in the metrics", async () => {
    const id = await putAside();
    const admin = await desk.signedIn("alex@msp.example");
    const page = (await admin.get("/mail?disposition=quarantined")).text;
    expect(page).toContain("who am I 1");
    expect(page).toContain("no readable From");
    expect(page).toContain(`action="/mail/${id}/retry"`);
    const answer = await fetch(`${desk.url}/api/v1/mail?disposition=quarantined`, {
      headers: { authorization: `Bearer ${await desk.token("viewer")}` },
    });
    expect(await answer.json()).toMatchObject({ items: [{ id, dispositionCode: "from-missing" }] });
    expect(await (await fetch(`${desk.url}/metrics`)).text()).toMatch(
      /countersign_mail\{disposition="quarantined"\} 1/,
    );
  });

  it("admins are mailed about the first at once, about the next ones once an hour", async () => {
    expect(await alerts()).toHaveLength(1);
    expect((await alerts())[0]).toMatch(/who am I 1.*no readable From/s);
    await putAside();
    await putAside();
    expect(await alerts()).toHaveLength(1);
    now += 61 * 60_000;
    expect(await alerts()).toHaveLength(2);
    expect((await alerts()).at(-1)).toMatch(/who am I 2.*who am I 3/s);
    expect((await alerts()).at(-1)).not.toContain("who am I 1");
  });
});

describe("a retry", () => {
  it("by an admin in the console reads the message again, in their name", async () => {
    const id = await putAside();
    const admin = await desk.signedIn("alex@msp.example");
    const csrf = tokenIn((await admin.get("/mail")).text);
    // What kept it from being read is mended meanwhile: here, by the bytes' having been put right.
    const good = Buffer.from("From: ana@contoso.example\nSubject: mended\n\nMy printer jams.\n");
    const { db } = desk.test.desk.database;
    const message = await messageById(db, id);
    await db("raw_messages").where({ sha256: message?.rawSha256 }).update({ bytes: good, size: good.length });
    expect((await admin.post(`/mail/${id}/retry`, { csrf })).status).toBe(303);
    await desk.test.idle();
    expect(await messageById(db, id)).toMatchObject({ status: "filed", disposition: "new-ticket" });
    expect(await retriedBy(id)).toEqual(["alex@msp.example"]);
    expect((await admin.post(`/mail/${id}/retry`, { csrf })).status).toBe(409);
  });

  it("of what is still not readable ends in quarantine again, with its reason", async () => {
    const id = await putAside();
    const answer = await fetch(`${desk.url}/api/v1/mail/${id}/retry`, {
      method: "POST",
      headers: { authorization: `Bearer ${await desk.token("admin", "reports")}` },
    });
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ id })]);
    await desk.test.idle();
    expect(await messageById(desk.test.desk.database.reader, id)).toMatchObject({
      status: "quarantined",
      dispositionCode: "from-missing",
    });
    expect(await retriedBy(id)).toEqual(["token reports"]);
  });

  it("needs an admin, the page's own form, and a message that is there", async () => {
    const id = await putAside();
    const dana = await desk.signedIn("dana@msp.example");
    const page = (await dana.get("/mail")).text;
    expect(page).not.toContain("/retry");
    expect((await dana.post(`/mail/${id}/retry`, { csrf: tokenIn(page) })).status).toBe(403);
    const admin = await desk.signedIn("alex@msp.example");
    const csrf = tokenIn((await admin.get("/mail")).text);
    expect((await admin.post(`/mail/${id}/retry`, { csrf: "x" })).status).toBe(403);
    expect((await admin.post(`/mail/${id}/retry`, { csrf }, { origin: "https://evil.example" })).status).toBe(
      403,
    );
    expect((await admin.get(`/mail/${id}/retry`)).status).toBe(404);
    expect((await admin.post("/mail/999999/retry", { csrf })).status).toBe(404);
    for (const role of ["viewer", "technician"] as const) {
      const answer = await fetch(`${desk.url}/api/v1/mail/${id}/retry`, {
        method: "POST",
        headers: { authorization: `Bearer ${await desk.token(role)}` },
      });
      expect(answer.status).toBe(403);
    }
    expect(await statusOf(id)).toBe("quarantined");
    expect(await retriedBy(id)).toEqual([]);
  });

  it("of a mail that lies in its mailbox says where it is", async () => {
    const { db } = desk.test.desk.database;
    await db("messages").insert({
      status: "quarantined",
      direction: "in",
      source: "imap",
      received_at: new Date().toISOString(),
      disposition: "quarantined",
      disposition_code: "not-fetched",
      disposition_reason: "It stays in the mailbox as UID 7.",
    });
    const { id } = (await db("messages").max({ id: "id" }).first()) as { id: number };
    const answer = await fetch(`${desk.url}/api/v1/mail/${id}/retry`, {
      method: "POST",
      headers: { authorization: `Bearer ${await desk.token("admin")}` },
    });
    expect([answer.status, await answer.json()]).toEqual([
      409,
      expect.objectContaining({ detail: expect.stringMatching(/mailbox/) as string }),
    ]);
  });
});
