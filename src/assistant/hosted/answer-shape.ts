import { z } from "zod";
import { LEVELS, TICKET_TYPES } from "../../desk/ticket.ts";
import { RISK_KINDS } from "../../desk/triage.ts";
import type { DraftAnswer, TriageAnswer } from "./model.ts";
import { ModelFailure } from "./model-failure.ts";

/**
 * What a model that the desk does not control may answer. Everything is bounded: an answer of megabytes, a queue that does
 * not exist or a confidence of 7 is no answer, however well it is meant, and whatever the server promised of its schema.
 */

const SENTIMENTS = ["calm", "annoyed", "angry"] as const;

const phrase = z.string().max(500).transform(onOneLine);
const confidence = z.number().min(0).max(1);

/** Small models write `VPN ` for `vpn`: a known value in other letters is that value. */
const oneOf = <const T extends string>(values: readonly T[]): z.ZodType<T> =>
  z
    .string()
    .max(200)
    .transform((written, context): T => {
      const wanted = written.trim().toLowerCase();
      const found =
        values.find((value) => value === written) ?? values.find((value) => value.toLowerCase() === wanted);
      if (found !== undefined) return found;
      context.issues.push({ code: "custom", message: "not one of the known values", input: written });
      return z.NEVER;
    });

const judged = <T extends z.ZodType>(value: T) => z.object({ value, confidence, because: phrase });

const draftShape = z.object({
  body: z.string().trim().min(1).max(8000),
  articles: z.array(z.int().positive()).max(20),
  open: z.array(phrase).max(20),
}) satisfies z.ZodType<DraftAnswer>;

/** @throws ModelFailure `wrong-shape` */
export function checkedTriage(
  answer: unknown,
  known: { readonly queues: readonly string[]; readonly categories: readonly string[] },
): TriageAnswer {
  const shape = z.object({
    type: judged(oneOf(TICKET_TYPES)),
    category: judged(oneOf(known.categories)),
    queue: judged(oneOf(known.queues)),
    impact: judged(oneOf(LEVELS)),
    urgency: judged(oneOf(LEVELS)),
    spam: judged(z.boolean()),
    sentiment: judged(oneOf(SENTIMENTS)),
    language: judged(z.string().regex(/^[a-z]{2}$/)),
    risks: z.array(z.object({ kind: oneOf(RISK_KINDS), because: phrase })).max(20),
    questions: z.array(phrase).max(20),
  }) satisfies z.ZodType<TriageAnswer>;
  return checked(shape, answer);
}

/** @throws ModelFailure `wrong-shape` */
export function checkedDraft(answer: unknown): DraftAnswer {
  return checked(draftShape, answer);
}

const asked = <T extends z.ZodType>(value: T) =>
  z.object({ value, confidence: z.number(), because: z.string() });

/** The same shapes without bounds, as a server is asked for them: several refuse a schema that has bounds in it. */
export function askedShapes(known: {
  readonly queues: readonly string[];
  readonly categories: readonly string[];
}): {
  readonly triage: z.ZodType;
  readonly draft: z.ZodType;
} {
  return {
    triage: z.object({
      type: asked(z.enum(TICKET_TYPES)),
      category: asked(z.enum(known.categories)),
      queue: asked(z.enum(known.queues)),
      impact: asked(z.enum(LEVELS)),
      urgency: asked(z.enum(LEVELS)),
      spam: asked(z.boolean()),
      sentiment: asked(z.enum(SENTIMENTS)),
      language: asked(z.string()),
      risks: z.array(z.object({ kind: z.enum(RISK_KINDS), because: z.string() })),
      questions: z.array(z.string()),
    }),
    draft: z.object({ body: z.string(), articles: z.array(z.int()), open: z.array(z.string()) }),
  };
}

function onOneLine(text: string): string {
  return text.replaceAll(/[\p{C}\s]+/gu, " ").trim();
}

function checked<T>(shape: z.ZodType<T>, answer: unknown): T {
  const result = shape.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join(".") || "the answer";
  throw new ModelFailure(
    "wrong-shape",
    `its answer has another shape (${place}: ${issue?.code ?? "not understood"})`,
  );
}
