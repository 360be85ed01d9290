import { transcriptName } from "../../src/steps/decide/answer.ts";
import type { Desk } from "../../src/steps/desk.ts";
import { hashOf, type Crowd } from "./crowd.ts";
import {
  allReleases,
  draftsWereCurrent,
  everyClientMailWasAuthorised,
  everyMessageHasItsDisposition,
  nobodyWaitsUnasked,
  nothingWasGivenUp,
  technicianMailStaysInside,
  theChainsAreWhole,
  type Witness,
} from "./promises.ts";
import { whatIsStuck } from "./stuck.ts";

export type Figures = Readonly<Record<string, number>>;

interface Aftermath {
  readonly desk: Desk;
  readonly crowd: Crowd;
  /** Lines that the relay cut where nobody could know, and kills: no more can be uncertain. */
  readonly doubts: number;
  readonly kills: number;
}

/** Releases that one killed process can leave in doubt: as many as it works on at a time. */
const AT_A_TIME = 8;

/** What of the promises does not hold, a sentence each, and what was counted. The desks are stopped. */
export async function campaignFaults(
  aftermath: Aftermath,
): Promise<{ readonly faults: readonly string[]; readonly figures: Figures }> {
  const { desk, crowd } = aftermath;
  const witness: Witness = { desk, handOvers: crowd.arrived, inside: [...crowd.inside.values()] };
  const faults: string[] = [];
  const holds = async (name: string, look: () => Promise<void>): Promise<void> => {
    try {
      await look();
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await holds("given up", () => nothingWasGivenUp(witness));
  await holds("authorised", () => everyClientMailWasAuthorised(witness, crowd));
  await holds("current", () => draftsWereCurrent(witness));
  await holds("inside", () => technicianMailStaysInside(witness));
  await holds("disposition", () => everyMessageHasItsDisposition(witness));
  await holds("asked", () => nobodyWaitsUnasked(witness));
  await holds("chain", () => theChainsAreWhole(witness));
  faults.push(...(await whatIsStuck(desk)).map((what) => `stuck: ${what}`));
  const letters = await lettersThatWereLost(aftermath);
  const releases = await releasesThatAreWrong(aftermath);
  const answers = await answersThatAreWrong(aftermath);
  faults.push(...letters.faults, ...releases.faults, ...answers.faults);
  return { faults, figures: { ...letters.figures, ...releases.figures, ...answers.figures } };
}

type Looked = { readonly faults: readonly string[]; readonly figures: Figures };

/** Each mail that was told 250 is there, and filed once; its other receipts say so. */
async function lettersThatWereLost({ desk, crowd }: Aftermath): Promise<Looked> {
  const rows = (await desk.database
    .reader("messages")
    .whereNotNull("raw_sha256")
    .where({ direction: "in" })
    .select("raw_sha256", "disposition")) as { raw_sha256: string; disposition: string | null }[];
  const receipts = Map.groupBy(rows, (row) => row.raw_sha256);
  const faults: string[] = [];
  for (const letter of crowd.letters) {
    if (!letter.acknowledged) faults.push(`a mail was never taken: ${head(letter.raw)}`);
    const found = receipts.get(letter.sha256) ?? [];
    if (found.length === 0) faults.push(`lost after its 250: ${head(letter.raw)}`);
    const filed = found.filter(({ disposition }) => disposition !== "duplicate");
    if (filed.length > 1 && filed.some(({ disposition }) => disposition !== "quarantined"))
      faults.push(`filed ${filed.length} times: ${head(letter.raw)}`);
  }
  const sent = new Set(crowd.letters.map(({ sha256 }) => sha256));
  for (const sha256 of receipts.keys())
    if (!sent.has(sha256)) faults.push(`a message that nobody wrote: ${sha256}`);
  return {
    faults,
    figures: {
      messages: crowd.letters.length,
      retries: crowd.letters.reduce((sum, { tries }) => sum + tries - 1, 0),
      receipts: rows.length,
      duplicates: rows.filter(({ disposition }) => disposition === "duplicate").length,
    },
  };
}

/** At the relay once, or nowhere, or shown as uncertain; as the release's state says. */
async function releasesThatAreWrong({ desk, crowd, doubts, kills }: Aftermath): Promise<Looked> {
  const db = desk.database.reader;
  const arrivals = new Map<string, number>();
  for (const { mime } of crowd.arrived) arrivals.set(hashOf(mime), (arrivals.get(hashOf(mime)) ?? 0) + 1);
  const releases = await allReleases({ desk });
  const notices = (await db("outbox").where({ kind: "notice" }).select("ticket_id")) as {
    ticket_id: number | null;
  }[];
  const told = new Set(notices.map(({ ticket_id }) => ticket_id));
  const faults: string[] = [];
  const counts = new Map<string, number>();
  for (const release of releases) {
    const times = arrivals.get(hashOf(release.mime)) ?? 0;
    const what = `release ${release.id} (${release.status}) of ticket ${release.ticketId}`;
    counts.set(release.status, (counts.get(release.status) ?? 0) + 1);
    if (times > 1) faults.push(`${what} reached the client ${times} times`);
    if (release.status === "accepted" && times === 0) faults.push(`${what} never reached the relay`);
    if ((release.status === "rejected" || release.status === "cancelled") && times > 0)
      faults.push(`${what} reached the client`);
    if ((release.status === "uncertain" || release.status === "rejected") && !told.has(release.ticketId))
      faults.push(`${what}: nobody was told`);
    if (!["accepted", "rejected", "cancelled", "uncertain"].includes(release.status))
      faults.push(`${what} stands still`);
  }
  const uncertain = counts.get("uncertain") ?? 0;
  if (uncertain > doubts + kills * AT_A_TIME)
    faults.push(`${uncertain} are uncertain after ${doubts} cut lines and ${kills} kills`);
  const unreleased = (await db("decisions as d")
    .leftJoin("authorisations as a", "a.decision_id", "d.id")
    .leftJoin("releases as r", "r.authorisation_id", "a.id")
    .whereIn("d.verb", ["approve", "edit", "approve-without"])
    .whereNotNull("d.draft_id")
    .whereNull("r.id")
    .select("d.id")) as { id: number }[];
  for (const { id } of unreleased) faults.push(`decision ${id} released nothing`);
  return {
    faults,
    figures: {
      releases: releases.length,
      ...Object.fromEntries(counts),
      "at the relay": crowd.arrived.length,
      lost: faults.filter((fault) => fault.includes("never reached")).length + unreleased.length,
      doubled: faults.filter((fault) => fault.includes(" times")).length,
    },
  };
}

/** One answer to each reply of a technician, with the same bytes however often it went out. */
async function answersThatAreWrong({ desk, crowd }: Aftermath): Promise<Looked> {
  const db = desk.database.reader;
  const faults: string[] = [];
  const rows = (await db("outbox").select("kind", "message_id", "status", "last_error")) as {
    kind: string;
    message_id: string;
    status: string;
    last_error: string | null;
  }[];
  for (const row of rows)
    if (row.status !== "sent")
      faults.push(`${row.kind} ${row.message_id} is ${row.status}: ${row.last_error}`);
  const known = new Set(rows.map((row) => row.message_id));
  for (const [id, { hashes }] of crowd.inside) {
    if (hashes.size > 1)
      faults.push(`the mail inside the desk ${id} went out with ${hashes.size} different bytes`);
    if (!known.has(id)) faults.push(`the mail inside the desk ${id} is in no outbox`);
  }
  for (const id of known)
    if (!crowd.inside.has(id)) faults.push(`the mail inside the desk ${id} never reached the relay`);
  const stored = (await db("messages")
    .whereNotNull("message_id")
    .where({ direction: "in" })
    .whereNot({ disposition: "duplicate" })
    .select("id", "message_id")) as { id: number; message_id: string }[];
  const ids = new Map(stored.map(({ id, message_id }) => [message_id, id]));
  const replies = new Set(crowd.letters.flatMap(({ genuine }) => (genuine === null ? [] : [genuine])));
  const transcripts = new Set(rows.filter(({ kind }) => kind === "transcript").map((row) => row.message_id));
  for (const reply of replies) {
    const name = `<${transcriptName(ids.get(reply) ?? 0)}@desk.example>`;
    if (!transcripts.delete(name)) faults.push(`the reply ${reply} has no answer`);
  }
  for (const id of transcripts) faults.push(`the answer ${id} answers no reply of a technician`);
  return {
    faults,
    figures: {
      "technicians' replies": replies.size,
      answers: rows.filter(({ kind }) => kind === "transcript").length,
      digests: rows.filter(({ kind }) => kind === "digest").length,
    },
  };
}

function head(raw: Buffer): string {
  return raw.toString("utf8", 0, 300).replaceAll("\r\n", " | ");
}
