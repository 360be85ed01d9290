/**
 * A clue is one short token of what a mail looks like: `subject:capitals`, `link:number-host`, `images:4`. Clues say
 * nothing for or against by themselves; a model learns what each is worth. They hold no person's name.
 */
export type Clue = string;

/** `images:1`, `images:2`, `images:4` …: one for each power of two that the count reaches, so that more is never less. */
export function stepsOf(name: string, count: number, most = 64): readonly Clue[] {
  const steps: Clue[] = [];
  for (let step = 1; step <= count && step <= most; step *= 2) steps.push(`${name}:${step}`);
  return steps;
}

/** `capitals:10`, `capitals:20` …: one for each tenth of the whole that the share reaches. */
export function tenthsOf(name: string, part: number, whole: number): readonly Clue[] {
  if (whole === 0) return [];
  const tenths = Math.min(10, Math.floor((10 * part) / whole));
  return Array.from({ length: tenths }, (_, at) => `${name}:${(at + 1) * 10}`);
}

/** The shape of a made-up word: runs of digits, of letters and of hexadecimal each as one sign, at most 24 signs. */
export function shapeOf(text: string): string {
  return text
    .slice(0, 100)
    .replace(/[0-9]+|[a-z]+|[A-Z]+/g, (run) => (/^[0-9]/.test(run) ? "0" : /^[a-z]/.test(run) ? "a" : "A"))
    .replace(/(?:[0aA]{2,})/g, (mix) => (mix.includes("0") ? "#" : mix.length > 3 ? "W" : mix))
    .slice(0, 24);
}

/** The clues whose condition holds. */
export function those(conditions: Readonly<Record<Clue, boolean>>): readonly Clue[] {
  return Object.entries(conditions)
    .filter(([, holds]) => holds)
    .map(([clue]) => clue);
}
