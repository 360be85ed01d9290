import type { Db } from "./database.ts";

/** What a model has cost and how its questions ended, by day. The engines take these functions as values. */

interface DaySpending {
  /** Millionths of the currency; questions under way count in full. */
  readonly spentMicros: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly calls: number;
}

/** Take `micros` of the day's cap; `false` where that would pass it. One statement: of two processes one gets the last of it. */
export async function setAside(db: Db, day: string, micros: number, capMicros: number): Promise<boolean> {
  await begin(db, day);
  const taken = await db("model_spending")
    .where({ day })
    .andWhere("spent_micros", "<=", capMicros - micros)
    .increment("spent_micros", micros);
  return taken > 0;
}

/** A call has ended: what it came to takes the place of what was set aside. */
export async function settleCall(
  db: Db,
  day: string,
  call: {
    readonly setAside: number;
    readonly spent: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
  },
): Promise<void> {
  await begin(db, day);
  await db("model_spending")
    .where({ day })
    .increment({
      spent_micros: call.spent - call.setAside,
      input_tokens: call.inputTokens,
      output_tokens: call.outputTokens,
      calls: 1,
    });
}

async function begin(db: Db, day: string): Promise<void> {
  await db("model_spending").insert({ day }).onConflict("day").ignore();
}

export async function countAnswer(db: Db, day: string, question: string, outcome: string): Promise<void> {
  await db("model_answers")
    .insert({ day, question, outcome, count: 1 })
    .onConflict(["day", "question", "outcome"])
    .merge({ count: db.raw("?? + 1", ["model_answers.count"]) });
}

export async function daySpending(db: Db, day: string): Promise<DaySpending> {
  const row = (await db("model_spending").where({ day }).first()) as Row | undefined;
  return toSpending(row);
}

/** Since the desk was installed. */
export async function allSpending(db: Db): Promise<DaySpending> {
  const row = (await db("model_spending")
    .sum({
      spent_micros: "spent_micros",
      input_tokens: "input_tokens",
      output_tokens: "output_tokens",
      calls: "calls",
    })
    .first()) as Row | undefined;
  return toSpending(row);
}

type Row = Record<"spent_micros" | "input_tokens" | "output_tokens" | "calls", number | string | null>;

const toSpending = (row: Row | undefined): DaySpending => ({
  spentMicros: Number(row?.spent_micros ?? 0),
  inputTokens: Number(row?.input_tokens ?? 0),
  outputTokens: Number(row?.output_tokens ?? 0),
  calls: Number(row?.calls ?? 0),
});

/** How questions ended since the desk was installed. */
export async function answersByOutcome(
  db: Db,
): Promise<readonly { readonly question: string; readonly outcome: string; readonly count: number }[]> {
  const rows = (await db("model_answers")
    .groupBy("question", "outcome")
    .select("question", "outcome")
    .sum({ count: "count" })) as { question: string; outcome: string; count: number | string }[];
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
