import { z } from "zod";
import { draftInsights, keepsBeingRewritten } from "../../steps/learning/insights.ts";
import { route, type ApiRoute } from "./route.ts";
import { Insights } from "./insight-schemas.ts";

export const insightRoutes: readonly ApiRoute[] = [
  route({
    path: "/insights",
    name: "getInsights",
    summary: "What became of drafts, by template and by article",
    description:
      "The newest 2,000 outcomes; what has been released fewer than five times is left out. The most rewritten come first.",
    query: z.strictObject({}),
    answer: Insights,
    async handle({ web }) {
      const found = await draftInsights(web.desk.database.reader);
      return {
        drafts: found.map((one) => ({
          kind: one.kind,
          name: one.name,
          releases: one.releases,
          rewritten: one.rewritten,
          turnedDown: one.turnedDown,
          medianDistance: one.medianDistance,
          keepsBeingRewritten: keepsBeingRewritten(one),
          phrases: one.phrases,
        })),
      };
    },
  }),
];
