import type { ProposedDraft } from "../../assistant/engine.ts";
import type { ProposedAction } from "../../desk/action.ts";
import { decide, type PolicyContext } from "../../desk/policy.ts";
import type { Triage } from "../../desk/triage.ts";
import type { Desk, Directory } from "../desk.ts";
import type { Finding } from "./finding.ts";
import { writeAcknowledgement, writeReply, type ToAnswer } from "./write-reply.ts";

/**
 * Policy's word on each proposed action, and the texts of what may go out alone. Those are written in the desk's name, since no
 * technician has read a word of them, and only where a policy lets them go.
 */
export async function judgeActions(
  desk: Pick<Desk, "settings">,
  directory: Directory,
  proposals: readonly ProposedAction[],
  context: PolicyContext,
  answer: ToAnswer,
): Promise<Pick<Finding, "actions" | "replyAlone" | "acknowledgement">> {
  const judged = (within: PolicyContext): Finding["actions"] =>
    proposals.map((action) => ({ action, verdict: decide(action, within, directory.policies) }));
  let actions = judged(context);
  let unseen = goesAlone(actions, "reply")
    ? await writeReply(desk, directory, answer, { kind: "desk" })
    : null;
  const guesses = unseen === null ? [] : guessed(unseen.proposed, answer.triage);
  if (guesses.length > 0) {
    unseen = null;
    actions = judged({ ...context, draftWarnings: [...context.draftWarnings, ...guesses] });
  }
  return {
    actions,
    replyAlone: unseen?.draft ?? null,
    acknowledgement: goesAlone(actions, "acknowledge") ? writeAcknowledgement(desk, directory, answer) : null,
  };
}

function goesAlone(actions: Finding["actions"], kind: ProposedAction["action"]): boolean {
  return actions.some(({ action, verdict }) => action.action === kind && verdict.verdict !== "review");
}

/** What policy should know of a draft: each makes a person look at it first. */
export function warningsOf(draft: NonNullable<Finding["draft"]>): readonly string[] {
  const { warnings, unsourced, questions } = draft.findings;
  return [
    ...warnings,
    ...unsourced,
    // A reply that leaves a question to a technician must reach one.
    ...questions
      .filter((one) => one.answeredBy === "open")
      .map((one) => `The draft does not answer “${one.question}”.`),
  ];
}

/** A model's word alone chose these articles: a person looks whether they are what the client needs. */
function guessed({ articleIds }: Pick<ProposedDraft, "articleIds">, { articles }: Triage): readonly string[] {
  return articles
    .filter((one) => one.byMeaningAlone === true && articleIds.includes(one.articleId))
    .map(({ title }) => `The article “${title}” was found by its meaning alone.`);
}
