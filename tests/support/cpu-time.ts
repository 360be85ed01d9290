/**
 * Milliseconds of the processor that this thread spends on something. A busy machine makes a thread wait, not work: a budget
 * in these may be tight where one by the clock would fail at random.
 */
export function cpuMsOf(act: () => unknown): number {
  const before = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
