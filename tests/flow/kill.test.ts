import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDesk } from "../../src/cli/open-desk.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { importDeskFile } from "../../src/steps/import-desk.ts";
import { openDatabase } from "../../src/store/database.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { verifyChains } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { deliveriesOf, listReleases } from "../../src/store/releases.ts";
import { listTickets } from "../../src/store/tickets.ts";
import {
  deskConfig,
  startDeskProcess,
  type DeskProcess,
  type DeskProcessOptions,
  type FailPointPass,
} from "../support/desk-process.ts";
import { rawMail, rawReply, read } from "../support/mail-program.ts";
import { startRelay, type Relay, type RelayedMail } from "../support/relay.ts";
import { hangUp, sendMail } from "../support/smtp.ts";
import { DESK_YAML, eventually } from "../support/test-desk.ts";

/**
 * `kill -9` at every place where a desk commits or has just heard from the relay (threats 50 to 53): a mail, its digest, an
 * approval, the reply. The places are not listed here: an undisturbed run names them.
 */

let template = "";

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "countersign-kill-"));
  const open = await openDesk(deskConfig({ directory: template, relayPort: 9 }), pino({ level: "silent" }));
  await importDeskFile(open.desk, parseDeskFile(DESK_YAML, "desk.yaml").desk, "alex@msp.example");
  await open.desk.queue.stop();
  await open.close();
});
afterAll(() => rm(template, { recursive: true, force: true }));

/** One desk after the other in one folder: whoever finds it ended starts the next. */
class Desk {
  readonly relay: Relay;
  readonly #options: DeskProcessOptions;
  #process: DeskProcess | null = null;
  starts = 0;
  readonly passed: FailPointPass[] = [];

  constructor(relay: Relay, options: DeskProcessOptions) {
    this.relay = relay;
    this.#options = options;
  }

  async running(): Promise<DeskProcess> {
    while (this.#process === null || this.#process.ended()) {
      // Only the first is killed: what it left is what the others must put right.
      const { killAt, ...rest } = this.#options;
      this.#process = await startDeskProcess(this.starts === 0 ? { ...rest, killAt: killAt ?? null } : rest);
      this.starts += 1;
    }
    return this.#process;
  }

  /** As a mail server does: the same bytes again until 250. Answers how often it had to. */
  async send(from: string, to: string, raw: string): Promise<number> {
    for (let tries = 1; ; tries++) {
      const { port } = await this.running();
      const answer = await sendMail(port, { from, to, raw }).catch(() => ({ code: 0 }));
      if (answer.code === 250) return tries;
      expect(answer.code, "a desk that was killed says nothing").toBe(0);
    }
  }

  async until<T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
    const found = await eventually(async () => {
      await this.running();
      return look();
    }, 30_000);
    if (found === undefined) throw new Error(`${what} did not come within 30 s`);
    return found;
  }

  async stop(): Promise<void> {
    this.passed.push(...(this.#process?.passed ?? []));
    hangUp(this.#process?.port ?? 0);
    await this.#process?.stop();
  }
}

const CLIENT_MAIL = {
  from: "ana@contoso.example",
  name: "Ana Ruiz",
  subject: "VPN drops every hour",
  text: "Hi,\n\nmy VPN disconnects every hour since this morning.\n\nAna",
};

async function isDigest(mail: RelayedMail): Promise<boolean> {
  return mail.to[0] === "dana@msp.example" && (await read(mail.bytes)).text.includes("[[ draft 1");
}

/** The story, in a folder of its own, with a desk that is killed once (or not). */
async function story(killAt: FailPointPass | null): Promise<{
  readonly starts: number;
  readonly passed: readonly FailPointPass[];
}> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-kill-"));
  await cp(template, directory, { recursive: true });
  const relay = await startRelay();
  const desk = new Desk(relay, { directory, relayPort: relay.port, killAt });
  try {
    const client = rawMail(CLIENT_MAIL);
    await desk.send(CLIENT_MAIL.from, "support@desk.example", client.raw);
    const digest = await desk.until(async () => {
      for (const mail of relay.mails) if (await isDigest(mail)) return mail;
      return undefined;
    }, "the digest");
    const approval = await rawReply(digest.bytes, { from: "dana@msp.example", top: "approve" });
    await desk.send("dana@msp.example", approval.to, approval.raw);
    await desk.until(async () => ((await (await desk.running()).isQuiet()) ? true : undefined), "quiet");
    await desk.stop();
    await checkThatAllIsWell(directory, relay, killAt);
    return { starts: desk.starts, passed: desk.passed };
  } finally {
    await desk.stop();
    await relay.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Between the relay's 354 and the commit that writes its answer down, nobody can know: then a person is told, and nothing is sent again. */
const MAY_BE_UNCERTAIN: readonly string[] = [
  "start: after commit",
  "deliver: after the relay's answer",
  "settle: before commit",
];

async function checkThatAllIsWell(
  directory: string,
  relay: Relay,
  killAt: FailPointPass | null,
): Promise<void> {
  const database = await openDatabase(
    `sqlite:${deskConfig({ directory, relayPort: 9 }).directory}/data/countersign.sqlite`,
  );
  const db = database.reader;
  try {
    const mail = await listMail(db, { limit: 100 });
    expect(mail.filter(({ disposition, dispositionReason }) => !disposition || !dispositionReason)).toEqual(
      [],
    );
    expect(
      mail.filter(({ disposition }) => disposition !== "duplicate").map((one) => one.disposition),
    ).toEqual(["review-reply", "new-ticket"]);
    expect(await listTickets(db, { limit: 10 })).toHaveLength(1);

    const releases = await listReleases(db, { limit: 10 });
    expect(releases).toHaveLength(1);
    const toAna = relay.mails.filter(({ to }) => to.includes("ana@contoso.example"));
    const [release] = releases;
    const [draft] = await draftsOf(db, 1);
    if (killAt !== null && MAY_BE_UNCERTAIN.includes(killAt.name)) {
      expect(release?.status).toBe("uncertain");
      expect(draft?.status).toBe("uncertain");
      expect(toAna.length).toBeLessThanOrEqual(1);
      const notices = relay.mails.filter(({ to }) => to[0] === "dana@msp.example");
      const texts = await Promise.all(notices.map(async ({ bytes }) => (await read(bytes)).text));
      expect(texts.join("\n")).toMatch(/nobody knows|not known|uncertain/i);
      expect((await listTickets(db, { limit: 1 }))[0]?.status).toBe("open");
    } else {
      expect(release?.status).toBe("accepted");
      expect(draft?.status).toBe("sent");
      expect(toAna).toHaveLength(1);
      expect(toAna[0]?.bytes.equals(release?.mime ?? Buffer.alloc(0))).toBe(true);
      expect((await listTickets(db, { limit: 1 }))[0]?.status).toBe("pending");
    }
    const deliveries = await deliveriesOf(db, [release?.id ?? 0]);
    expect(deliveries.filter(({ outcome }) => outcome === "started")).toEqual([]);
    // Mail inside the desk may come twice, with the same bytes: the technician's program shows one.
    const inside = relay.mails.filter(({ to }) => to[0]?.endsWith("@msp.example"));
    const ids = await Promise.all(inside.map(async ({ bytes }) => (await read(bytes)).messageId));
    const expected = killAt !== null && MAY_BE_UNCERTAIN.includes(killAt.name) ? 3 : 2;
    expect(new Set(ids).size).toBe(expected);
    expect(new Set(inside.map(({ bytes }) => bytes.toString("base64"))).size).toBe(expected);

    expect(await database.db("jobs")).toEqual([]);
    expect(await database.db("outbox").whereNot({ status: "sent" })).toEqual([]);
    expect((await verifyChains(db)).faults).toEqual([]);
  } finally {
    await database.close();
  }
}

describe("kill -9, then a new start", () => {
  test("at every place that one turn of the story passes", { timeout: 300_000 }, async () => {
    const { passed, starts } = await story(null);
    expect(starts).toBe(1);
    const names = new Set(passed.map(({ name }) => name));
    for (const step of ["receive", "file", "triage", "digest", "decide", "claim", "start", "settle"])
      expect([...names]).toEqual(expect.arrayContaining([`${step}: before commit`, `${step}: after commit`]));
    const wrong: string[] = [];
    const places = [...passed];
    const worker = async (): Promise<void> => {
      for (let place = places.shift(); place !== undefined; place = places.shift()) {
        try {
          const { starts: twice } = await story(place);
          expect(twice, "it was never killed").toBeGreaterThanOrEqual(2);
        } catch (error) {
          wrong.push(`${place.name} (${place.nth}): ${String(error)}`);
        }
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(wrong).toEqual([]);
    console.log(passed.length, "places");
  });
});
