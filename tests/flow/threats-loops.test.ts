import { afterEach, describe, expect, test } from "vitest";
import type { Resolver } from "../../src/mail/authentication.ts";
import { listMail } from "../../src/store/messages.ts";
import { rawMail, read, write, type NewMail } from "../support/mail-program.ts";
import { startRelay, type Relay, type RelayedMail } from "../support/relay.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

/**
 * Programs that answer programs. Whatever sits at the other end, the desk's own part stays bounded and the exchange falls
 * silent; and an acknowledgement goes only where a person may wait for one.
 */

const POLICIES = `
  - { action: acknowledge, rung: supervised, maxError: 0.9, template: client/acknowledge }
  - { action: reply, rung: supervised, maxError: 0.9, template: client/vpn }
  - { action: reply, rung: supervised, maxError: 0.9, template: client/general }`;

/** Answers a mail as it comes to its mailbox, or not. */
type Correspondent = (mail: RelayedMail, nth: number) => NewMail | null | Promise<NewMail | null>;

/** Mail between desks and programs: what one relay takes is brought to whoever has the address. */
class Post {
  readonly desks = new Map<string, TestDesk>();
  readonly correspondents = new Map<string, Correspondent>();
  /** Mails that left each desk for the outside. */
  readonly sent: { readonly by: string; readonly to: readonly string[]; readonly bytes: Buffer }[] = [];
  #under = 0;
  #answers = 0;

  /** The relay of a desk; give it to the desk. */
  relay(domain: string): Promise<Relay> {
    return startRelay({ onMail: (mail) => this.#bring(domain, mail) });
  }

  #bring(by: string, mail: RelayedMail): void {
    if (mail.to.every((to) => to.endsWith("@msp.example"))) return;
    this.sent.push({ by, to: mail.to, bytes: mail.bytes });
    for (const to of mail.to) void this.#deliver(to, mail);
  }

  async #deliver(to: string, mail: RelayedMail): Promise<void> {
    this.#under += 1;
    try {
      const desk = this.desks.get(to.split("@")[1] ?? "");
      if (desk !== undefined) {
        await sendMail(desk.port, { from: mail.from, to, raw: mail.bytes });
        return;
      }
      const answer = await this.correspondents.get(to)?.(mail, (this.#answers += 1));
      if (answer === null || answer === undefined) return;
      const target = this.desks.get((answer.to ?? mail.from).split("@")[1] ?? "");
      if (target === undefined) return;
      const { raw } = rawMail({ to: mail.from, ...answer });
      await sendMail(target.port, {
        from: answer.headers?.["Return-Path"] === "<>" ? "" : answer.from,
        to: answer.to ?? mail.from,
        raw,
      });
    } finally {
      this.#under -= 1;
    }
  }

  /** Nothing is on its way, and no desk has work: looked at until it stays so. */
  async silence(): Promise<void> {
    let quiet = 0;
    let seen = -1;
    const silent = await eventually(async () => {
      for (const desk of this.desks.values()) await desk.idle(60_000);
      quiet = this.#under === 0 && this.sent.length === seen ? quiet + 1 : 0;
      seen = this.sent.length;
      return quiet >= 5 ? true : undefined;
    }, 60_000);
    if (silent === undefined) throw new Error(`no silence; ${this.sent.length} mails were sent so far`);
  }
}

let post: Post;
let relays: Relay[] = [];
let ahead = 0;

async function open(domain: string, clients: string): Promise<TestDesk> {
  const relay = await post.relay(domain);
  relays.push(relay);
  const desk = await startTestDesk({
    relay,
    domain,
    open: { clock: () => new Date(Date.now() + ahead) },
    yaml: `policies:${POLICIES}\n`,
  });
  await desk.desk.database.db("clients").insert({ name: "Partners", domains: JSON.stringify([clients]) });
  post.desks.set(domain, desk);
  return desk;
}

afterEach(async () => {
  for (const desk of post.desks.values()) await desk.close();
  for (const relay of relays) await relay.close();
  relays = [];
  ahead = 0;
});

const DAY_MS = 24 * 60 * 60 * 1000;
const VPN = "My VPN drops every hour, please help.";

test(
  "36 · two desks, an out-of-office, three auto-responders and a mailing list converge to silence, each day anew",
  { timeout: 180_000 },
  async () => {
    post = new Post();
    await open("desk.example", "other.example");
    await open("other.example", "desk.example");
    const one = post.desks.get("desk.example");
    if (one === undefined) throw new Error("no desk");

    // RFC 3834: null reverse-path and Auto-Submitted.
    post.correspondents.set("ana@contoso.example", async (mail) => ({
      from: "ana@contoso.example",
      subject: `Automatic reply: ${(await read(mail.bytes)).subject}`,
      text: "I am out of the office until Monday. VPN questions go to Bob.",
      headers: { "Auto-Submitted": "auto-replied", "Return-Path": "<>" },
    }));
    // No sign at all, as a script that somebody wrote: it quotes nothing and refers to nothing.
    post.correspondents.set("bot@contoso.example", () => ({
      from: "bot@contoso.example",
      subject: "Re: your mail",
      text: `Thank you for your mail. ${VPN}`,
    }));
    // No sign, and another subject each time, so that no thread holds it.
    post.correspondents.set("counter@fabrikam.example", (_, nth) => ({
      from: "counter@fabrikam.example",
      subject: `Case ${nth * 7919}: your VPN request was received`,
      text: `Case ${nth}. ${VPN}`,
    }));
    // No sign, in the thread, as a mail program's rule answers.
    post.correspondents.set("rule@fabrikam.example", async (mail) => ({
      from: "rule@fabrikam.example",
      subject: `Re: ${(await read(mail.bytes)).subject}`,
      text: VPN,
      headers: { "In-Reply-To": (await read(mail.bytes)).messageId ?? "" },
    }));
    // A list that sends everything to everybody, in its own name, the desk being subscribed: once with the list's signs
    // and the same Message-ID, once with neither.
    post.correspondents.set("list@contoso.example", async (mail) => {
      const message = await read(mail.bytes);
      return {
        from: "list@contoso.example",
        to: "support@desk.example",
        subject: `[list] ${message.subject}`,
        text: message.text,
        ...(message.messageId === null ? {} : { messageId: message.messageId }),
        headers: { "List-Id": "<list.contoso.example>" },
      };
    });
    post.correspondents.set("oldlist@contoso.example", async (mail) => ({
      from: "oldlist@contoso.example",
      to: "support@desk.example",
      subject: `[oldlist] ${(await read(mail.bytes)).subject}`,
      text: (await read(mail.bytes)).text,
    }));

    const people = [...post.correspondents.keys(), "support@other.example"];
    const round = async (): Promise<void> => {
      for (const from of people)
        await sendMail(one.port, {
          from,
          to: "support@desk.example",
          raw: rawMail({ from, subject: `VPN drops on day ${ahead / DAY_MS}`, text: VPN }).raw,
        });
      await post.silence();
    };
    /** How many mails one desk sent to one address since `from`. */
    const counts = (from: number): ReadonlyMap<string, number> => {
      const found = new Map<string, number>();
      for (const mail of post.sent.slice(from))
        for (const to of mail.to) found.set(`${mail.by} ${to}`, (found.get(`${mail.by} ${to}`) ?? 0) + 1);
      return found;
    };

    await round();
    const first = post.sent.length;
    expect(first).toBeGreaterThan(people.length - 2);
    // One acknowledgement and three replies under a policy to one address a day, whatever it answers.
    for (const [who, count] of counts(0)) expect(count, who).toBeLessThanOrEqual(4);
    expect(first).toBeLessThanOrEqual(4 * (people.length + 1));
    // What a desk sends by itself says so; the other desk then keeps silent.
    for (const mail of post.sent)
      expect((await read(mail.bytes)).headers.find(({ name }) => name === "auto-submitted")?.value).toBe(
        "auto-replied",
      );
    expect(counts(0).get("other.example support@desk.example") ?? 0).toBe(0);
    for (const desk of post.desks.values()) {
      const open_ = await desk.desk.database.reader("messages").where({ status: "received" });
      expect(open_).toEqual([]);
    }

    ahead += DAY_MS + 60_000;
    await round();
    for (const [who, count] of counts(first)) expect(count, who).toBeLessThanOrEqual(4);
    expect(post.sent.length - first).toBeLessThanOrEqual(4 * (people.length + 1));
  },
);

async function acknowledged(mail: Partial<NewMail>, envelopeFrom?: string): Promise<number> {
  const desk = post.desks.get("desk.example");
  if (desk === undefined) throw new Error("no desk");
  const before = post.sent.length;
  const { raw } = rawMail({ from: "li@fabrikam.example", subject: "VPN drops", text: VPN, ...mail });
  await sendMail(desk.port, {
    from: envelopeFrom ?? mail.from ?? "li@fabrikam.example",
    to: "support@desk.example",
    raw,
  });
  await post.silence();
  return post.sent.length - before;
}

async function start(options: Parameters<typeof startTestDesk>[0] = {}): Promise<void> {
  post = new Post();
  const relay = await post.relay("desk.example");
  relays.push(relay);
  const acknowledge = POLICIES.split("\n")[1] ?? "";
  post.desks.set(
    "desk.example",
    await startTestDesk({ relay, yaml: `policies:\n${acknowledge}\n`, ...options }),
  );
}

describe("36 · an acknowledgement", () => {
  const zone: Readonly<Record<string, string>> = {
    "TXT _dmarc.contoso.example": "v=DMARC1; p=reject",
    "TXT _dmarc.fabrikam.example": "v=DMARC1; p=reject",
  };
  const resolver: Resolver = (name, rrtype) => {
    const record = zone[`${rrtype} ${name}`];
    return record === undefined
      ? Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }))
      : Promise.resolve([[record]]);
  };

  test("goes to no program, list or null path, and once a day to one address, in any case", async () => {
    await start({ open: { clock: () => new Date(Date.now() + ahead) } });
    const silent: readonly (readonly [string, Partial<NewMail>, string?])[] = [
      ["null reverse-path", {}, ""],
      ["Auto-Submitted", { headers: { "Auto-Submitted": "auto-generated" } }],
      ["Precedence: bulk", { headers: { Precedence: "bulk" } }],
      ["Precedence: list", { headers: { Precedence: "list" } }],
      ["List-Id", { headers: { "List-Id": "<l.fabrikam.example>" } }],
      ["List-Unsubscribe", { headers: { "List-Unsubscribe": "<https://fabrikam.example/u>" } }],
      ["a responder's field", { headers: { "X-Autoreply": "yes" } }],
      [
        "a bounce",
        { from: "MAILER-DAEMON@fabrikam.example", subject: "Undelivered Mail Returned to Sender" },
      ],
      ["a stranger without a proof", { from: "who@nowhere.example" }],
      ["the desk's own address", { from: "support@desk.example" }],
    ];
    for (const [name, mail, envelopeFrom] of silent)
      expect(await acknowledged(mail, envelopeFrom), name).toBe(0);
    expect(await acknowledged({})).toBe(1);
    expect(await acknowledged({ subject: "Another VPN matter" })).toBe(0);
    expect(await acknowledged({ from: "LI@fabrikam.example", subject: "A third VPN matter" })).toBe(0);
    ahead = DAY_MS + 60_000;
    expect(await acknowledged({ subject: "The next day" })).toBe(1);
  });

  test("goes to no mail that failed authentication", async () => {
    await start({ identity: ["dkim"], open: { resolver } });
    expect(await acknowledged({})).toBe(0);
    expect(await acknowledged({ from: "ana@contoso.example" })).toBe(0);
    const desk = post.desks.get("desk.example");
    if (desk === undefined) throw new Error("no desk");
    for (const message of await listMail(desk.desk.database.reader, { limit: 2 }))
      expect(message.disposition).toBe("new-ticket");
  });
});

test(
  "36 · sixty mails of one loop within a day get no more than a day's allowance",
  { timeout: 120_000 },
  async () => {
    post = new Post();
    const desk = await open("desk.example", "partner.example");
    for (let nth = 0; nth < 60; nth++)
      await write(desk.port, {
        from: "loop@contoso.example",
        subject: `Case ${nth}`,
        text: `Case ${nth}. ${VPN}`,
      });
    await post.silence();
    expect(post.sent.length).toBeGreaterThanOrEqual(1);
    expect(post.sent.length).toBeLessThanOrEqual(4);
  },
);
