import { verifyChains } from "../../store/events.ts";
import { listReleases, releaseById, type Release } from "../../store/releases.ts";
import type { KeptMail } from "../mailboxes.ts";
import type { Stage } from "../stage.ts";
import type { Cast } from "./cast.ts";
import { EDITED_SENTENCE, EXPECTED_REPLIES } from "./scenes.ts";

/** One thing that must be so in the end. */
export interface Check {
  readonly what: string;
  readonly found: string;
  /** What is wrong, as sentences; empty when it is so. */
  readonly faults: readonly string[];
}

/** Look at everything from outside: what lies in the mailboxes against what the database says was authorised. */
export async function closingChecks(cast: Cast): Promise<readonly Check[]> {
  const { stage } = cast;
  const releases = await allReleases(stage);
  const received = clientMails(stage);
  return [
    expectedReplies(cast, received),
    onlyReleased(received, releases),
    threaded(stage, received),
    nothingInternal(received),
    nothingUncalledFor(stage, releases),
    await dispositions(stage),
    await auditChain(stage),
  ];
}

async function allReleases({ desk }: Stage): Promise<readonly Release[]> {
  const records = await listReleases(desk.database.reader, { limit: 500 });
  const whole = await Promise.all(records.map(({ id }) => releaseById(desk.database.reader, id)));
  return whole.filter((release) => release !== null);
}

/** All that reached somebody who is no technician. */
function clientMails(stage: Stage): readonly KeptMail[] {
  const technicians = new Set(
    stage.players.filter((player) => player.side === "technician").map((player) => player.address),
  );
  return stage.mailboxes.all().filter((mail) => !technicians.has(mail.owner));
}

function expectedReplies(cast: Cast, received: readonly KeptMail[]): Check {
  const replies = received.filter((mail) => !mail.letter.automatic);
  const faults: string[] = [];
  for (const { to, aboutMailOf, why } of EXPECTED_REPLIES) {
    const number = cast.ticketOf(aboutMailOf);
    const count = replies.filter(
      (mail) => mail.owner === to && mail.letter.subject.includes(`[#${number}]`),
    ).length;
    if (count !== 1) faults.push(`${to} should have one reply on #${number} (${why}) and has ${count}.`);
  }
  if (replies.length !== EXPECTED_REPLIES.length)
    faults.push(`Clients should have ${EXPECTED_REPLIES.length} replies and have ${replies.length}.`);
  if (!replies.some((mail) => mail.letter.text.includes(EDITED_SENTENCE)))
    faults.push("The sentence that Kim wrote into the draft reached nobody.");
  return {
    what: "Clients have what was approved, and nothing else",
    found: `${replies.length} replies`,
    faults,
  };
}

function onlyReleased(received: readonly KeptMail[], releases: readonly Release[]): Check {
  const accepted = releases.filter((release) => release.status === "accepted");
  const faults: string[] = [];
  for (const mail of received) {
    const release = accepted.find((one) => one.messageId === mail.letter.messageId);
    if (release === undefined)
      faults.push(`${mail.owner} got “${mail.letter.subject}”, which nobody released.`);
    else if (!sameBytes(release.mime, mail.bytes))
      faults.push(`${mail.owner} got other bytes than those that were frozen for “${mail.letter.subject}”.`);
  }
  for (const release of accepted) {
    for (const address of release.envelopeTo) {
      const count = received.filter(
        (mail) => mail.letter.messageId === release.messageId && mail.owner === address.toLowerCase(),
      ).length;
      if (count !== 1) faults.push(`Release ${release.id} reached ${address} ${count} times.`);
    }
  }
  const grants = accepted.filter((release) => release.authorisation.kind === "grant").length;
  return {
    what: "Each mail is a release, byte for byte, once",
    found: `${accepted.length} releases: ${accepted.length - grants} by a person, ${grants} by a policy`,
    faults,
  };
}

/** SMTP may add a line end at the end of the message, nothing else. */
function sameBytes(frozen: Buffer, arrived: Buffer): boolean {
  return frozen.toString("latin1").trimEnd() === arrived.toString("latin1").trimEnd();
}

function threaded(stage: Stage, received: readonly KeptMail[]): Check {
  const written = new Set(
    stage.players
      .flatMap((player) => stage.mailboxes.sent(player.address))
      .map((mail) => mail.letter.messageId),
  );
  const loose = received.filter(
    (mail) => mail.letter.inReplyTo === null || !written.has(mail.letter.inReplyTo),
  );
  return {
    what: "Each stands in the thread of a mail that the client wrote",
    found: `${received.length - loose.length} of ${received.length}`,
    faults: loose.map((mail) => `“${mail.letter.subject}” to ${mail.owner} answers no mail of a client.`),
  };
}

/** What belongs to the review and must never be in a client's mail. */
const INTERNAL: readonly RegExp[] = [
  /review\+/i,
  /\ba1\.[a-z2-7]{32}\b/i,
  /\[\[ (?:draft|end of draft)/i,
  /^>? ?approve\b/im,
  /\[Review\]/,
  /sure \d+ %/,
  /x-countersign/i,
];

function nothingInternal(received: readonly KeptMail[]): Check {
  const faults = received.flatMap((mail) => {
    const all = `${mail.bytes.toString("utf8")}\n${mail.letter.text}\n${mail.letter.html ?? ""}`;
    return INTERNAL.filter((pattern) => pattern.test(all)).map(
      (pattern) => `“${mail.letter.subject}” to ${mail.owner} holds ${pattern.source}.`,
    );
  });
  return {
    what: "No token, marker or word of the review is in them",
    found: `${received.length} mails read`,
    faults,
  };
}

function nothingUncalledFor(stage: Stage, releases: readonly Release[]): Check {
  const cancelled = releases.filter((release) => release.status === "cancelled").length;
  const unsettled = releases.filter(
    (release) => release.status !== "accepted" && release.status !== "cancelled",
  );
  const strangers = clientMails(stage).filter(
    (mail) => !stage.players.some((player) => player.address === mail.owner),
  );
  return {
    what: "The stopped reply was not sent, and strangers got nothing",
    found: `${cancelled} called back`,
    faults: [
      ...(cancelled === 1 ? [] : [`One release should have been called back, and ${cancelled} were.`]),
      ...unsettled.map((release) => `Release ${release.id} is still ${release.status}.`),
      ...strangers.map((mail) => `${mail.owner} is nobody’s contact and got “${mail.letter.subject}”.`),
    ],
  };
}

async function dispositions(stage: Stage): Promise<Check> {
  const rows = (await stage.desk.database
    .reader("messages")
    .where({ direction: "in" })
    .select("id", "disposition", "disposition_reason")) as {
    id: number;
    disposition: string | null;
    disposition_reason: string | null;
  }[];
  const open = rows.filter((row) => row.disposition === null || !row.disposition_reason);
  return {
    what: "Every message taken in says what became of it",
    found: `${rows.length} messages`,
    faults: open.map((row) => `Message ${row.id} has no disposition.`),
  };
}

async function auditChain(stage: Stage): Promise<Check> {
  const { events, streams, faults } = await verifyChains(stage.desk.database.reader);
  return {
    what: "The audit log is whole",
    found: `${events} events in ${streams} chains`,
    faults: faults.map((fault) => `${fault.stream} event ${fault.seq} ${fault.what}.`),
  };
}
