import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Example } from "../src/assistant/learning/example.ts";
import { readEvalRows } from "../src/cli/eval-rows.ts";

export interface Ticket {
  readonly example: Example;
  readonly label: string;
}

export interface Split {
  readonly train: readonly Ticket[];
  readonly test: readonly Ticket[];
}

/**
 * Four fifths to learn from, one fifth to measure. Texts with the same words and numbers come to the same side: near
 * duplicates on both would flatter.
 */
export function rawTickets(data: string, seed: number): Split {
  const sides: { train: Ticket[]; test: Ticket[] } = { train: [], test: [] };
  for (const { example, labels } of readEvalRows(join(data, "tickets-it-raw.jsonl"))) {
    const words = `${example.subject} ${example.body}`
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
    const share = createHash("sha256").update(`${seed}${words}`).digest().readUInt32BE(0) % 100;
    const label = labels.get("queue");
    if (label !== undefined) sides[share < 20 ? "test" : "train"].push({ example, label });
  }
  return sides;
}

/** With the split that the data brings. */
export function cleanTickets(data: string): Split {
  const sides: { train: Ticket[]; test: Ticket[] } = { train: [], test: [] };
  for (const { example, labels, split } of readEvalRows(join(data, "tickets-it-clean.jsonl.gz"))) {
    const label = labels.get("category");
    if (label !== undefined) sides[split === "test" ? "test" : "train"].push({ example, label });
  }
  return sides;
}
