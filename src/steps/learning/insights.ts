import { changedPhrases, REWRITTEN, type ChangedPhrase } from "../../review/rewrites.ts";
import { articleTitles } from "../../store/articles.ts";
import type { Db } from "../../store/database.ts";
import { latestDraftOutcomes, releasedTexts, type DraftOutcome } from "../../store/draft-outcomes.ts";

/** What became of the drafts from one template, or of those that cite one article. */
export interface DraftInsight {
  readonly kind: "template" | "article";
  /** `client/vpn`; an article's title. */
  readonly name: string;
  readonly releases: number;
  /** Of these, those in which a word in ten or more came or went. */
  readonly rewritten: number;
  /** Turned down or asked for anew: nothing of them was sent. */
  readonly turnedDown: number;
  /** Half of all words came or went where half of the releases did at least; 0 to 1. */
  readonly medianDistance: number;
  /** What people change time and again, most frequent first. */
  readonly phrases: readonly ChangedPhrase[];
  /** Who rewrote. */
  readonly technicianIds: readonly number[];
}

/** So many of the newest outcomes are looked at. */
const NEWEST = 2000;
/** Fewer releases say nothing. */
export const FEWEST_RELEASES = 5;
/** Texts whose words are compared, of each template. */
const COMPARED = 40;
const PHRASES = 3;

/** Templates and articles with at least five releases, the most rewritten first. Reads only. */
export async function draftInsights(db: Db): Promise<readonly DraftInsight[]> {
  const outcomes = await latestDraftOutcomes(db, NEWEST);
  const byTemplate = Map.groupBy(outcomes, (one) => one.template);
  const insights: DraftInsight[] = [];
  for (const [template, about] of byTemplate)
    insights.push(...(await insightOf(db, "template", template, about)));
  const citing = Map.groupBy(
    outcomes.flatMap((one) => one.articleIds.map((id) => ({ id, one }))),
    ({ id }) => id,
  );
  const titles = await articleTitles(db, [...citing.keys()]);
  for (const [id, about] of citing)
    insights.push(
      ...(await insightOf(
        db,
        "article",
        titles.get(id) ?? `article ${id}`,
        about.map(({ one }) => one),
      )),
    );
  return insights.sort(
    (a, b) => b.rewritten / b.releases - a.rewritten / a.releases || b.releases - a.releases,
  );
}

/** One, or none where too little was released. */
async function insightOf(
  db: Db,
  kind: DraftInsight["kind"],
  name: string,
  outcomes: readonly DraftOutcome[],
): Promise<readonly DraftInsight[]> {
  const released = outcomes.filter((one) => one.distance !== null);
  if (released.length < FEWEST_RELEASES) return [];
  const rewritten = released.filter(isRewritten);
  const distances = released.map((one) => one.distance ?? 0).sort((a, b) => a - b);
  const texts = await releasedTexts(
    db,
    released
      .filter((one) => (one.distance ?? 0) > 0)
      .slice(-COMPARED)
      .map((one) => one.draftId),
  );
  return [
    {
      kind,
      name,
      releases: released.length,
      rewritten: rewritten.length,
      turnedDown: outcomes.length - released.length,
      medianDistance: distances[Math.floor(distances.length / 2)] ?? 0,
      phrases: changedPhrases(texts, PHRASES),
      technicianIds: [...new Set(rewritten.map((one) => one.technicianId))],
    },
  ];
}

export const isRewritten = ({ distance }: Pick<DraftOutcome, "distance">): boolean =>
  distance !== null && distance >= REWRITTEN;

/** Rewritten more often than not: worth a look at the template or the article. */
export const keepsBeingRewritten = (one: Pick<DraftInsight, "rewritten" | "releases">): boolean =>
  one.rewritten * 2 >= one.releases;

/** `client/vpn: 7 of 9 drafts were rewritten, mostly “We will look into it” to “I am on it now”.` */
export function insightSentence({ name, kind, rewritten, releases, phrases }: DraftInsight): string {
  const what = kind === "template" ? name : `article “${name}”`;
  const [most] = phrases;
  const words =
    most === undefined
      ? ""
      : most.from === ""
        ? `, mostly by adding “${most.to}”`
        : most.to === ""
          ? `, mostly by taking “${most.from}” out`
          : `, mostly “${most.from}” to “${most.to}”`;
  return `${what}: ${rewritten} of ${releases} drafts were rewritten${words}.`;
}
