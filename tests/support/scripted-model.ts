import type {
  DraftAnswer,
  DraftQuestion,
  Model,
  TriageAnswer,
  TriageQuestion,
} from "../../src/assistant/hosted/model.ts";

/** A hosted model for tests: it keeps what it was told, and answers what the test says. */
export interface ScriptedModel extends Model {
  /** All that it was told, as JSON, one question each. */
  readonly told: readonly string[];
}

/** Answers may be of any shape: that is what is tested. */
export interface Script {
  /** By default a good answer about a VPN, and the desk's own text. */
  triage?(question: TriageQuestion): Promise<unknown>;
  draft?(question: DraftQuestion): Promise<unknown>;
}

export function scriptedModel(script: Script = {}): ScriptedModel {
  const told: string[] = [];
  return {
    name: "scripted",
    version: "1",
    told,
    async triage(question) {
      told.push(JSON.stringify({ triage: question }));
      return script.triage === undefined ? triageAnswer() : script.triage(question);
    },
    async draft(question) {
      told.push(JSON.stringify({ draft: question }));
      return script.draft === undefined ? draftAnswer({ body: question.deskText }) : script.draft(question);
    },
  };
}

/** A whole triage, of a mail about the VPN. */
export function triageAnswer(change: Partial<TriageAnswer> = {}): TriageAnswer {
  const sure = { confidence: 0.9, because: "the VPN drops" };
  return {
    type: { value: "incident", ...sure },
    category: { value: "vpn", ...sure },
    queue: { value: "Network", ...sure },
    impact: { value: "low", ...sure },
    urgency: { value: "medium", ...sure },
    spam: { value: false, ...sure },
    sentiment: { value: "calm", ...sure },
    language: { value: "en", ...sure },
    risks: [],
    questions: [],
    ...change,
  };
}

export function draftAnswer(change: Partial<DraftAnswer> = {}): DraftAnswer {
  return { body: "We are looking into your VPN connection.", articles: [], open: [], ...change };
}
