import type { DraftRequest, Engine, ProposedDraft, TriageContext } from "../../src/assistant/engine.ts";
import type { Triage } from "../../src/desk/triage.ts";
import type { ParsedMessage } from "../../src/mail/message.ts";

/** A hosted model for tests: it keeps what it was told, and answers what the test says. */
export interface ScriptedModel extends Engine {
  /** All that it was told, as JSON: each message with its context and what its look-ups gave. */
  readonly told: readonly string[];
}

export interface Script {
  /** By default it fails, so that the local engine answers. */
  triage?(message: ParsedMessage): Promise<Triage>;
  draft?(request: DraftRequest): Promise<ProposedDraft>;
}

/** Looks up everything that it may, as a curious model would. */
export function scriptedModel(script: Script = {}): ScriptedModel {
  const told: string[] = [];
  const keep = async (what: object, context: TriageContext): Promise<void> => {
    const words = "vpn printer password drops canary report";
    const articles = await context.searchArticles(words, 20);
    const tickets = await context.searchTickets(words, 20);
    told.push(JSON.stringify({ ...what, context, articles, tickets }));
  };
  return {
    name: "scripted",
    told,
    async triage(message, context) {
      await keep({ message }, context);
      if (script.triage === undefined) throw new Error("not now");
      return script.triage(message);
    },
    async draft(request) {
      const { context, ...rest } = request;
      await keep(rest, context);
      if (script.draft === undefined) throw new Error("not now");
      return script.draft(request);
    },
    acknowledge: () => ({ template: "client/acknowledge", body: "a model's words" }),
  };
}
