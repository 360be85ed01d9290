import type { Finding, RiskFlag } from "../../desk/triage.ts";
import { rounded } from "../local/confidence.ts";
import type { Evidence } from "../local/evidence.ts";

/** Unasked offers. A report of one is a security incident, a known contact's mail is hardly ever one. */
export function findSpam(
  evidence: Evidence,
  facts: {
    readonly known: boolean;
    readonly list: boolean;
    readonly risks: readonly RiskFlag[];
    readonly links: number;
  },
): Finding<boolean> {
  const words = evidence.signals.get("spam") ?? [];
  const reported = facts.risks.some((risk) => risk.kind === "security");
  const support = Math.max(0, evidence.rules[0]?.score ?? 0);
  let points = words.length * 2 + (facts.list ? 2 : 0) + (facts.links > 5 ? 1 : 0);
  points -= facts.known ? 4 : 0;
  points -= Math.min(3, support / 3);
  const says = [
    ...words.map((word) => `"${word}"`),
    ...(facts.list ? ["sent to a list"] : []),
    ...(facts.known ? ["from a known client"] : []),
  ];
  if (reported || points < 2.5) {
    const doubt = reported ? 0 : Math.max(0, points) * 0.12;
    const sure = facts.known ? 0.85 : words.length === 0 ? 0.8 : 0.7;
    return { value: false, confidence: rounded(Math.max(0.5, sure - doubt)), evidence: says };
  }
  return { value: true, confidence: rounded(Math.min(0.85, 0.45 + points * 0.06)), evidence: says };
}
