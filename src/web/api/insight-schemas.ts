import { z } from "zod";
import { named } from "./schemas.ts";

const count = z.int().min(0);

export const Insights = named(
  "Insights",
  z.strictObject({
    drafts: z.array(
      z
        .strictObject({
          kind: z.enum(["template", "article"]),
          name: z.string().describe("A template’s name, `client/vpn`, or an article’s title."),
          releases: count.min(5),
          rewritten: count.describe("Releases in which a word in ten or more came or went."),
          turnedDown: count.describe("Rejected, or asked for anew: nothing of them was sent."),
          medianDistance: z
            .number()
            .min(0)
            .max(1)
            .describe(
              "Words that came or went between the draft and what was sent, as a share of all words.",
            ),
          keepsBeingRewritten: z.boolean().describe("Half of the releases were rewritten, or more."),
          phrases: z
            .array(
              z.strictObject({
                from: z.string().describe("Empty where words were only added."),
                to: z.string().describe("Empty where words were only taken out."),
                count: count.describe("In how many releases; one alone is not told."),
              }),
            )
            .describe("What people change time and again."),
        })
        .describe("What became of the drafts from one template, or of those that cite one article."),
    ),
  }),
);
