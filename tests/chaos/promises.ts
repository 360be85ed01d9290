import { deepEqual, equal, match, ok, doesNotMatch } from "node:assert/strict";
import { canonicalSha256 } from "../../src/review/canonical.ts";
import type { Desk } from "../../src/steps/desk.ts";
import { draftById, draftsOf } from "../../src/store/drafts.ts";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { deliveriesOf, releaseById, type Release } from "../../src/store/releases.ts";
import { listTickets, ticketById } from "../../src/store/tickets.ts";
import { reviewsOf } from "../../src/store/reviews.ts";
import { read } from "../support/mail-program.ts";
import type { BareDesk, HandOver } from "./bare-desk.ts";
import { CANARY } from "./history.ts";
import type { World } from "./play.ts";

/**
 * What must hold, looked at from outside where that can be, else in tables that another hand wrote. For the random histories
 * (`checkPromises`) and for desks that were killed (campaign-promises.ts), so it throws with Node's own assert.
 */

/** A desk that has come to rest, and what left it. */
export interface Witness {
  readonly desk: Pick<Desk, "database" | "queue" | "directory">;
  readonly handOvers: readonly Pick<HandOver, "from" | "to" | "mime">[];
  /** Who got mail inside the desk. */
  readonly inside: readonly { readonly to: string }[];
}

const ALL = { limit: 1_000_000 };

/** With their bytes. */
export async function allReleases({ desk }: Pick<Witness, "desk">): Promise<readonly Release[]> {
  const db = desk.database.reader;
  const ids = (await db("releases").orderBy("id").select("id")) as { id: number }[];
  const found: Release[] = [];
  for (const { id } of ids) {
    const release = await releaseById(db, id);
    if (release !== null) found.push(release);
  }
  return found;
}

/** After any history. */
export async function checkPromises(desk: BareDesk, world: World): Promise<void> {
  await nothingWasGivenUp(desk);
  await everyClientMailWasAuthorised(desk, world);
  await nothingLeftTwice(desk);
  await draftsWereCurrent(desk);
  await technicianMailStaysInside(desk);
  await everyMessageHasItsDisposition(desk);
  await nobodyWaitsUnasked(desk);
  await theChainsAreWhole(desk);
}

export async function nothingWasGivenUp({ desk }: Witness): Promise<void> {
  const failed = await desk.queue.failed();
  equal(failed.length, 0, `jobs were given up: ${JSON.stringify(failed.slice(0, 5))}`);
}

export async function theChainsAreWhole({ desk }: Witness): Promise<void> {
  deepEqual((await verifyChains(desk.database.reader)).faults, []);
}

/** Promise 1: bytes that left are a release's bytes, and the release is what a person saw and released, or a policy's. */
export async function everyClientMailWasAuthorised(witness: Witness, world: World): Promise<void> {
  const releases = new Map<string, Release>();
  for (const release of await allReleases(witness)) releases.set(release.mime.toString("base64"), release);
  const seen = new Set<string>();
  for (const { from, to, mime } of witness.handOvers) {
    const release = releases.get(mime.toString("base64"));
    if (release === undefined)
      throw new Error(`bytes left that no release has: ${mime.toString("utf8", 0, 400)}`);
    equal(from, "support@desk.example");
    deepEqual(to, release.envelopeTo);
    if (seen.has(release.messageId)) continue;
    seen.add(release.messageId);
    const text = mime.toString("utf8");
    ok(!text.includes(CANARY), "an internal note left");
    doesNotMatch(text, /a1\.[a-z2-7]{32}|\[\[ (?:draft|end)/i);
    const lower = text.toLowerCase();
    for (const token of world.tokens) ok(!lower.includes(token), "a token left");
    await isOfItsDraft(witness, release);
    await isOfItsAuthority(witness, world, release);
  }
}

async function isOfItsDraft({ desk }: Witness, release: Release): Promise<void> {
  const draft = await draftById(desk.database.reader, release.draftId);
  if (draft === null) throw new Error("a release without a draft");
  const hash = canonicalSha256(draft.content);
  deepEqual([draft.canonicalSha256, release.authorisation.canonicalSha256], [hash, hash]);
  const message = await read(release.mime);
  equal(squeezed(message.text), squeezed(draft.content.body));
  deepEqual(
    [...message.to, ...message.cc].map(({ address }) => address),
    release.envelopeTo,
  );
  equal(message.messageId, release.messageId);
  // Nobody gets mail about a ticket that is not theirs: the requester, or their own company.
  const ticket = await ticketById(desk.database.reader, release.ticketId);
  const domain = ticket?.requesterAddress.split("@")[1];
  for (const address of release.envelopeTo) equal(address.split("@")[1], domain);
}

async function isOfItsAuthority({ desk }: Witness, world: World, release: Release): Promise<void> {
  const { authorisation } = release;
  const { db } = desk.database;
  const row = (await db("authorisations").where({ id: authorisation.id }).first()) as
    { draft_id: number; canonical_sha256: string } | undefined;
  deepEqual([row?.draft_id, row?.canonical_sha256], [release.draftId, authorisation.canonicalSha256]);
  const draft = await draftById(desk.database.reader, release.draftId);
  if (authorisation.kind === "grant") {
    equal(draft?.kind, "acknowledge");
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
  equal(decided.email, said.technician);
  const body = squeezed(draft?.content.body ?? "");
  if (said.edit !== null) ok(body.includes(squeezed(said.edit)), "the edit is not in what was released");
  else if (said.top.startsWith("send 1:")) equal(body, squeezed(said.top.slice("send 1:".length)));
  else {
    match(said.top, /^(?:approve|send 1 without)/i);
    ok(squeezed(said.digestText).includes(body), "what was approved is not what was shown");
  }
}

/** Promise 2: a client has each reply once. Bytes go again only where the relay had said that it took none. */
async function nothingLeftTwice(desk: BareDesk): Promise<void> {
  const arrived = desk.handOvers.filter((one) => one.arrived).map(({ mime }) => mime.toString("base64"));
  equal(new Set(arrived).size, arrived.length, "a client has a reply twice");
  const ended = new Set<string>();
  for (const { mime, fate } of desk.handOvers) {
    const name = mime.toString("base64");
    equal(ended.has(name), false, "sent again after an answer that ends it");
    if (fate !== "deferred-early" && fate !== "deferred-late") ended.add(name);
  }
  for (const release of await allReleases(desk)) {
    const mine = desk.handOvers.filter(({ mime }) => mime.equals(release.mime));
    const last = mine.at(-1)?.fate ?? "none";
    if (release.status === "accepted")
      ok(["accepted", "lost-after-arrival", "lost-before-arrival"].includes(last), `accepted after ${last}`);
    else if (release.status === "uncertain") match(last, /^lost/);
    else if (release.status === "rejected") equal(last, "rejected");
    else if (release.status === "cancelled")
      deepEqual(
        mine.filter(({ arrived: has }) => has),
        [],
      );
    else throw new Error(`a release that stands still: ${release.status}`);
    equal((await deliveriesOf(desk.desk.database.reader, [release.id])).length, new Set(mine).size);
  }
}

/** A draft is approved, and leaves, only while it answers the client's last word. The log is in order; the tables are not asked. */
export async function draftsWereCurrent(witness: Witness): Promise<void> {
  const db = witness.desk.database.reader;
  const draftOfRelease = new Map((await allReleases(witness)).map((one) => [one.id, one.draftId]));
  for (const ticket of await listTickets(db, ALL)) {
    const drafts = new Map((await draftsOf(db, ticket.id)).map((draft) => [draft.id, draft]));
    let last: unknown = null;
    for (const { kind, evidence } of await eventsOf(db, [`ticket:${ticket.id}`])) {
      if (kind === "ticket.opened" || kind === "ticket.client-replied") last = evidence["messageId"];
      const draftId =
        kind === "draft.approved"
          ? evidence["draftId"]
          : kind === "draft.released"
            ? draftOfRelease.get(Number(evidence["releaseId"]))
            : null;
      const draft = drafts.get(Number(draftId));
      if (draft?.kind === "reply")
        equal(draft.basedOnMessageId, last, `#${ticket.number}: ${kind}, and the client had written again`);
    }
  }
}

export async function technicianMailStaysInside({ desk, inside, handOvers }: Witness): Promise<void> {
  const { technicians } = await desk.directory.current();
  const known = new Set(technicians.map(({ email }) => email));
  deepEqual(
    inside.filter(({ to }) => !known.has(to)).map(({ to }) => to),
    [],
  );
  for (const { to } of handOvers)
    for (const address of to) equal(known.has(address), false, `${address} is a technician`);
}

/** Promise 3. */
export async function everyMessageHasItsDisposition({ desk }: Witness): Promise<void> {
  const mail = await listMail(desk.database.reader, ALL);
  const silent = mail.filter(
    (one) => one.status === "received" || !one.disposition || !one.dispositionReason,
  );
  deepEqual(
    silent.map(({ id, status, disposition }) => ({ id, status, disposition })),
    [],
  );
}

/** A ticket that is open has a question that somebody was asked, or a person's word on its last message. */
export async function nobodyWaitsUnasked({ desk }: Witness): Promise<void> {
  const db = desk.database.reader;
  for (const ticket of await listTickets(db, ALL)) {
    if (ticket.status !== "new" && ticket.status !== "open") continue;
    const last = (await reviewsOf(db, ticket.id)).at(-1);
    equal(ticket.status, "open", `#${ticket.number} is still new`);
    ok(last !== undefined, `#${ticket.number} waits, and nobody was asked`);
    ok(last.status !== "void", `#${ticket.number} waits, and its last review is void`);
    if (last.status === "open")
      ok(last.digestId !== null, `#${ticket.number} waits, and its review is in no digest`);
  }
}

/** Words without their wrapping. */
function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
