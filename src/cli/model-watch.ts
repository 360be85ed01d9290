import type { ModelHealth } from "../assistant/hosted/asking.ts";
import { lastingOutages, type Observation } from "../steps/upkeep/alarm.ts";
import type { OpenDesk } from "./open-desk.ts";

export const PART_MODEL = "model";

/** A mail loses nothing while a model is away, so nobody is called for half an hour of it. */
export const MODEL_AFTER_MS = 30 * 60_000;
/** An answer tells that it works for as long as this; then another process may know better. */
const FRESH_MS = 5 * 60_000;

/**
 * Tries a model that is left alone as soon as its rest is over, so that a quiet night does not count as one without an answer; and
 * one whose outage the last run of the desk has told. `null`: nothing is known, or there is none.
 */
export async function lookAtModel({
  desk,
  model,
}: Pick<OpenDesk, "desk" | "model">): Promise<Observation | null> {
  if (model === null) return null;
  const { away, answeredAgoMs } = model.health();
  const isOver = away === null ? answeredAgoMs === null && (await isTold(desk)) : away.restsForMs === 0;
  // How it went shows in its health.
  if (isOver) await model.probe().catch(() => undefined);
  return modelObservation(model.health(), desk.clock());
}

async function isTold(desk: OpenDesk["desk"]): Promise<boolean> {
  return (await lastingOutages(desk)).some((outage) => outage.kind === "model");
}

/** What the questions so far make of it. Pure. */
export function modelObservation(health: ModelHealth, now: Date): Observation | null {
  const { away, spent, answeredAgoMs } = health;
  if (spent !== null) {
    // A smaller question may still find room in the day's cap: that does not end it.
    if (dayOf(new Date(now.getTime() - spent.agoMs)) === dayOf(now))
      return seen({ detail: `${spent.detail}; it is asked again after midnight UTC`, urgent: true });
    if (away === null) return seen(null);
  }
  if (away !== null) return seen({ detail: away.detail, urgent: away.needsPerson });
  return answeredAgoMs !== null && answeredAgoMs <= FRESH_MS ? seen(null) : null;
}

const seen = (trouble: Observation["trouble"]): Observation => ({
  part: PART_MODEL,
  kind: "model",
  afterMs: MODEL_AFTER_MS,
  trouble,
});

/** As the purse counts days: by UTC. */
const dayOf = (time: Date): string => time.toISOString().slice(0, 10);
