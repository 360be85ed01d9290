import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decisionsOf } from "../../src/store/decisions.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { canonicalSha256 } from "../../src/review/canonical.ts";
import { listTickets, type TicketRecord } from "../../src/store/tickets.ts";
import { rawReply, read, reply, write } from "../support/mail-program.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";
import { askDana, gatheringDesk } from "../gate/valid/real-digests.ts";

/** What replies do that need more than one mail to tell: files, undo after a person's change, merges, many items. */

const VPN = {
  from: "li@fabrikam.example",
  name: "Li Chen",
  subject: "VPN drops every hour",
  text: "Hi,\n\nmy VPN disconnects every hour since this morning.\n\nLi",
};

let desk: TestDesk;
const toDana = () => desk.mailsFor("dana@msp.example");
const toLi = () => desk.mailsFor("li@fabrikam.example");
const newest = async (): Promise<TicketRecord> => {
  const [one] = await listTickets(desk.desk.database.reader, { limit: 1 });
  if (one === undefined) throw new Error("there is no ticket");
  return one;
};

async function asked(): Promise<Buffer> {
  const before = toDana().length;
  await write(desk.port, VPN);
  return (await desk.mailFor("dana@msp.example", before + 1)).bytes;
}

/** The transcript, after everything that it announces. */
async function answered(send: () => Promise<unknown>): Promise<string> {
  const before = toDana().length;
  await send();
  const found = await eventually(async () => {
    for (const mail of toDana().slice(before)) {
      const { text } = await read(mail.bytes);
      if (!text.includes("[[ draft")) return text;
    }
    return undefined;
  }, 15_000);
  if (found === undefined) throw new Error("no transcript came");
  await desk.idle();
  return found;
}

const answer = (digest: Buffer, top: string, from = "dana@msp.example"): Promise<string> =>
  answered(() => reply(desk.port, digest, { from, top }));

/** The same reply with files: name, type, bytes. */
async function withFiles(
  digest: Buffer,
  top: string,
  files: readonly (readonly [name: string, type: string, content: string])[],
): Promise<string> {
  const { raw, to } = await rawReply(digest, { from: "dana@msp.example", top });
  const [head = "", ...body] = raw.split("\n\n");
  const parts = [
    `Content-Type: text/plain; charset=utf-8\n\n${body.join("\n\n")}`,
    ...files.map(
      ([name, type, content]) =>
        `Content-Type: ${type}\nContent-Disposition: ${name === "" ? "inline" : "attachment"}; filename="${name}"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(content).toString("base64")}`,
    ),
  ];
  const mixed = head
    .replace(/^Content-Type:.*$/m, 'Content-Type: multipart/mixed; boundary="=_m"')
    .replace(/^Content-Transfer-Encoding:.*\n/m, "");
  const mail = `${mixed}\n\n${parts.map((part) => `--=_m\n${part}\n`).join("")}--=_m--\n`;
  return answered(() => sendMail(desk.port, { from: "dana@msp.example", to, raw: mail }));
}

describe("one at a time", () => {
  // A desk each: one decision may change what the same mail is proposed, and who is asked.
  beforeEach(async () => {
    desk = await startTestDesk({
      yaml: `
policies:
  - { action: categorise, rung: supervised, maxError: 0.6 }
  - { action: route, rung: supervised, maxError: 0.6 }
`,
    });
  });
  afterEach(() => desk.close());

  test("the files of a reply go out with it where it says attach, and are part of what was authorised", async () => {
    const said = await withFiles(await asked(), "approve 1\nattach 1", [
      ["steps\u202egpj.exe.pdf", "application/pdf", "the pdf"],
      ["", "image/png", "a picture in a signature"],
      ["smime.p7s", "application/pkcs7-signature", "a signature"],
    ]);
    expect(said).toMatch(/leaves now/);
    expect(said).toMatch(/Attached: stepsgpj\.exe\.pdf\n/);
    const { attachments } = await read(toLi().at(-1)?.bytes ?? Buffer.alloc(0));
    expect(attachments.map(({ filename, sha256 }) => [filename, sha256])).toEqual([
      ["stepsgpj.exe.pdf", createHash("sha256").update("the pdf").digest("hex")],
    ]);
    const one = await newest();
    const sent = (await draftsOf(desk.desk.database.reader, one.id)).at(-1);
    expect(sent?.content.attachments).toHaveLength(1);
    expect(sent?.canonicalSha256).toBe(canonicalSha256(sent!.content));
    expect((await decisionsOf(desk.desk.database.reader, one.id)).at(-1)?.verb).toBe("attach");
  });

  test("without the word, files stay where they are; without files, the word sends nothing", async () => {
    const digest = await asked();
    const before = toLi().length;
    expect(await answer(digest, "approve 1\nattach 1")).toMatch(/has no files to attach\. Nothing was sent/);
    expect(toLi()).toHaveLength(before);
    expect(await withFiles(digest, "approve 1", [["notes.txt", "text/plain", "internal"]])).toMatch(
      /leaves now/,
    );
    expect((await read(toLi().at(-1)?.bytes ?? Buffer.alloc(0))).attachments).toEqual([]);
  });

  test("undo leaves what a person has changed since, and says who and when", async () => {
    const digest = await asked();
    expect(await newest()).toMatchObject({ queue: "Network", category: "vpn" });
    await answer(digest, "category 1 remote-access");
    const said = await answer(digest, "undo 1");
    expect(said).toMatch(
      /Put back as it was on #\d+: route\. Left as it is: the category, which you changed at/,
    );
    expect(await newest()).toMatchObject({ queue: "Service Desk", category: "remote-access" });
    expect(await answer(digest, "undo 1")).toMatch(
      /Nothing on #\d+ was undone\. Left as it is: the category, which you changed/,
    );
    expect(await newest()).toMatchObject({ queue: "Service Desk", category: "remote-access" });
  });

  test("undo beside a change in the same reply leaves the change", async () => {
    const said = await answer(await asked(), "category 1 remote-access\nundo 1");
    expect(said).toMatch(/Left as it is: the category/);
    expect(await newest()).toMatchObject({ queue: "Service Desk", category: "remote-access" });
  });

  test("a merge is carried out, and undo takes it back", async () => {
    await answer(await asked(), "reject 1");
    const first = await newest();
    const digest = await asked();
    const one = await newest();
    await answer(digest, "undo 1");
    expect(await answer(digest, `merge 1 into #${first.number}`)).toMatch(/merged/);
    expect(await newest()).toMatchObject({ number: one.number, status: "merged" });
    expect(await answer(digest, "undo 1")).toMatch(/a ticket of its own again/);
    expect(await newest()).toMatchObject({ number: one.number, status: "open" });
    expect(await answer(digest, "time 1 15m\ntime 1 1h")).toMatch(/15 minutes[^]*60 minutes/);
    expect((await decisionsOf(desk.desk.database.reader, one.id)).map(({ verb }) => verb)).toEqual(
      expect.arrayContaining(["merge", "undo", "time"]),
    );
  });

  test("the transcript shows every line of a reason, and what was not understood once", async () => {
    const digest = await asked();
    const said = await answer(digest, "reject 1: the guide is for Windows,\nand Li has a Mac.");
    expect(said).toContain("| reject 1: the guide is for Windows,\n| and Li has a Mac.");
    const words = await answer(digest, "ok");
    expect(words).toContain("Nothing was sent, Dana");
    expect(words.match(/^\| ok$/gm)).toHaveLength(1);
  });

  test("commands in the technician's language", async () => {
    expect(await answer(await asked(), "Freigeben, danke")).toMatch(/leaves now/);
    expect(await answer(await asked(), "Ja")).toMatch(/Nothing was sent/);
  });
});

describe("many at once", () => {
  beforeAll(async () => {
    desk = await gatheringDesk();
  });
  afterAll(() => desk.close());

  test("fifty items in several digests: each answer has its own outcomes", { timeout: 120_000 }, async () => {
    const digests = await askDana(desk, 50, 1);
    expect(digests.length).toBeGreaterThan(1);
    const total = digests.reduce((sum, { digest }) => sum + digest.items.length, 0);
    expect(total).toBe(50);
    const clients = () =>
      desk.relay.mails.filter((mail) => mail.to.some((to) => to.endsWith("@fabrikam.example")));
    let released = 0;
    for (const { bytes, digest } of digests) {
      const last = digest.items.length;
      expect(digest.items.map(({ number }) => number)).toEqual(digest.items.map((_, at) => at + 1));
      const approved = Math.max(last - 2, 0);
      const before = toDana().length;
      await reply(desk.port, bytes, {
        from: "dana@msp.example",
        top: [
          // The last digest has what the others had no room for.
          ...(approved > 0 ? [`approve 1-${approved}`] : []),
          ...(last > 1 ? [`reject ${last - 1}: we call`] : []),
          `snooze ${last} until tomorrow 9:00`,
          `close ${last + 1}`,
        ].join("\n"),
      });
      const mail = await eventually(() => toDana()[before], 20_000);
      const said = (await read(mail?.bytes ?? Buffer.alloc(0))).text;
      released += approved;
      expect(said.match(/leaves now$/gm) ?? []).toHaveLength(approved);
      expect(said).toContain(`There is no item ${last + 1} in this review mail`);
      expect(said).toMatch(new RegExp(`Still waiting for your word:\n${last} · #`));
    }
    const arrived = await eventually(() => (clients().length >= released ? true : undefined), 30_000);
    expect(arrived).toBe(true);
    expect(clients()).toHaveLength(released);
    const tickets = new Set(
      await Promise.all(clients().map(async ({ bytes }) => (await read(bytes)).subject)),
    );
    expect(tickets.size).toBe(released);
  });
});
