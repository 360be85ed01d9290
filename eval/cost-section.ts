import { setTimeout } from "node:timers/promises";
import { FieldModel } from "../src/assistant/learning/field-model.ts";
import type { Section } from "./section.ts";
import { rawTickets, type Ticket } from "./tickets.ts";

const TICKETS = 10_000;

/** Time and memory of one field's model of 74 labels, at the end of ten thousand decisions learned one by one. */
export const costSection: Section = {
  name: "cost",
  files: ["tickets-it-raw.jsonl"],
  async run(data, say) {
    const { train, test } = rawTickets(data, 0);
    const tickets: Ticket[] = [];
    while (tickets.length < TICKETS) tickets.push(...train.slice(0, TICKETS - tickets.length));
    const before = await bytesHeld();
    const model = FieldModel.create();
    const updates = tickets.map(({ example, label }) => took(() => model.learn(example, label)));
    const predictions = test.map(({ example }) => took(() => model.predict(example)));
    const held = (await bytesHeld()) - before;
    say(`the slowest update took ${Math.max(...updates).toFixed(0)} ms`);
    const [late, asked] = [updates.slice(-2000), predictions];
    return [
      {
        what: "predict, median and p99 at 10,000 tickets",
        reference: "0.36, 2.7 ms",
        aim: "2 ms p99",
        measured: `${quantile(asked, 0.5).toFixed(2)}, ${quantile(asked, 0.99).toFixed(1)} ms`,
      },
      {
        what: "update, median and p99 there",
        reference: "0.8, 5 ms",
        aim: "3 ms p99",
        measured: `${quantile(late, 0.5).toFixed(2)}, ${quantile(late, 0.99).toFixed(1)} ms`,
      },
      {
        what: "memory there (heap and buffers)",
        reference: "77 to 152 MB",
        aim: "64 MB",
        measured: `${(held / 1e6).toFixed(0)} MB`,
      },
    ];
  },
};

/** Milliseconds of processor time where the clock is too busy a measure: other work on the machine is not ours. */
function took(act: () => unknown): number {
  const start = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Buffers are given back after a collection, not in it: what is only waiting for that is not held. */
async function bytesHeld(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await setTimeout(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
