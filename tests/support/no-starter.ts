import type { Starter } from "../../src/steps/learning/restore-models.ts";

/** A desk that has learned nothing: its engine goes by the rule table. To learn the starter set takes seconds of each file. */
export const NO_STARTER: Starter = { base: "none", models: () => new Map() };
