import { errorBound } from "../learning/error-bound.ts";

/** A message with what people called it and what the filter did. */
export interface Judged {
  readonly spam: boolean;
  readonly chance: number;
  readonly verdict: "spam" | "edge" | "ham";
}

export interface SpamFigures {
  readonly messages: number;
  readonly spam: number;
  /** Honest mails called spam, and their number. */
  readonly flagged: { readonly count: number; readonly share: number; readonly bound: number };
  readonly caught: { readonly count: number; readonly share: number };
  /** Of all messages, those that a person is asked about; and what they are. */
  readonly edge: { readonly count: number; readonly share: number; readonly spam: number };
  /** Spam that was neither caught nor asked about. */
  readonly missed: number;
  /** Chance that a spam gets a higher score than an honest mail. */
  readonly auc: number;
  /** Expected calibration error of the chance, 15 bins of equal width. */
  readonly ece: number;
}

export function figuresOf(judged: readonly Judged[]): SpamFigures {
  const spam = judged.filter((one) => one.spam);
  const ham = judged.filter((one) => !one.spam);
  const flagged = ham.filter((one) => one.verdict === "spam").length;
  const caught = spam.filter((one) => one.verdict === "spam").length;
  const edge = judged.filter((one) => one.verdict === "edge");
  return {
    messages: judged.length,
    spam: spam.length,
    flagged: { count: flagged, share: ratio(flagged, ham.length), bound: errorBound(flagged, ham.length) },
    caught: { count: caught, share: ratio(caught, spam.length) },
    edge: {
      count: edge.length,
      share: ratio(edge.length, judged.length),
      spam: edge.filter((one) => one.spam).length,
    },
    missed: spam.filter((one) => one.verdict === "ham").length,
    auc: areaUnderCurve(spam, ham),
    ece: calibrationError(judged),
  };
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** By ranks (Mann and Whitney); equal chances count half. */
function areaUnderCurve(spam: readonly Judged[], ham: readonly Judged[]): number {
  if (spam.length === 0 || ham.length === 0) return 0.5;
  const all = [...spam, ...ham].sort((left, right) => left.chance - right.chance);
  let below = 0;
  let pairs = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]!.chance === all[from]!.chance) to += 1;
    const same = all.slice(from, to);
    const spamHere = same.filter((one) => one.spam).length;
    const hamHere = same.length - spamHere;
    pairs += spamHere * (below + hamHere / 2);
    below += hamHere;
    from = to;
  }
  return pairs / (spam.length * ham.length);
}

function calibrationError(judged: readonly Judged[]): number {
  const bins = Array.from({ length: 15 }, () => ({ count: 0, chance: 0, spam: 0 }));
  for (const { chance, spam } of judged) {
    const bin = bins[Math.min(14, Math.floor(chance * 15))]!;
    bin.count += 1;
    bin.chance += chance;
    bin.spam += spam ? 1 : 0;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.chance - bin.spam), 0) / Math.max(1, judged.length);
}
