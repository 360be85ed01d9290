import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDesk, type OpenDesk } from "../../src/cli/open-desk.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import type { IntakeConfig } from "../../src/config.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { verifyChains } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { deliveriesOf, listReleases, releaseById } from "../../src/store/releases.ts";
import { listTickets } from "../../src/store/tickets.ts";
import {
  deskConfig,
  startDeskProcess,
  type DeskProcess,
  type DeskProcessOptions,
  type FailPointPass,
} from "../support/desk-process.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { rawMail, rawReply, read } from "../support/mail-program.ts";
import { startRelay, type Relay, type RelayedMail } from "../support/relay.ts";
import { hangUp, sendMail } from "../support/smtp.ts";
import { DESK_YAML, eventually } from "../support/test-desk.ts";
import { requires } from "../skips.ts";

/**
 * `kill -9` at every place where a desk commits or has just heard from the relay (threats 50 to 53): a mail, its digest, an
 * approval, the reply. The places are not listed here: an undisturbed run names them.
 */

/** A desk's folder with people in it, to start from. */
let template = "";
let compileCache = "";

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "countersign-kill-"));
  compileCache = await mkdtemp(join(tmpdir(), "countersign-kill-"));
  await withDesk(template, (desk) =>
    importDeskFile(desk, parseDeskFile(DESK_YAML, "desk.yaml").desk, "alex@msp.example"),
  );
});
afterAll(async () => {
  await rm(template, { recursive: true, force: true });
  await rm(compileCache, { recursive: true, force: true });
});

/** As a command such as `import` has it: open beside whatever else runs. */
async function withDesk(
  directory: string,
  work: (desk: OpenDesk["desk"]) => Promise<unknown>,
): Promise<void> {
  const open = await openDesk(deskConfig({ directory, relayPort: 9 }), pino({ level: "silent" }));
  await work(open.desk);
  await open.desk.queue.stop();
  await open.close();
}

interface Plan {
  /** Where the first desk is killed, the second, and so on. */
  readonly kills: readonly FailPointPass[];
  /** Mail comes through this mailbox; else over SMTP. */
  readonly mailbox?: Dovecot;
}

/** One desk after the other in one folder: whoever finds it ended starts the next. */
class Desks {
  readonly #options: DeskProcessOptions;
  readonly #kills: readonly FailPointPass[];
  #current: DeskProcess | null = null;
  starts = 0;

  constructor(options: DeskProcessOptions, kills: readonly FailPointPass[]) {
    this.#options = options;
    this.#kills = kills;
  }

  get passed(): readonly FailPointPass[] {
    return this.#current?.passed ?? [];
  }

  async running(): Promise<DeskProcess> {
    while (this.#current === null || this.#current.ended()) {
      const killAt = this.#kills[this.starts] ?? null;
      this.starts += 1;
      this.#current = await startDeskProcess({ ...this.#options, killAt });
    }
    return this.#current;
  }

  /** As a mail server does: the same bytes again until 250. */
  async send(from: string, to: string, raw: string): Promise<void> {
    for (;;) {
      const { port } = await this.running();
      const answer = await sendMail(port, { from, to, raw }).catch(() => ({ code: 0 }));
      if (answer.code === 250) return;
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

  async quiet(): Promise<void> {
    await this.until(async () => ((await (await this.running()).isQuiet()) ? true : undefined), "quiet");
  }

  async stop(): Promise<void> {
    if (this.#current !== null) hangUp(this.#current.port);
    await this.#current?.stop();
  }
}

const CLIENT_MAIL = {
  from: "ana@contoso.example",
  name: "Ana Ruiz",
  subject: "VPN drops every hour",
  text: "Hi,\n\nmy VPN disconnects every hour since this morning.\n\nAna",
};

const mailTo = (relay: Relay, address: string): readonly RelayedMail[] =>
  relay.mails.filter(({ to }) => to.includes(address));

const FOLDER = "Support";

/** `since`: mail that came before the first contact is taken too, so that nobody waits for that contact. */
function mailboxOn({ host, port, user, pass }: Dovecot): IntakeConfig {
  return {
    kind: "imap",
    host,
    port,
    secure: false,
    auth: { kind: "password", user, pass },
    folder: FOLDER,
    archive: null,
    sentFolder: null,
    since: "2020-01-01",
  };
}

async function digestIn(relay: Relay): Promise<RelayedMail | undefined> {
  for (const mail of relay.mails)
    if (mail.to[0] === "dana@msp.example" && (await read(mail.bytes)).text.includes("[[ draft 1"))
      return mail;
  return undefined;
}

/** The story, in a folder of its own. Answers what the last desk passed, and how many there were. */
async function story(plan: Plan): Promise<{
  readonly starts: number;
  readonly passed: readonly FailPointPass[];
}> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-kill-"));
  await cp(template, directory, { recursive: true });
  const relay = await startRelay();
  const { mailbox } = plan;
  const intake = mailbox === undefined ? {} : { intake: [mailboxOn(mailbox)] };
  const desks = new Desks({ directory, relayPort: relay.port, compileCache, ...intake }, plan.kills);
  const deliver = async (from: string, to: string, raw: string): Promise<void> => {
    if (mailbox === undefined) await desks.send(from, to, raw);
    else await mailbox.append(FOLDER, raw);
  };
  try {
    await deliver(CLIENT_MAIL.from, "support@desk.example", rawMail(CLIENT_MAIL).raw);
    const digest = await desks.until(() => digestIn(relay), "the digest");
    const approval = await rawReply(digest.bytes, { from: "dana@msp.example", top: "approve" });
    await deliver("dana@msp.example", approval.to, approval.raw);
    if (mailbox !== undefined) await desks.until(() => mailTo(relay, CLIENT_MAIL.from)[0], "the reply");
    await desks.quiet();
    await desks.stop();
    await checkThatAllIsWell(directory, relay, plan.kills);
    return { starts: desks.starts, passed: desks.passed };
  } finally {
    await desks.stop();
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
  kills: readonly FailPointPass[],
): Promise<void> {
  const database = await openDatabase(`sqlite:${join(directory, "data/countersign.sqlite")}`);
  const db = database.reader;
  const isUncertain = kills.some(({ name }) => MAY_BE_UNCERTAIN.includes(name));
  try {
    const mail = await listMail(db, { limit: 100 });
    expect(mail.filter((one) => !one.disposition || !one.dispositionReason)).toEqual([]);
    const filed = mail.filter(({ disposition }) => disposition !== "duplicate");
    expect(filed.map(({ disposition }) => disposition)).toEqual(["review-reply", "new-ticket"]);
    const tickets = await listTickets(db, { limit: 10 });
    const releases = await listReleases(db, { limit: 10 });
    expect([tickets.length, releases.length]).toEqual([1, 1]);
    const [ticket] = tickets;
    const release = await releaseById(db, releases[0]?.id ?? 0);
    const [draft] = await draftsOf(db, ticket?.id ?? 0);
    const state = [release?.status, draft?.status, ticket?.status];
    const toAna = mailTo(relay, CLIENT_MAIL.from);
    const inside = relay.mails.filter(({ to }) => to[0]?.endsWith("@msp.example"));
    const words = await Promise.all(inside.map(async ({ bytes }) => (await read(bytes)).text));
    if (isUncertain) {
      expect(state).toEqual(["uncertain", "uncertain", "open"]);
      expect(toAna.length).toBeLessThanOrEqual(1);
      expect(words.join("\n")).toContain("Nobody can say yet whether the client has it");
    } else {
      expect(state).toEqual(["accepted", "sent", "pending"]);
      expect(toAna.map(({ bytes }) => bytes.equals(release?.mime ?? Buffer.alloc(0)))).toEqual([true]);
    }
    const deliveries = await deliveriesOf(db, [release?.id ?? 0]);
    expect(deliveries.filter(({ finishedAt }) => finishedAt === null)).toEqual([]);
    // Mail inside the desk may come twice, with the same bytes: the technician's program shows one.
    // A doubt is told to the technician and to the lead.
    expect(new Set(inside.map(({ bytes }) => bytes.toString("base64"))).size).toBe(isUncertain ? 4 : 2);
    expect(await db("jobs")).toEqual([]);
    expect(await db("outbox").whereNot({ status: "sent" })).toEqual([]);
    expect((await verifyChains(db)).faults).toEqual([]);
  } finally {
    await database.close();
  }
}

/** A few at a time: they wait for each other's processes more than for their own. Answers what went wrong where. */
async function eachPlace(places: readonly FailPointPass[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  const left = [...places];
  const worker = async (): Promise<void> => {
    for (let place = left.shift(); place !== undefined; place = left.shift()) {
      try {
        const { starts } = await story({ kills: [place] });
        if (starts < 2) wrong.push(`${place.name} (${place.nth}): it was never killed`);
      } catch (error) {
        wrong.push(`${place.name} (${place.nth}): ${String(error)}`);
      }
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return wrong;
}

const STEPS = ["receive", "file", "triage", "digest", "decide", "claim", "start", "settle"];

describe("kill -9, and a new start", () => {
  test("at every place that one turn of the story passes", { timeout: 300_000 }, async () => {
    const { passed, starts } = await story({ kills: [] });
    expect(starts).toBe(1);
    const names = passed.map(({ name }) => name);
    for (const step of STEPS)
      expect(names).toEqual(expect.arrayContaining([`${step}: before commit`, `${step}: after commit`]));
    expect(await eachPlace(passed)).toEqual([]);
  });

  test.each([
    ["start: after commit", "recover: before commit"],
    ["deliver: after the relay's answer", "recover: after commit"],
    ["claim: after commit", "recover: before commit"],
    ["claim: after commit", "recover: after commit"],
    ["digest: after commit", "inside mail: after the relay's answer"],
  ])("at “%s”, and again at “%s” of the next", { timeout: 120_000 }, async (first, second) => {
    const kills = [first, second].map((name) => ({ name, nth: 1 }));
    expect((await story({ kills })).starts).toBe(3);
  });
});

describe.skipIf(!requires("dovecot"))("kill -9 between a mailbox and its cursor", () => {
  test.each(["receive: before commit", "receive: after commit"])(
    "48 · at “%s”: one ticket",
    { timeout: 120_000 },
    async (name) => {
      const mailbox = await startDovecot();
      try {
        await mailbox.recreate(FOLDER);
        expect((await story({ kills: [{ name, nth: 1 }], mailbox })).starts).toBe(2);
      } finally {
        await mailbox.stop();
      }
    },
  );
});

describe("one desk on one SQLite database", () => {
  test(
    "a second start stops and says why; commands go on beside the first",
    { timeout: 120_000 },
    async () => {
      const directory = await mkdtemp(join(tmpdir(), "countersign-kill-"));
      await cp(template, directory, { recursive: true });
      const options: DeskProcessOptions = { directory, relayPort: 9, compileCache };
      const first = await startDeskProcess(options);
      try {
        await expect(startDeskProcess(options)).rejects.toThrow(
          /Another desk is running on .*stop the other/,
        );
        await withDesk(directory, (desk) =>
          importDeskFile(
            desk,
            parseDeskFile("queues: [{ name: Billing }]", "desk.yaml").desk,
            "alex@msp.example",
          ),
        );
        await first?.kill();
        const next = await startDeskProcess(options);
        await next?.stop();
      } finally {
        await first?.kill();
        await rm(directory, { recursive: true, force: true });
      }
    },
  );
});
