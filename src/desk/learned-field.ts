/** What the assistant learns from decisions, each field by a model of its own. */
export const LEARNED_FIELDS = ["type", "category", "queue", "impact", "urgency", "spam"] as const;
export type LearnedField = (typeof LEARNED_FIELDS)[number];
