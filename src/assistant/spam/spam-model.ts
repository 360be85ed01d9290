import { LinearModel } from "../learning/linear-model.ts";
import { fittedChance, type ChanceCurve, type HeldOutScore } from "./chance-curve.ts";
import { Rarity } from "./rarity.ts";
import { SPAM_BUCKETS, type FeaturePart, type SpamFeatures } from "./spam-features.ts";
import { thresholdsFrom, type Thresholds } from "./thresholds.ts";

export interface SpamRow {
  readonly features: SpamFeatures;
  readonly spam: boolean;
  /** Near-duplicates share one: they are never on both sides of a check. */
  readonly group: string;
}

export interface SpamJudgement {
  /** Calibrated chance that it is spam, 0 to 1. */
  readonly chance: number;
  /** `edge`: neither is sure enough, a person is asked. */
  readonly verdict: "spam" | "edge" | "ham";
}

/** Parts into which the known messages are cut for calibration: each is judged by a model that has not seen it. */
const FOLDS = 5;

const SPAM = "spam";
const HAM = "ham";

/**
 * Learns from a whole history of mail that people sorted. Two separators, one over the words and one over how the mail
 * was made, are weighed against each other: a newsletter reads like spam, and a spammer may write like a client, but seldom both.
 */
export class SpamModel {
  readonly #views: readonly View[];
  readonly #curve: ChanceCurve;
  readonly thresholds: Thresholds;

  private constructor(views: readonly View[], curve: ChanceCurve, thresholds: Thresholds) {
    this.#views = views;
    this.#curve = curve;
    this.thresholds = thresholds;
  }

  /** @throws Error where one of the two kinds is missing: there is nothing to tell apart */
  static train(rows: readonly SpamRow[], progress: (done: number, of: number) => void = () => {}): SpamModel {
    if (!rows.some((row) => row.spam) || rows.every((row) => row.spam))
      throw new Error("Both spam and ham are needed to learn from.");
    const folds = foldsOf(rows);
    const heldOut: HeldOutScore[] = [];
    for (let fold = 0; fold < FOLDS; fold += 1) {
      const known = rows.filter((_, at) => folds[at] !== fold);
      const held = rows.filter((_, at) => folds[at] === fold);
      if (held.length > 0 && known.some((row) => row.spam) && known.some((row) => !row.spam)) {
        const views = viewsOf(known);
        for (const row of held) heldOut.push({ scores: scoresOf(views, row.features), spam: row.spam });
      }
      progress(fold + 1, FOLDS + 1);
    }
    const views = viewsOf(rows);
    progress(FOLDS + 1, FOLDS + 1);
    const curve = fittedChance(heldOut, LOOKS.length);
    return new SpamModel(
      views,
      curve,
      thresholdsFrom(heldOut.map(({ scores, spam }) => ({ chance: curve(scores), spam }))),
    );
  }

  judge(features: SpamFeatures): SpamJudgement {
    const chance = this.#curve(scoresOf(this.#views, features));
    const { spam, edge } = this.thresholds;
    return { chance, verdict: chance >= spam ? "spam" : chance >= edge ? "edge" : "ham" };
  }
}

interface View {
  readonly parts: (features: SpamFeatures) => readonly FeaturePart[];
  readonly rarity: Rarity;
  readonly model: LinearModel;
}

const LOOKS: readonly View["parts"][] = [(features) => features.words, (features) => features.making];

function viewsOf(rows: readonly SpamRow[]): readonly View[] {
  return LOOKS.map((parts) => {
    const rarity = Rarity.among(rows.map((row) => parts(row.features)));
    const model = LinearModel.create({
      buckets: SPAM_BUCKETS,
      cost: 3,
      balance: 0,
      passes: 15,
      capacity: rows.length,
    });
    model.fit(
      rows.map((row) => ({ vector: rarity.weigh(parts(row.features)), label: row.spam ? SPAM : HAM })),
    );
    return { parts, rarity, model };
  });
}

function scoresOf(views: readonly View[], features: SpamFeatures): readonly number[] {
  return views.map(
    ({ parts, rarity, model }) => model.scores(rarity.weigh(parts(features)))[model.labels.indexOf(SPAM)]!,
  );
}

/** Whole groups, in the order in which they come, to the fold that has the fewest of their kind so far. */
function foldsOf(rows: readonly SpamRow[]): readonly number[] {
  const places = new Map<string, number>();
  const none = Array.from({ length: FOLDS }, () => 0);
  const filled = { spam: none.slice(), ham: none.slice() };
  const sizes = new Map<string, number>();
  for (const { group } of rows) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return rows.map(({ group, spam }) => {
    const known = places.get(group);
    if (known !== undefined) return known;
    const counts = spam ? filled.spam : filled.ham;
    const place = counts.indexOf(Math.min(...counts));
    counts[place]! += sizes.get(group) ?? 1;
    places.set(group, place);
    return place;
  });
}
