import { describe, expect, it } from "vitest";
import { ShiftWatch } from "../../../src/assistant/learning/shift-watch.ts";

const [NETWORK, PRINTING, ACCOUNTS] = [0, 1, 2];

/** A watch that has seen each of the first two labels predicted rightly twenty times. */
function settled(): ShiftWatch {
  const watch = new ShiftWatch();
  for (let at = 0; at < 40; at += 1) watch.note(at % 2, at % 2, at);
  return watch;
}

describe("watching for work that moves", () => {
  it("sees one label corrected to the same other one", () => {
    const watch = settled();
    const seen = [40, 41, 42, 43, 44, 45].map((at) => watch.note(NETWORK, ACCOUNTS, at));
    expect(seen.slice(0, 5)).toEqual([null, null, null, null, null]);
    expect(seen[5]).toEqual({ from: NETWORK, to: ACCOUNTS, swapped: false, since: 40 });
  });

  it("sees two labels that swap as one shift", () => {
    const watch = settled();
    const seen = Array.from({ length: 12 }, (_, at) => watch.note(at % 2, (at + 1) % 2, 40 + at));
    const shift = seen.find((each) => each !== null);
    expect(shift).toMatchObject({ from: NETWORK, to: PRINTING, swapped: true, since: 40 });
    expect(seen.filter((each) => each !== null)).toHaveLength(1);
  });

  it("sees a swap also where one of the two has few mails: what it decided before is not held against it", () => {
    const watch = settled();
    const order = [NETWORK, NETWORK, PRINTING, NETWORK, NETWORK, PRINTING, NETWORK, NETWORK];
    const seen = order.map((each, at) => watch.note(each, each === NETWORK ? PRINTING : NETWORK, 40 + at));
    expect(seen.at(-1)).toMatchObject({ from: NETWORK, to: PRINTING, swapped: true, since: 40 });
  });

  it("sees nothing where corrections go to several labels, or a label was never right", () => {
    const watch = settled();
    for (let at = 40; at < 60; at += 1)
      expect(watch.note(NETWORK, at % 2 === 0 ? PRINTING : ACCOUNTS, at)).toBeNull();
    const noise = new ShiftWatch();
    for (let at = 0; at < 60; at += 1) expect(noise.note(NETWORK, PRINTING, at)).toBeNull();
  });

  it("goes on from its state", () => {
    const watch = settled();
    for (let at = 40; at < 45; at += 1) watch.note(NETWORK, ACCOUNTS, at);
    const next = new ShiftWatch(JSON.parse(JSON.stringify(watch.state)) as ShiftWatch["state"]);
    expect(next.note(NETWORK, ACCOUNTS, 45)).toMatchObject({ to: ACCOUNTS, since: 40 });
  });
});
