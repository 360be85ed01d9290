import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const SUM = z.object({ sum: z.int() });

/** To see whether a server answers, and in the form that the desk asks for. */
export const SMALL_QUESTION = {
  system: 'Answer with one JSON object and nothing around it, such as {"sum": 7}.',
  user: "What is 2 + 3?",
  format: zodResponseFormat(SUM, "sum"),
  // Reasoning models think first.
  mostTokens: 1000,
} as const;

export const isRightAnswer = (answer: unknown): boolean => SUM.safeParse(answer).data?.sum === 5;
