import { afterAll, beforeAll, expect, test } from "vitest";
import { read, reply, write } from "../support/mail-program.ts";
import { startWebDesk, type WebDesk } from "../support/web-desk.ts";

/** Five drafts, each rewritten alike: the API and the next digest's foot tell, and tell it once. */
let desk: WebDesk;
beforeAll(async () => {
  desk = await startWebDesk({});
});
afterAll(() => desk?.close());

interface Told {
  readonly drafts: readonly Record<string, unknown>[];
}

async function insights(): Promise<Told> {
  const token = await desk.token("viewer");
  const answer = await fetch(`${desk.url}/api/v1/insights`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Told;
}

/** A mail of Ana's, and the digest that asks Dana about it. */
async function asked(one: number): Promise<{ readonly bytes: Buffer; readonly text: string }> {
  const { test } = desk;
  const before = test.mailsFor("dana@msp.example").length;
  await write(test.port, {
    from: "ana@contoso.example",
    name: "Ana Ruiz",
    subject: `VPN drops, day ${one}`,
    text: "Hi,\n\nmy VPN disconnects every hour since this morning.\n\nAna",
  });
  await test.idle();
  const digests = test.mailsFor("dana@msp.example").slice(before);
  for (const { bytes } of digests.toReversed()) {
    const { text } = await read(bytes);
    if (text.includes("[[ draft")) return { bytes, text };
  }
  throw new Error("no digest came");
}

test("a template that people keep rewriting is told, with the phrases they change", async () => {
  expect((await insights()).drafts).toEqual([]);
  for (let one = 0; one < 5; one++) {
    const digest = await asked(one);
    expect(digest.text).not.toContain("were rewritten");
    const own = `Hi Ana,\n\nI have reset your tunnel, please sign in again and ring me on the desk phone.\n\nDana`;
    await reply(desk.test.port, digest.bytes, { from: "dana@msp.example", top: `send 1:\n${own}` });
    await desk.test.idle();
  }
  const [first] = (await insights()).drafts;
  expect(first).toMatchObject({ kind: "template", name: "client/vpn", releases: 5, rewritten: 5 });
  expect(first?.["keepsBeingRewritten"]).toBe(true);
  expect(JSON.stringify(first?.["phrases"])).toContain("I have reset your tunnel");

  desk.test.desk.directory.invalidate();
  await desk.test.desk.directory.current();
  const next = await asked(6);
  expect(next.text).toMatch(/client\/vpn: 5 of 5 drafts were rewritten, mostly .*“/);
  expect((await asked(7)).text).not.toContain("were rewritten");
}, 120_000);
