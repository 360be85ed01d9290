import type { ParsedMessage } from "../mail/message.ts";
import { checkedDraft, checkedTriage, UnusableAnswer } from "./answer-shape.ts";
import type { DraftRequest, Engine, TriageContext } from "./engine.ts";
import { redact } from "./redact.ts";

export interface HostedOptions {
  /** Milliseconds that one question to the model may take. */
  readonly deadlineMs: number;
  /** The local engine answered instead; a sentence for the log, without words of the mail or of the model. */
  onFallback(sentence: string): void;
}

/**
 * A model that somebody else runs, made fit for the desk: it is told nothing that `redact` removes, has a deadline, and
 * is believed only in the shape that was asked for. Where it fails in any way, the local engine answers in its place:
 * a client's mail never waits for a model. An acknowledgement is never a model's words.
 */
export function hostedEngine(model: Engine, local: Engine, options: HostedOptions): Engine {
  async function ask<T>(what: string, question: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
    try {
      return await within(options.deadlineMs, question);
    } catch (error) {
      options.onFallback(
        `${model.name} gave no usable ${what}, so the local assistant answered: ${whyOf(error)}`,
      );
      return otherwise();
    }
  }

  return {
    name: model.name,
    triage: (message, context) =>
      ask(
        "triage",
        async () =>
          checkedTriage(
            await model.triage(toldMessage(message), toldContext(context)),
            context.queues.map((queue) => queue.name),
          ),
        () => local.triage(message, context),
      ),
    draft: (request) =>
      ask(
        "draft",
        async () => checkedDraft(await model.draft(toldRequest(request))),
        () => local.draft(request),
      ),
    acknowledge: (request) => local.acknowledge(request),
  };
}

/** A question that goes on after its deadline is not waited for, and its late answer or failure is nobody's. */
async function within<T>(deadlineMs: number, question: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new UnusableAnswer(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([question(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A service's own error may quote what it was asked: its kind is enough for the log. */
function whyOf(error: unknown): string {
  if (error instanceof UnusableAnswer) return error.message;
  const status = typeof error === "object" && error !== null && "status" in error ? Number(error.status) : 0;
  const name = error instanceof Error ? error.name : "it failed";
  return status > 0 ? `${name}, status ${status}` : name;
}

/** The words of a mail, redacted; its markup and its header fields are not the model's business. */
function toldMessage(message: ParsedMessage): ParsedMessage {
  return {
    ...message,
    subject: redact(message.subject),
    text: redact(message.text),
    newText: redact(message.newText),
    quotedText: redact(message.quotedText),
    html: null,
    headers: [],
  };
}

function toldContext(context: TriageContext): TriageContext {
  return {
    ...context,
    earlier: context.earlier.map(redact),
    searchTickets: async (query, limit) =>
      (await context.searchTickets(query, limit)).map((ticket) => ({
        ...ticket,
        subject: redact(ticket.subject),
      })),
  };
}

function toldRequest(request: DraftRequest): DraftRequest {
  const { message, redraft, triage } = request;
  return {
    ...request,
    // Its summary, questions and evidence are the client's words too.
    triage: redactedThroughout(triage),
    message: { subject: redact(message.subject), newText: redact(message.newText) },
    context: toldContext(request.context),
    redraft:
      redraft === null
        ? null
        : { instruction: redact(redraft.instruction), previous: redact(redraft.previous) },
  };
}

/** The same value with every text in it redacted. */
function redactedThroughout<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === "string" ? redact(one) : one,
  ) as T;
}
