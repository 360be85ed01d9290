import { readFileSync } from "node:fs";
import { z } from "zod";
import { LEVELS, TICKET_TYPES } from "../../desk/ticket.ts";
import { RISK_KINDS } from "../../desk/triage.ts";

/** One mail of the starter set with what a technician would say about it. Spam has no category. */
export type StarterMail = z.infer<typeof starterMail>;

const common = { subject: z.string(), body: z.string(), language: z.string().length(2) };
const starterMail = z.discriminatedUnion("spam", [
  z.strictObject({ ...common, spam: z.literal(true) }),
  z.strictObject({
    ...common,
    spam: z.literal(false),
    type: z.enum(TICKET_TYPES),
    category: z.string(),
    impact: z.enum(LEVELS),
    urgency: z.enum(LEVELS),
    risks: z.array(z.enum(RISK_KINDS)).optional(),
  }),
]);

const MAILS = new URL("./mails.jsonl", import.meta.url);

/**
 * The mails that the shipped models start from: written by hand for this project, as clients of managed service
 * providers and their monitoring systems write, in seven languages. No mail of the demo and of the tests is among them.
 */
export function starterMails(): readonly StarterMail[] {
  return readFileSync(MAILS, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => starterMail.parse(JSON.parse(line)));
}
