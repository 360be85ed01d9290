/** What a measured process has used so far. */
export interface Usage {
  /** Milliseconds, all threads, user and system. */
  readonly cpuMs: number;
  readonly peakRssMb: number;
  readonly rssMb: number;
}

export function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return {
    cpuMs: (user + system) / 1000,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    rssMb: process.memoryUsage.rss() / 1024 / 1024,
  };
}
