/** Where a draft's signs of emphasis stand: they are formatting, not words. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Emphasis {
  /** Places of the signs themselves. */
  readonly signs: ReadonlySet<number>;
  readonly spans: readonly Span[];
}

/** `*x*`, `**x**`, `_x_`, `__x__` at the edges of words and not far apart. Blank lines do not end it: gateways add and lose them. */
export function emphasisOf(source: string): Emphasis {
  const signs = new Set<number>();
  const spans: Span[] = [];
  for (let at = 0; at < source.length; at++) {
    const sign = source[at] ?? "";
    if ((sign !== "*" && sign !== "_") || signs.has(at)) continue;
    let length = 1;
    while (source[at + length] === sign) length++;
    const close = length > 3 ? -1 : closingOf(source, at, sign.repeat(length));
    if (close >= 0) {
      for (let step = 0; step < length; step++) signs.add(at + step).add(close + step);
      spans.push({ start: at, end: close + length });
    }
    at += length - 1;
  }
  return { signs, spans };
}

function closingOf(source: string, at: number, sign: string): number {
  const first = source[at + sign.length] ?? " ";
  if (!/[\s("'“‘*_[]/.test(source[at - 1] ?? " ") || !/[\p{L}\p{N}("'“‘[*_]/u.test(first)) return -1;
  const near = source.slice(at, at + 400);
  for (let end = near.indexOf(sign, sign.length + 1); end >= 0; end = near.indexOf(sign, end + 1)) {
    const after = near[end + sign.length] ?? " ";
    if (/\s/.test(near[end - 1] ?? " ") || after === sign[0]) continue;
    if (!/[\p{L}\p{N}]/u.test(after)) return at + end;
  }
  return -1;
}
