import { z } from "zod";
import { LEVELS, TICKET_TYPES } from "../desk/ticket.ts";
import { RISK_KINDS, type Triage } from "../desk/triage.ts";
import type { ProposedDraft } from "./engine.ts";

/**
 * What an engine that the desk does not control may answer. Everything is bounded: an answer of megabytes, a queue that
 * does not exist or a confidence of 7 is no answer, however well it is meant.
 */

/** An answer that cannot be used; its message holds no word of the answer. */
export class UnusableAnswer extends Error {
  override readonly name = "UnusableAnswer";
}

const phrase = z.string().max(500);
const phrases = z.array(phrase).max(50);
const confidence = z.number().min(0).max(1);
const finding = <T extends z.ZodType>(value: T) => z.object({ value, confidence, evidence: phrases });
const id = z.int().positive();

const triageShape = z.object({
  type: finding(z.enum(TICKET_TYPES)),
  category: finding(z.string().max(60)),
  impact: finding(z.enum(LEVELS)),
  urgency: finding(z.enum(LEVELS)),
  spam: finding(z.boolean()),
  sentiment: finding(z.enum(["calm", "annoyed", "angry"])),
  language: finding(z.string().regex(/^[a-z]{2}$/)),
  queue: finding(z.string().max(200)),
  risks: z.array(z.object({ kind: z.enum(RISK_KINDS), evidence: phrase })).max(50),
  related: z
    .array(
      z.object({
        ticketId: id,
        number: id,
        subject: phrase,
        similarity: confidence,
        relation: z.enum(["duplicate", "related"]),
      }),
    )
    .max(20),
  articles: z
    .array(
      z.object({
        articleId: id,
        title: phrase,
        source: z.string().max(2000),
        score: z.number(),
        excerpt: z.string().max(20_000),
      }),
    )
    .max(20),
  questions: phrases,
  missing: phrases,
  summary: z.string().max(1000),
  engine: z.string().max(60),
  version: z.string().max(200),
}) satisfies z.ZodType<Triage>;

const draftShape = z.object({
  template: z.string().max(100),
  body: z.string().min(1).max(50_000),
  articleIds: z.array(id).max(20),
  unsourced: z.array(z.string().max(5000)).max(200),
  // A model that names no source is believed in nothing: its sentences are then for `unsourced`.
  sources: z
    .array(
      z.object({
        sentence: z.string().max(5000),
        kind: z.enum(["template", "article", "ticket", "record"]),
        name: z.string().max(300),
      }),
    )
    .max(200)
    .default([]),
  questions: z
    .array(
      z.object({
        question: phrase,
        answeredBy: z.enum(["template", "article", "ticket", "record", "open"]),
      }),
    )
    .max(20)
    .default([]),
  warnings: phrases,
  confidence,
}) satisfies z.ZodType<ProposedDraft>;

/** @throws UnusableAnswer */
export function checkedTriage(answer: unknown, queues: readonly string[]): Triage {
  const triage = checked(triageShape, answer);
  if (!queues.includes(triage.queue.value)) throw new UnusableAnswer("queue: no queue of this desk");
  return triage;
}

/** @throws UnusableAnswer */
export function checkedDraft(answer: unknown): ProposedDraft {
  return checked(draftShape, answer);
}

function checked<T>(shape: z.ZodType<T>, answer: unknown): T {
  const result = shape.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UnusableAnswer(`${issue?.path.join(".") || "the answer"}: ${issue?.code ?? "not understood"}`);
}
