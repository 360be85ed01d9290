import { FieldModel } from "../src/assistant/learning/field-model.ts";
import { percent, type Section } from "./section.ts";
import { cleanTickets, rawTickets, type Ticket } from "./tickets.ts";

const STAGES = [500, 2000, 5000];
/** Categories that are held back, one at a time, and come as new ones. */
const NEWCOMERS = 3;
const BEFORE = 2000;

/** Learning decision by decision, beside learning the same decisions at once. */
export const onlineSection: Section = {
  name: "online",
  files: ["tickets-it-raw.jsonl"],
  run(data, say) {
    const { train, test } = rawTickets(data, 0);
    const model = FieldModel.create();
    const gaps = STAGES.map((stage) => {
      for (const { example, label } of train.slice(model.size, stage)) model.learn(example, label);
      const whole = FieldModel.create();
      whole.fit(train.slice(0, stage));
      const [step, anew] = [right(model, test), right(whole, test)];
      say(`after ${stage} decisions: one by one ${step.toFixed(3)}, learned anew ${anew.toFixed(3)}`);
      return { stage, step, gap: anew - step };
    });
    return [
      {
        what: "one decision at a time, behind a model learned anew",
        reference: "2.1 points",
        aim: "1 point",
        measured: gaps.map(({ stage, gap }) => `${(100 * gap).toFixed(1)} at ${stage}`).join(", "),
      },
    ];
  },
};

/** Examples that a new category needs until four fifths of what it reaches in the end are found. */
export const newcomerSection: Section = {
  name: "newcomer",
  files: ["tickets-it-clean.jsonl.gz"],
  run(data, say) {
    const { train, test } = cleanTickets(data);
    const names = [...new Set(train.map(({ label }) => label))].sort().slice(0, NEWCOMERS);
    const needed = names.map((name) => {
      const { model, own, others, asked } = withoutOne(train, test, name);
      const steady = right(steadyModel(train), asked);
      let count = 0;
      while (count < 200 && right(model, asked) < 0.8 * steady) {
        const next = own[count];
        if (!next) break;
        model.learn(next.example, next.label);
        for (const other of others.slice(BEFORE + 4 * count, BEFORE + 4 * count + 4))
          model.learn(other.example, other.label);
        count += 1;
      }
      say(`${name}: ${count} examples, steady recall ${steady.toFixed(2)}`);
      return count;
    });
    return [
      {
        what: "a new queue: examples to four fifths of its steady recall",
        reference: "31 to 77",
        aim: "30",
        measured: `${Math.min(...needed)} to ${Math.max(...needed)}`,
      },
    ];
  },
};

function withoutOne(train: readonly Ticket[], test: readonly Ticket[], name: string) {
  const others = train.filter(({ label }) => label !== name);
  const model = FieldModel.create();
  for (const { example, label } of others.slice(0, BEFORE)) model.learn(example, label);
  const asked = test.filter(({ label }) => label === name).slice(0, 200);
  return { model, own: train.filter(({ label }) => label === name), others, asked };
}

function steadyModel(train: readonly Ticket[]): FieldModel {
  const model = FieldModel.create();
  model.fit(train.slice(0, 2 * BEFORE), { prior: true });
  return model;
}

/** Decisions of two categories that swap their work until nine tenths of what was found before are found again. */
export const swapSection: Section = {
  name: "swap",
  files: ["tickets-it-clean.jsonl.gz"],
  run(data, say) {
    const { train, test } = cleanTickets(data);
    const [one, other] = mostFrequent(train);
    const swapped = (ticket: Ticket): Ticket =>
      ticket.label === one
        ? { ...ticket, label: other }
        : ticket.label === other
          ? { ...ticket, label: one }
          : ticket;
    const model = FieldModel.create();
    for (const { example, label } of train.slice(0, BEFORE)) model.learn(example, label);
    const asked = test.filter(({ label }) => label === one || label === other).slice(0, 300);
    const before = right(model, asked);
    let affected = 0;
    for (const ticket of train.slice(BEFORE)) {
      const now = swapped(ticket);
      model.learn(now.example, now.label);
      if (now === ticket) continue;
      affected += 1;
      if (affected % 5 === 0 && right(model, asked.map(swapped)) >= 0.9 * before) break;
      if (affected >= 600) break;
    }
    say(`${one} and ${other}: ${affected} affected, recall before ${percent(before)}`);
    return [
      {
        what: "two queues that swap: affected examples until found again",
        reference: "55 to 94 with a detector",
        aim: "50",
        measured: String(affected),
      },
    ];
  },
};

function mostFrequent(tickets: readonly Ticket[]): readonly [string, string] {
  const counts = new Map<string, number>();
  for (const { label } of tickets) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [one, other] = [...counts].sort((a, b) => b[1] - a[1]);
  return [one![0], other![0]];
}

function right(model: FieldModel, tickets: readonly Ticket[]): number {
  const found = tickets.filter(({ example, label }) => model.predict(example)?.label === label);
  return found.length / Math.max(1, tickets.length);
}
