import type { Alert } from "./alert.ts";
import type { Evidence } from "./evidence.ts";
import type { RuleTable } from "./rules.ts";

/** The category that a table files alerts under; a table without it treats them as any mail. */
export const MONITORING = "monitoring";

/** More than the words of an alert say for its subject matter: "Certificate Down" is an alert, not a website's trouble. */
const POINTS = 12;

/** The evidence with the word of an alert's form in it: that it is one counts more than what it is about. */
export function withAlert(evidence: Evidence, alert: Alert | null, table: RuleTable): Evidence {
  const rule = table.rules.find((one) => one.category === MONITORING);
  if (alert === null || rule === undefined) return evidence;
  const known = evidence.rules.find((one) => one.rule === rule);
  const ofAlert = {
    rule,
    score: Math.max(0, known?.score ?? 0) + POINTS,
    forIt: (known?.forIt ?? 0) + POINTS,
    evidence: [wordsFor(alert), ...(known?.evidence ?? [])],
  };
  const others = evidence.rules.filter((one) => one.rule !== rule);
  const ranked = [ofAlert, ...others].sort((left, right) => right.score - left.score);
  return { ...evidence, rules: ranked };
}

function wordsFor({ system, host, service, state }: Alert): string {
  const about = [host, service].filter((one) => one !== "").join(", ");
  const of = system === MONITORING ? "an alert" : `an alert of ${system}`;
  return `${of}${about === "" ? "" : ` about ${about}`}: ${state}`;
}
