/** What predictions are worth, held against what was right. */

export interface Answered {
  readonly predicted: string;
  readonly right: string;
  readonly confidence: number;
  readonly expectedError: number;
}

/** Share of predictions that are right. */
export function accuracy(answers: readonly Answered[]): number {
  return share(answers, ({ predicted, right }) => predicted === right);
}

/** Mean over all labels, predicted or right, of the harmonic mean of precision and recall: rare labels count as much. */
export function macroF1(answers: readonly Answered[]): number {
  const labels = new Map<string, { hit: number; wrong: number }>();
  const of = (label: string): { hit: number; wrong: number } => {
    const known = labels.get(label) ?? { hit: 0, wrong: 0 };
    labels.set(label, known);
    return known;
  };
  for (const { predicted, right } of answers) {
    if (predicted === right) of(right).hit += 1;
    else {
      of(predicted).wrong += 1;
      of(right).wrong += 1;
    }
  }
  if (labels.size === 0) return 0;
  let sum = 0;
  for (const { hit, wrong } of labels.values()) sum += (2 * hit) / (2 * hit + wrong);
  return sum / labels.size;
}

/** How far confidence lies from what came true, over fifteen equally wide bins, weighted by their answers (ECE). */
export function calibrationError(answers: readonly Answered[], bins = 15): number {
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, right: 0 }));
  for (const { predicted, right, confidence } of answers) {
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))]!;
    bin.confidence += confidence;
    if (predicted === right) bin.right += 1;
  }
  const off = sums.reduce((total, bin) => total + Math.abs(bin.confidence - bin.right), 0);
  return answers.length === 0 ? 0 : off / answers.length;
}

/** What acting alone within a limit of expected error would have done. */
export function coverage(
  answers: readonly Answered[],
  limit: number,
): { readonly share: number; readonly error: number } {
  const acted = answers.filter(({ expectedError }) => expectedError <= limit);
  return {
    share: answers.length === 0 ? 0 : acted.length / answers.length,
    error: share(acted, ({ predicted, right }) => predicted !== right),
  };
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}
