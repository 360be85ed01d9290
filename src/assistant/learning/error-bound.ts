/**
 * The largest error rate that `errors` among `decisions` still allow at 90 % (one-sided Clopper–Pearson): the rate at
 * which so few errors would be seen once in ten times. 1 where nothing was decided.
 */
export function errorBound(errors: number, decisions: number): number {
  if (decisions === 0 || errors >= decisions) return 1;
  const share = errors / decisions;
  let low = share;
  // Never below the bound: two and more standard deviations, and room for where no error was seen.
  let high = Math.min(1, share + 2 * Math.sqrt((share * (1 - share)) / decisions) + 4 / decisions);
  for (let step = 0; step < 20; step += 1) {
    const middle = (low + high) / 2;
    if (atMost(errors, decisions, middle) > 0.1) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Chance of at most `errors` among `decisions` when each goes wrong with chance `rate`, which is no less than their
 * share: counted down from `errors`, as the terms only get smaller.
 */
function atMost(errors: number, decisions: number, rate: number): number {
  if (rate >= 1) return 0;
  if (rate <= 0) return 1;
  const odds = (1 - rate) / rate;
  let term = Math.exp(
    logFactorial(decisions) -
      logFactorial(errors) -
      logFactorial(decisions - errors) +
      errors * Math.log(rate) +
      (decisions - errors) * Math.log1p(-rate),
  );
  let sum = term;
  for (let count = errors; count > 0 && term > sum * 1e-7; count -= 1) {
    term *= (odds * count) / (decisions - count + 1);
    sum += term;
  }
  return sum;
}

/** Stirling's series; below ten the product itself. */
function logFactorial(number: number): number {
  if (number < 10) {
    let product = 1;
    for (let factor = 2; factor <= number; factor += 1) product *= factor;
    return Math.log(product);
  }
  return (number + 0.5) * Math.log(number) - number + 0.918938533204673 + 1 / (12 * number);
}
