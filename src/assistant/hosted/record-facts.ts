import { withoutSentences, type DraftSource } from "../../desk/draft-findings.ts";
import type { DraftRequest, ProposedDraft } from "../engine.ts";

/**
 * Facts of the client's record stand in a draft as the desk wrote them, and no model is told them: they are taken out of what it
 * reads, and put back behind what it wrote.
 */

type Facts = readonly Pick<DraftSource, "sentence">[];

/** What is left are whole paragraphs, and none of them empty. */
export function withoutFacts(text: string, facts: Facts): string {
  return withoutSentences(text, facts)
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

/** One paragraph, the last before the signature; what a technician's wish has kept of them stays where it is. */
export function withSentences(text: string, facts: Facts): string {
  const missing = facts.map(({ sentence }) => sentence).filter((sentence) => !text.includes(sentence));
  return missing.length === 0 ? text : `${text}\n\n${missing.join(" ")}`;
}

/** The request as a model is told it: without questions that the record answers, and without asking for what it holds. */
export function withoutKnown(request: DraftRequest, base: ProposedDraft): DraftRequest {
  if (base.sources.every((source) => source.kind !== "record")) return request;
  const answered = new Set(
    base.questions.filter((one) => one.answeredBy === "record").map((one) => one.question),
  );
  return {
    ...request,
    triage: {
      ...request.triage,
      questions: request.triage.questions.filter((question) => !answered.has(question)),
      missing: request.triage.missing.filter((need) => base.body.includes(need)),
    },
  };
}

export function withRecord(
  facts: readonly DraftSource[],
  sourced: Pick<ProposedDraft, "sources" | "unsourced">,
): Pick<ProposedDraft, "sources" | "unsourced"> {
  return {
    sources: [...sourced.sources, ...facts],
    unsourced: sourced.unsourced.filter((sentence) => facts.every((fact) => fact.sentence !== sentence)),
  };
}
