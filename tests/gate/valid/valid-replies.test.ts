import { afterAll, beforeAll, expect, test } from "vitest";
import { parseMessage } from "../../../src/mail/parse/parse.ts";
import { intend, type Intention } from "../../../src/review/reading/intention.ts";
import { readReviewReply } from "../../../src/review/reading/reply-reading.ts";
import type { TestDesk } from "../../support/test-desk.ts";
import { askDana, gatheringDesk, type RealDigest } from "./real-digests.ts";
import { comparable } from "./comparable.ts";
import { rawReply, replies, signature, titleOf, type Reply } from "./replies.ts";
import type { Meant, Task } from "./tasks.ts";

let desk: TestDesk;
const digests = new Map<Task["items"], RealDigest>();
beforeAll(async () => {
  desk = await gatheringDesk();
  let from = 0;
  for (const count of [1, 3, 8] as const) {
    const [first] = await askDana(desk, count, from);
    if (first?.digest.items.length !== count) throw new Error(`no digest of ${count} items`);
    digests.set(count, first.digest);
    from += count;
  }
});
afterAll(() => desk.close());

async function decided(reply: Reply, number: number): Promise<readonly Intention[]> {
  const digest = digests.get(reply.task.items) as RealDigest;
  const { raw } = rawReply(reply, digest, `<valid.${number}@msp.example>`);
  const message = await parseMessage({ bytes: raw });
  if (message.defects.length > 0 || message.automatic.verdict !== "no")
    throw new Error(`${titleOf(reply)} is not sound: ${message.defects.join()} ${message.automatic.verdict}`);
  const read = readReviewReply(message, { technicianName: digest.technician.name, items: digest.items });
  return intend({ ...read, items: digest.items });
}

/** Below a text for a client, a closing and a name are part of it. */
function meantBy(reply: Reply, digest: RealDigest): readonly Meant[] {
  const own = reply.signed === "block" ? [] : signature(reply);
  return reply.task
    .meant(digest)
    .map((one) =>
      reply.task.ownText && "text" in one ? { ...one, text: `${String(one.text)} ${own.join(" ")}` } : one,
    );
}

function verdictOf(meant: readonly Meant[], done: readonly Intention[]): "as meant" | "held" | "wrong" {
  const wanted = meant.map(comparable);
  const acts = done.filter((one) => one.kind !== "ask" && !(one.kind === "note" && !one.understood));
  if (acts.some((one) => !wanted.includes(comparable(one)))) return "wrong";
  const asks = done.some((one) => one.kind === "ask");
  const says = asks || done.some((one) => one.kind === "note" && !one.understood);
  if (acts.length === wanted.length && !says) return "as meant";
  return says ? "held" : "wrong";
}

/** `VALID_ROUNDS=9` plays every program and language nine times, each with another task. */
const ROUNDS = Number(process.env["VALID_ROUNDS"] ?? 1);

test("valid replies do what the technician meant", { timeout: 120_000 * ROUNDS }, async () => {
  const counts = { "as meant": 0, held: 0, wrong: 0 };
  const others: string[] = [];
  const all = replies(ROUNDS);
  for (const [number, reply] of all.entries()) {
    const done = await decided(reply, number);
    const verdict = verdictOf(meantBy(reply, digests.get(reply.task.items) as RealDigest), done);
    counts[verdict]++;
    if (verdict !== "as meant")
      others.push(`${verdict}: ${titleOf(reply)}\n  ${done.map((one) => JSON.stringify(one)).join("\n  ")}`);
  }
  const share = ((100 * counts["as meant"]) / all.length).toFixed(1);
  console.log(
    `valid replies: ${all.length}, as meant ${counts["as meant"]} (${share} %), held ${counts.held}, wrong ${counts.wrong}`,
  );
  expect(others.filter((one) => one.startsWith("wrong")).join("\n")).toBe("");
  expect(all.length).toBeGreaterThanOrEqual(300);
  expect(counts["as meant"] / all.length, others.join("\n")).toBeGreaterThanOrEqual(0.99);
});
