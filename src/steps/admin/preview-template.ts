import { acknowledge, createDrafter } from "../../assistant/local/drafter.ts";
import type { RuleTable } from "../../assistant/local/rules.ts";
import { reasonOf } from "../../errors.ts";
import type { Technician } from "../../desk/ticket.ts";
import { messageById } from "../../store/messages.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import { CLIENT_VARIABLES, createTemplates, sampleOf, type TemplateSet } from "../../templates.ts";
import type { Desk } from "../desk.ts";
import { triageContextFor } from "../triage/triage-context.ts";

/**
 * A client template as it would read on a real ticket: filled by the very code that drafts replies, with the one
 * template put in place of all others. Nothing is stored and nothing is sent. `ticket` is `null` for sample values.
 * The text must have passed `templateProblems`.
 */
export async function previewTemplate(
  desk: Pick<Desk, "database" | "directory" | "queue" | "settings">,
  name: string,
  body: string,
  ticket: TicketRecord | null,
  technician: Technician,
): Promise<{ readonly text: string; readonly problem: string }> {
  const edited = createTemplates(new Map([[name, body]]));
  try {
    return { text: await fill(desk, edited, name, ticket, technician), problem: "" };
  } catch (error) {
    return { text: "", problem: reasonOf(error) };
  }
}

async function fill(
  desk: Pick<Desk, "database" | "directory" | "queue" | "settings">,
  edited: TemplateSet,
  name: string,
  ticket: TicketRecord | null,
  technician: Technician,
): Promise<string> {
  const message =
    ticket === null || ticket.lastClientMessageId === null
      ? null
      : await messageById(desk.database.reader, ticket.lastClientMessageId);
  if (ticket === null || message === null || message.triage === null)
    return edited.render(name, sampleOf(CLIENT_VARIABLES)).trim();
  const directory = await desk.directory.current();
  const context = await triageContextFor(desk, directory, ticket, null);
  const request = {
    triage: { ...message.triage, language: { value: languageOf(name), confidence: 1, evidence: [] } },
    message: { subject: message.subject ?? "", newText: message.newText ?? "" },
    context,
    ticketNumber: ticket.number,
    signature: { technician: technician.name, desk: desk.settings.name },
  };
  // Whichever template the drafter picks, it gets this one.
  const only = { has: () => true, render: (_: string, variables: object) => edited.render(name, variables) };
  if (name.startsWith("client/acknowledge"))
    return acknowledge({ templates: only, languages: directory.languages }, request).body;
  // The drafter reads nothing but the rules' templates, and here there is one template for all.
  const noRules: Pick<RuleTable, "rules"> = { rules: [] };
  const draft = createDrafter({ rules: noRules, templates: only, languages: directory.languages });
  return (await draft({ ...request, redraft: null })).body;
}

/** `client/vpn.de` → `de`; English carries no suffix. */
function languageOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot === -1 ? "en" : name.slice(dot + 1);
}
