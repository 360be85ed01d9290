import { afterEach, describe, expect, it } from "vitest";
import {
  advance,
  forgetOutages,
  lastingOutages,
  raiseAlarms,
  type AlarmNotice,
  type AlarmSettings,
  type Observation,
  type Outage,
} from "../../../src/steps/upkeep/alarm.ts";
import { attentionOf, attentionWords } from "../../../src/steps/review/attention.ts";
import { readiness } from "../../../src/cli/readiness.ts";
import { read } from "../../support/mail-program.ts";
import { startTestDesk, type TestDesk } from "../../support/test-desk.ts";

const START = Date.parse("2026-03-02T10:00:00Z");
const AFTER = 5 * 60_000;
const BAD = { kind: "mailbox", trouble: { detail: "no route", urgent: false } } as const;
const URGENT = { kind: "mailbox", trouble: { detail: "consent ended", urgent: true } } as const;
const GOOD = { kind: "mailbox", trouble: null } as const;

/** Plays looks, `[seconds, what was seen]`, and answers what was told, `seconds: event`. */
function play(
  looks: readonly (readonly [number, Pick<Observation, "kind" | "trouble">])[],
): readonly string[] {
  let outage: Outage | null = null;
  const told: string[] = [];
  for (const [seconds, seen] of looks) {
    const step = advance(outage, seen, new Date(START + seconds * 1000), { afterMs: AFTER, webhook: false });
    outage = step.outage;
    if (step.tell !== null) told.push(`${seconds}: ${step.tell}`);
  }
  return told;
}

describe("an outage", () => {
  it.each<[string, Parameters<typeof play>[0], readonly string[]]>([
    [
      "that does not last is not told",
      [
        [0, BAD],
        [200, BAD],
        [290, GOOD],
        [400, BAD],
        [600, BAD],
      ],
      [],
    ],
    [
      "that lasts is told once, and once when it is over",
      [
        [0, BAD],
        [299, BAD],
        [300, BAD],
        [900, BAD],
        [1000, GOOD],
        [1059, GOOD],
        [1060, GOOD],
        [2000, GOOD],
      ],
      ["300: outage.began", "1060: outage.ended"],
    ],
    [
      "that only a person can end is told at once",
      [
        [0, URGENT],
        [15, URGENT],
      ],
      ["0: outage.began"],
    ],
    [
      "that becomes one for a person is told then",
      [
        [0, BAD],
        [15, URGENT],
      ],
      ["15: outage.began"],
    ],
    [
      "that comes and goes is one outage",
      [
        [0, BAD],
        [300, BAD],
        [310, GOOD],
        [320, BAD],
        [340, GOOD],
        [350, BAD],
        [400, GOOD],
        [460, GOOD],
      ],
      ["300: outage.began", "460: outage.ended"],
    ],
    [
      "after another is one more",
      [
        [0, BAD],
        [300, BAD],
        [400, GOOD],
        [460, GOOD],
        [500, BAD],
        [799, BAD],
        [800, BAD],
      ],
      ["300: outage.began", "460: outage.ended", "800: outage.began"],
    ],
    [
      "is nothing while all is well",
      [
        [0, GOOD],
        [900, GOOD],
      ],
      [],
    ],
  ])("%s", (_name, looks, told) => {
    expect(play(looks)).toEqual(told);
  });
});

describe("telling", () => {
  let running: TestDesk | null = null;
  afterEach(async () => {
    await running?.close();
    running = null;
  });

  async function desk() {
    let now = START;
    const notices: AlarmNotice[] = [];
    let down = false;
    running = await startTestDesk({ worker: false, open: { clock: () => new Date(now) } });
    const settings: AlarmSettings = {
      afterMs: AFTER,
      call: (notice) => {
        if (down) return Promise.reject(new Error("the webhook is down"));
        notices.push(notice);
        return Promise.resolve();
      },
    };
    const look = async (seconds: number, seen: Omit<Observation, "part">, part = "mailbox a@b") => {
      now = START + seconds * 1000;
      await raiseAlarms(running!.desk, [{ part, ...seen }], settings);
    };
    const rows = async () =>
      (await running!.desk.database.reader("settings").whereLike("name", "outage:%")).length;
    const mails = async () =>
      Promise.all(running!.mailsFor("alex@msp.example").map(async ({ bytes }) => read(bytes)));
    return {
      look,
      rows,
      mails,
      notices,
      fail: (is: boolean) => (down = is),
      events: () => eventsOf(running!),
    };
  }

  it("reaches each admin by mail and the webhook once, and once when it is over", async () => {
    const { look, rows, mails, notices, events } = await desk();
    await look(0, BAD);
    await Promise.all([look(300, BAD), look(300, BAD)]);
    await look(315, BAD);
    expect(await lastingOutages(running!.desk)).toMatchObject([{ part: "mailbox a@b", detail: "no route" }]);
    const [began] = await mails();
    expect(began?.subject).toBe("[Desk] The mailbox a@b cannot be read");
    expect(began?.text).toMatch(/no route/);
    expect(began?.text).toMatch(/tries again by itself/);
    await look(400, GOOD);
    await look(460, GOOD);
    await look(475, GOOD);
    expect((await mails()).map(({ subject }) => subject)).toEqual([
      "[Desk] The mailbox a@b cannot be read",
      "[Desk] The mailbox a@b is read again",
    ]);
    expect(running?.mailsFor("dana@msp.example")).toEqual([]);
    expect(notices).toMatchObject([
      { event: "outage.began", since: "2026-03-02T10:00:00.000Z", until: null, detail: "no route" },
      { event: "outage.ended", since: "2026-03-02T10:00:00.000Z", until: "2026-03-02T10:06:40.000Z" },
    ]);
    expect(new Set(notices.map(({ id }) => id)).size).toBe(2);
    expect(await events()).toEqual(["outage.began", "outage.ended"]);
    expect(await rows()).toBe(0);
  });

  it("calls the webhook again until it hears, with the same id", async () => {
    const { look, notices, rows, fail } = await desk();
    fail(true);
    await look(0, BAD);
    await look(300, BAD);
    fail(false);
    await look(310, BAD);
    expect(notices).toEqual([]);
    await look(331, BAD);
    await look(361, BAD);
    expect(notices).toHaveLength(1);
    fail(true);
    await look(400, GOOD);
    await look(460, GOOD);
    expect(await rows()).toBe(1);
    expect(await lastingOutages(running!.desk)).toEqual([]);
    fail(false);
    await look(500, GOOD);
    expect(notices.map(({ event }) => event)).toEqual(["outage.began", "outage.ended"]);
    expect(await rows()).toBe(0);
  });

  it("says of a relay by mail only when it works again", async () => {
    const { look, mails, notices } = await desk();
    await look(0, { ...BAD, kind: "relay" }, "relay");
    await look(300, { ...BAD, kind: "relay" }, "relay");
    expect(await mails()).toEqual([]);
    expect(notices).toHaveLength(1);
    await look(400, { ...GOOD, kind: "relay" }, "relay");
    await look(460, { ...GOOD, kind: "relay" }, "relay");
    expect((await mails()).map(({ subject }) => subject)).toEqual(["[Desk] The relay works again"]);
  });

  it("tells of a model after its own time, once, and once when it answers again; the desk stays ready", async () => {
    const { look, mails } = await desk();
    const away = { kind: "model", afterMs: 30 * 60_000, trouble: { detail: "503", urgent: false } } as const;
    await look(0, away, "model");
    await look(1799, away, "model");
    expect(await mails()).toEqual([]);
    await look(1800, away, "model");
    await look(3600, away, "model");
    const { desk: tested, open } = running!;
    expect(attentionWords(await attentionOf(tested))).toEqual([
      "the hosted model gives no answers since 2026-03-02T10:00:00.000Z; the local assistant does, see countersign doctor",
    ]);
    expect((await readiness(open, [])).filter(({ name }) => name === "model")).toEqual([]);
    await look(4000, { ...away, trouble: null }, "model");
    await look(4060, { ...away, trouble: null }, "model");
    expect((await mails()).map(({ subject }) => subject)).toEqual([
      "[Desk] The model gives no answers",
      "[Desk] The model answers again",
    ]);
    expect((await mails())[0]?.text).toContain("no mail waits for the model");
    expect(attentionWords(await attentionOf(tested))).toEqual([]);
  });

  it("forgets a part that the configuration no longer has", async () => {
    const { look, rows } = await desk();
    await look(0, URGENT);
    await forgetOutages(running!.desk, new Set(["relay"]));
    expect(await rows()).toBe(0);
  });
});

async function eventsOf({ desk }: TestDesk): Promise<readonly string[]> {
  const rows = (await desk.database
    .reader("events")
    .whereLike("kind", "outage.%")
    .orderBy("id")
    .select("kind")) as {
    kind: string;
  }[];
  return rows.map(({ kind }) => kind);
}
