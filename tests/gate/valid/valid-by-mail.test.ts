import { afterAll, beforeAll, expect, test } from "vitest";
import { read } from "../../support/mail-program.ts";
import { sendMail } from "../../support/smtp.ts";
import { eventually, type TestDesk } from "../../support/test-desk.ts";
import { askDana, gatheringDesk } from "./real-digests.ts";
import { rawReply, replies, signature, titleOf, type Reply } from "./replies.ts";
import { comparable } from "./comparable.ts";

/** Some of the valid replies on their whole way: by SMTP to a running desk, and what then reaches the client. */

let desk: TestDesk;
beforeAll(async () => {
  desk = await gatheringDesk();
});
afterAll(() => desk.close());

const MOST = 40;

/** Every task and every program at least once, without those that leave out somebody who is no recipient here. */
function sample(): readonly Reply[] {
  const seen = new Set<string>();
  const all = replies(1);
  const chosen = all
    .map((_, at) => all[(at * 37) % all.length] as Reply)
    .filter(({ program, task, language }) => {
      if (task.name === "send without somebody" || task.items > 3) return false;
      const news = [program.name, task.name, language.code].filter((one) => !seen.has(one));
      for (const one of news) seen.add(one);
      return news.length > 0;
    });
  return chosen.slice(0, MOST);
}

let clients = 0;
/** A desk that stops answering fails the rest at once, not after a time-out each. */
let broken = false;
const toClients = () =>
  desk.relay.mails.filter((mail) => mail.to.some((address) => !address.endsWith("@msp.example")));

test.each(sample().map((reply) => [titleOf(reply), reply] as const))("%s", async (_, reply) => {
  if (broken) throw new Error("not tried: a reply before this one got no answer");
  broken = true;
  const [asked] = await askDana(desk, reply.task.items, clients);
  clients += reply.task.items;
  if (asked === undefined) throw new Error("no digest came");
  const before = { dana: desk.mailsFor("dana@msp.example").length, clients: toClients().length };
  const { raw, to } = rawReply(reply, asked.digest, `<by-mail.${clients}@msp.example>`);
  await sendMail(desk.port, { from: "dana@msp.example", to, raw });
  const transcript = await eventually(() => desk.mailsFor("dana@msp.example")[before.dana], 20_000);
  if (transcript === undefined) throw new Error("no transcript came");
  broken = false;
  const said = (await read(transcript.bytes)).text;
  expect(said).not.toContain("not understood");

  const released = reply.task.meant(asked.digest).filter((one) => "kind" in one && one.kind === "release");
  const arrived = await eventually(
    () => (toClients().length >= before.clients + released.length ? true : undefined),
    20_000,
  );
  expect(arrived, said).toBe(true);
  const texts = await Promise.all(
    toClients()
      .slice(before.clients)
      .map(async ({ bytes }) => (await read(bytes)).text),
  );
  const wanted = released.map((one) => {
    const item = asked.digest.items.find(({ number }) => number === ("item" in one ? one.item : 0));
    const own = reply.task.ownText && reply.signed !== "block" ? signature(reply) : [];
    const text = "text" in one && typeof one.text === "string" ? one.text : (item?.draftText ?? "");
    return [text, ...own].join(" ");
  });
  expect(texts.map(shown).toSorted()).toEqual(wanted.map(shown).toSorted());
});

/** A client's mail program shows no Markdown. */
function shown(text: string): string {
  return comparable(text.replace(/\[([^\]]+)\]\(([^)]+)\)/g, "$1 <$2>"))
    .replace(/[<>()*•]|\b\d\.|- /g, " ")
    .replace(/\s+/g, " ");
}
