/** Milliseconds since 1970 with fractions, the same for every process of the machine. */
export const now = (): number => performance.timeOrigin + performance.now();
