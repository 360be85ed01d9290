import { readFile } from "node:fs/promises";
import type { DraftRequest, TriageContext } from "../../src/assistant/engine.ts";
import { createLocalEngine } from "../../src/assistant/local/engine.ts";
import { parseLanguages, type Languages } from "../../src/assistant/local/languages.ts";
import { parseRules } from "../../src/assistant/local/rules.ts";
import type { RuleTable } from "../../src/assistant/local/rules.ts";
import type { Client, Contact, Device, Queue } from "../../src/desk/ticket.ts";
import type { ArticleHit, RelatedTicket, Triage } from "../../src/desk/triage.ts";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { createTemplates, loadLanguageFiles, loadTemplateFiles } from "../../src/templates.ts";
import type { TemplateSet } from "../../src/templates.ts";

export async function starterRules(): Promise<RuleTable> {
  return parseRules(await readFile("templates/rules.yaml", "utf8"), "templates/rules.yaml");
}

export async function starterTemplates(): Promise<TemplateSet> {
  return createTemplates(await loadTemplateFiles("templates"));
}

export async function starterLanguages(): Promise<Languages> {
  return parseLanguages(await loadLanguageFiles("templates"));
}

export async function starterEngine() {
  return createLocalEngine({
    rules: await starterRules(),
    templates: await starterTemplates(),
    languages: await starterLanguages(),
  });
}

export const queues: readonly Queue[] = [
  { id: 1, name: "Network", skills: ["vpn", "network", "wifi", "telephony"], isDefault: false },
  { id: 2, name: "Servers", skills: ["server", "backup", "monitoring", "dns"], isDefault: false },
  { id: 3, name: "Security", skills: ["security"], isDefault: false },
  { id: 4, name: "Accounts", skills: ["billing", "sales", "licensing"], isDefault: false },
  { id: 5, name: "Service Desk", skills: [], isDefault: true },
];

export const contoso: Client = {
  id: 1,
  name: "Contoso",
  domains: ["contoso.example"],
  vip: false,
  regulated: false,
  sla: "",
  notes: "",
};
export const ana: Contact = {
  id: 7,
  clientId: 1,
  name: "Ana Ruiz",
  email: "ana@contoso.example",
  vip: false,
  notes: "",
};

/** Ana's, with a note that nobody outside is to read. */
export const laptop: Device = {
  id: 1,
  clientId: contoso.id,
  contactId: ana.id,
  name: "LT-0042",
  type: "laptop",
  os: "Windows 11",
  serial: "5CG1240XYZ",
  warranty: "2027-03-31",
  notes: "was dropped in March, do not tell",
};

export function contextOf(
  given: Partial<TriageContext> & {
    readonly articles?: readonly ArticleHit[];
    readonly tickets?: readonly RelatedTicket[];
    readonly known?: readonly Device[];
  } = {},
): TriageContext {
  const { articles = [], tickets = [], known = [], ...rest } = given;
  return {
    client: contoso,
    contact: ana,
    requester: { name: "Ana Ruiz", address: "ana@contoso.example" },
    queues,
    earlier: [],
    answered: false,
    searchArticles: () => Promise.resolve(articles),
    devices: () => Promise.resolve(known),
    searchTickets: () => Promise.resolve(tickets),
    ...rest,
  };
}

export function mail(given: Partial<ParsedMessage>): ParsedMessage {
  const newText = given.newText ?? "";
  return {
    messageId: "<1@contoso.example>",
    contentSha256: "0".repeat(64),
    inReplyTo: [],
    references: [],
    from: [{ name: "Ana Ruiz", address: "ana@contoso.example" }],
    sender: null,
    resentBy: [],
    replyTo: [],
    to: [{ name: "", address: "support@desk.example" }],
    cc: [],
    subject: "",
    date: null,
    text: newText,
    html: null,
    newText,
    quotedText: "",
    attachments: [],
    automatic: { verdict: "no", reasons: [] },
    deliveryStatus: null,
    headers: [],
    defects: [],
    ...given,
  };
}

export function requestOf(
  triage: Triage,
  message: ParsedMessage,
  context: TriageContext,
  redraft: DraftRequest["redraft"] = null,
): DraftRequest {
  return {
    triage,
    message,
    context,
    ticketNumber: 1042,
    signature: { technician: "Dana Wu", desk: "Northwind Support" },
    redraft,
  };
}

export const vpnArticle: ArticleHit = {
  articleId: 12,
  title: "VPN drops every hour: switch fast rekey off",
  source: "articles/vpn-rekey.md",
  score: 9.1,
  excerpt:
    "After the update to client 7.2 the VPN drops once an hour.\n\n1. Open the VPN client.\n2. Choose Settings, then Connection.\n3. Switch “Fast rekey” off and connect again.",
};
