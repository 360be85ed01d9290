/** Turns a score into a chance, 0 to 1; a higher score never gives a lower chance. */
export type ChanceCurve = (score: number) => number;

/**
 * A logistic curve through held-out scores (Platt, 1999), by Newton's method. A weak belief of our own (slope 2) stands
 * in front of it, so that a few perfect answers do not make it certain.
 */
export function fittedChance(
  heldOut: readonly { readonly score: number; readonly spam: boolean }[],
): ChanceCurve {
  const strength = 1;
  let slope = 2;
  let offset = 0;
  for (let round = 0; round < 30; round += 1) {
    let gradSlope = strength * (slope - 2) * 0.1;
    let gradOffset = strength * offset * 0.1;
    let hessSlope = strength * 0.1;
    let hessBoth = 0;
    let hessOffset = strength * 0.1;
    for (const { score, spam } of heldOut) {
      const chance = 1 / (1 + Math.exp(-(slope * score + offset)));
      const off = chance - (spam ? 1 : 0);
      const spread = Math.max(1e-6, chance * (1 - chance));
      gradSlope += off * score;
      gradOffset += off;
      hessSlope += spread * score * score;
      hessBoth += spread * score;
      hessOffset += spread;
    }
    const determinant = hessSlope * hessOffset - hessBoth * hessBoth;
    const [bySlope, byOffset] = [
      (hessOffset * gradSlope - hessBoth * gradOffset) / determinant,
      (hessSlope * gradOffset - hessBoth * gradSlope) / determinant,
    ];
    // A step no longer than 2, since far from the solution Newton's leaps lead away from it.
    const length = Math.hypot(bySlope, byOffset);
    const part = length > 2 ? 2 / length : 1;
    slope -= part * bySlope;
    offset -= part * byOffset;
    if (length < 1e-6) break;
  }
  const rising = Math.max(0.01, slope);
  return (score) => 1 / (1 + Math.exp(-(rising * score + offset)));
}
