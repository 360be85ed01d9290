/**
 * The largest error rate that `errors` among `decisions` still allow at 90 % (one-sided Clopper–Pearson): the rate at
 * which so few errors would be seen once in ten times. 1 where nothing was decided.
 */
export function errorBound(errors: number, decisions: number): number {
  if (decisions === 0 || errors >= decisions) return 1;
  let low = errors / decisions;
  let high = 1;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (atMost(errors, decisions, middle) > 0.1) low = middle;
    else high = middle;
  }
  return high;
}

/** Chance of at most `errors` among `decisions` when each goes wrong with chance `rate`. */
function atMost(errors: number, decisions: number, rate: number): number {
  if (rate >= 1) return 0;
  const odds = Math.log(rate) - Math.log1p(-rate);
  let term = decisions * Math.log1p(-rate);
  let sum = Math.exp(term);
  for (let count = 1; count <= errors; count += 1) {
    term += odds + Math.log((decisions - count + 1) / count);
    sum += Math.exp(term);
  }
  return sum;
}
