import type { CampaignReport } from "./campaign.ts";

/** For people: what was done to the desk, what came of it, and how to do it again. */
export function reportOf(report: CampaignReport, database: string): string {
  const { kills, places, moods, figures, faults } = report;
  const atPlaces = kills.filter(({ place }) => place !== null).length;
  const lines = [
    `chaos on ${database}, seed ${report.seed}: ${kills.length} kills (${atPlaces} at ${[...places.values()].filter((times) => times > 0).length} of ${places.size} places, ${kills.length - atPlaces} at any time), ${report.seconds} s`,
    `  ${listOf(Object.entries(figures))}`,
    `  relay: ${listOf([...moods])}`,
    `  places: ${listOf([...places].toSorted(([a], [b]) => a.localeCompare(b)))}`,
    `  rested ${(report.restedAfterMs / 1000).toFixed(1)} s after the last restart`,
  ];
  if (faults.length === 0) return [...lines, "  every promise holds"].join("\n");
  return [
    ...lines,
    `  ${faults.length} FAULTS:`,
    ...faults.slice(0, 40).map((fault) => `  - ${fault}`),
    `  kills: ${kills.map(({ nth, place, atMs, worker }) => `${nth}. ${place ?? "at any time"} (worker ${worker}, ${(atMs / 1000).toFixed(1)} s)`).join("; ")}`,
    `  kept: ${report.directory}`,
  ].join("\n");
}

function listOf(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, count]) => `${name} ${count}`).join(" · ");
}
