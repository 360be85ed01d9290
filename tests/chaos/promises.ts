import { expect } from "vitest";
import { read } from "../support/mail-program.ts";
import { canonicalSha256 } from "../../src/review/canonical.ts";
import { draftById, draftsOf } from "../../src/store/drafts.ts";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { deliveriesOf, listReleases, type Release } from "../../src/store/releases.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { reviewsOf } from "../../src/store/reviews.ts";
import type { BareDesk } from "./bare-desk.ts";
import { CANARY } from "./history.ts";
import type { World } from "./play.ts";

/** What must hold after any history, looked at from outside where that can be, else in tables that another hand wrote. */
export async function checkPromises(desk: BareDesk, world: World): Promise<void> {
  const failed = await desk.desk.queue.failed();
  expect(
    failed.map(({ kind, payload, reason }) => ({ kind, payload, reason })),
    "jobs that were given up",
  ).toEqual([]);
  await everyClientMailWasAuthorised(desk, world);
  await nothingLeftTwice(desk);
  await draftsWereCurrent(desk);
  await technicianMailStaysInside(desk);
  await everyMessageHasItsDisposition(desk);
  await nobodyWaitsUnasked(desk);
  expect((await verifyChains(desk.desk.database.reader)).faults).toEqual([]);
}

/** Promise 1: bytes that left are a release's bytes, and the release is what a person saw and released, or a policy's. */
async function everyClientMailWasAuthorised(desk: BareDesk, world: World): Promise<void> {
  const db = desk.desk.database.reader;
  const releases = await listReleases(db, { limit: 1000 });
  for (const { from, to, mime } of desk.handOvers) {
    const release = releases.find((one) => one.mime.equals(mime));
    if (release === undefined) throw new Error("bytes left that no release has");
    expect(from).toBe("support@desk.example");
    expect(to).toEqual(release.envelopeTo);
    const text = mime.toString("utf8");
    expect(text).not.toContain(CANARY);
    expect(text).not.toMatch(/a1\.[a-z2-7]{32}|\[\[ (?:draft|end)/i);
    for (const token of world.tokens) expect(text.toLowerCase()).not.toContain(token);
    await isOfItsDraft(desk, release);
    await isOfItsAuthority(desk, world, release);
  }
}

async function isOfItsDraft(desk: BareDesk, release: Release): Promise<void> {
  const draft = await draftById(desk.desk.database.reader, release.draftId);
  if (draft === null) throw new Error("a release without a draft");
  const hash = canonicalSha256(draft.content);
  expect([draft.canonicalSha256, release.authorisation.canonicalSha256]).toEqual([hash, hash]);
  const message = await read(release.mime);
  expect(squeezed(message.text)).toBe(squeezed(draft.content.body));
  expect([...message.to, ...message.cc].map(({ address }) => address)).toEqual(release.envelopeTo);
  expect(message.messageId).toBe(release.messageId);
  // Nobody gets mail about a ticket that is not theirs: the requester, or their own company.
  const ticket = (await listTickets(desk.desk.database.reader, { limit: 1000 })).find(
    (one) => one.id === release.ticketId,
  );
  const domain = ticket?.requesterAddress.split("@")[1];
  for (const address of release.envelopeTo) expect(address.split("@")[1]).toBe(domain);
}

async function isOfItsAuthority(desk: BareDesk, world: World, release: Release): Promise<void> {
  const { authorisation } = release;
  const { db } = desk.desk.database;
  const row = (await db("authorisations").where({ id: authorisation.id }).first()) as
    { draft_id: number; canonical_sha256: string } | undefined;
  expect(row).toMatchObject({ draft_id: release.draftId, canonical_sha256: authorisation.canonicalSha256 });
  const draft = await draftById(desk.desk.database.reader, release.draftId);
  if (authorisation.kind === "grant") {
    expect(draft?.kind).toBe("acknowledge");
    return;
  }
  const decided = (await db("decisions as d")
    .join("messages as m", "m.id", "d.message_id")
    .join("technicians as t", "t.id", "d.technician_id")
    .where("d.id", authorisation.decisionId)
    .first("m.message_id", "t.email", "d.verb")) as
    { message_id: string; email: string; verb: string } | undefined;
  const said = world.genuine.get(decided?.message_id ?? "");
  if (said === undefined || decided === undefined)
    throw new Error(`no technician ever wrote the message ${decided?.message_id} that released`);
  expect(decided.email).toBe(said.technician);
  const body = squeezed(draft?.content.body ?? "");
  if (said.edit !== null) expect(body).toContain(squeezed(said.edit));
  else if (said.top.startsWith("send 1:")) expect(body).toBe(squeezed(said.top.slice("send 1:".length)));
  else {
    expect(said.top).toMatch(/^(?:approve|send 1 without)/i);
    expect(squeezed(said.digestText), "what was approved is what was shown").toContain(body);
  }
}

/** Promise 2: a client has each reply once. Bytes go again only where the relay had said that it took none. */
async function nothingLeftTwice(desk: BareDesk): Promise<void> {
  const arrived = desk.handOvers.filter((one) => one.arrived).map(({ mime }) => mime.toString("base64"));
  expect(new Set(arrived).size, "a client has a reply twice").toBe(arrived.length);
  const ended = new Set<string>();
  for (const { mime, fate } of desk.handOvers) {
    const name = mime.toString("base64");
    expect(ended.has(name), "sent again after an answer that ends it").toBe(false);
    if (fate !== "deferred-early" && fate !== "deferred-late") ended.add(name);
  }
  const releases = await listReleases(desk.desk.database.reader, { limit: 1000 });
  for (const release of releases) {
    const mine = desk.handOvers.filter(({ mime }) => mime.equals(release.mime));
    const last = mine.at(-1)?.fate;
    if (release.status === "accepted")
      expect(["accepted", "lost-after-arrival", "lost-before-arrival"]).toContain(last);
    else if (release.status === "uncertain") expect(last).toMatch(/^lost/);
    else if (release.status === "rejected") expect(last).toBe("rejected");
    else if (release.status === "cancelled") expect(mine.filter(({ arrived: has }) => has)).toEqual([]);
    else expect(release.status, "a release that stands still").toBe("one that ended");
    expect(await deliveriesOf(desk.desk.database.reader, [release.id])).toHaveLength(new Set(mine).size);
  }
}

/** A draft is approved, and leaves, only while it answers the client's last word. The log is in order; the tables are not asked. */
async function draftsWereCurrent(desk: BareDesk): Promise<void> {
  const db = desk.desk.database.reader;
  for (const ticket of await listTickets(db, { limit: 1000 })) {
    const drafts = await draftsOf(db, ticket.id);
    let last: unknown = null;
    for (const event of await eventsOf(db, [`ticket:${ticket.id}`])) {
      if (event.kind === "ticket.opened" || event.kind === "ticket.client-replied")
        last = event.evidence["messageId"];
      if (event.kind !== "draft.approved") continue;
      const draft = drafts.find((one) => one.id === event.evidence["draftId"]);
      if (draft?.kind === "reply")
        expect(draft.basedOnMessageId, "approved, and the client had written again").toBe(last);
    }
    last = null;
    for (const event of await eventsOf(db, [`ticket:${ticket.id}`])) {
      if (event.kind === "ticket.opened" || event.kind === "ticket.client-replied")
        last = event.evidence["messageId"];
      if (event.kind !== "draft.released") continue;
      const [release] = (await listReleases(db, { limit: 1000 })).filter(
        (one) => one.id === event.evidence["releaseId"],
      );
      const draft = drafts.find((one) => one.id === release?.draftId);
      if (draft?.kind === "reply")
        expect(draft.basedOnMessageId, "left, and the client had written again").toBe(last);
    }
  }
}

async function technicianMailStaysInside(desk: BareDesk): Promise<void> {
  const { technicians } = await desk.desk.directory.current();
  const known = new Set(technicians.map(({ email }) => email));
  expect(desk.inside.filter(({ to }) => !known.has(to)).map(({ to }) => to)).toEqual([]);
  for (const { to } of desk.handOvers)
    for (const address of to) expect(known.has(address), `${address} is a technician`).toBe(false);
}

/** Promise 3. */
async function everyMessageHasItsDisposition(desk: BareDesk): Promise<void> {
  const mail = await listMail(desk.desk.database.reader, { limit: 1000 });
  const silent = mail.filter(
    (one) => one.status === "received" || !one.disposition || !one.dispositionReason,
  );
  expect(silent.map(({ id, status, disposition }) => ({ id, status, disposition }))).toEqual([]);
}

/** A ticket that is open has a question that somebody was asked, or a person's word on its last message. */
async function nobodyWaitsUnasked(desk: BareDesk): Promise<void> {
  const db = desk.desk.database.reader;
  for (const ticket of await listTickets(db, { limit: 1000 })) {
    if (ticket.status !== "new" && ticket.status !== "open") continue;
    const reviews = await reviewsOf(db, ticket.id);
    const last = reviews.at(-1);
    expect(ticket.status, `#${ticket.number} is still new`).not.toBe("new");
    expect(last?.status, `#${ticket.number} waits, and its last review is`).not.toBe("void");
    expect(last, `#${ticket.number} waits, and nobody was asked`).toBeDefined();
    if (last?.status === "open")
      expect(last.digestId, `#${ticket.number} waits, and its review is in no digest`).not.toBeNull();
  }
}

/** Words without their wrapping. */
function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
