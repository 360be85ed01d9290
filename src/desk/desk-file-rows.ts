import { z } from "zod";
import { ACTION_KINDS } from "./action.ts";
import type { PolicyRule } from "./policy-document.ts";
import { isRecord } from "./problem.ts";
import * as s from "./schema.ts";
import { PRIORITIES } from "./ticket.ts";
import type { Client, Contact, Priority, Queue, Technician } from "./ticket.ts";

/** One row of each section of desk.yaml: what the file writes, and what the desk makes of it. */

export type ImportedClient = Omit<Client, "id"> & {
  readonly contacts: readonly Omit<Contact, "id" | "clientId">[];
};

/** Promises to a client: how soon somebody answers, how soon it is solved, in open time. */
export interface ServiceLevel {
  readonly name: string;
  /** As `parseHours` reads it; "" is always. */
  readonly hours: string;
  readonly targets: Readonly<Partial<Record<Priority, ServiceTarget>>>;
}

interface ServiceTarget {
  readonly respondMs: number;
  readonly resolveMs: number;
}

export type RunbookDefinition = {
  readonly name: string;
  readonly description: string;
  /** When it may run; "" is always. */
  readonly window: string;
  readonly timeoutMs: number;
} & (
  | { readonly kind: "webhook"; readonly url: string; readonly allowPrivate: boolean }
  /** Program and arguments; no shell reads them. */
  | { readonly kind: "command"; readonly command: readonly string[] }
);

const words = s.listOf(s.text("a word"), "words").default([]);
const addresses = s.listOf(s.address(), "mail addresses").default([]);

export const queueRow: z.ZodType<Omit<Queue, "id">> = s
  .section({ name: s.text(), skills: words, default: s.flag().default(false) })
  .transform(({ name, skills, default: isDefault }) => ({ name, skills, isDefault }));

export const technicianRow: z.ZodType<Omit<Technician, "id">> = s.section({
  name: s.text(),
  email: s.address(),
  aliases: addresses,
  delegates: addresses,
  role: s.oneOf("technician", "lead", "admin").default("technician"),
  queues: words,
  skills: words,
  hours: s.hours().default(""),
  active: s.flag().default(true),
});

const notes = s.leaf("a text", (raw) => (typeof raw === "string" ? raw.trim() : undefined)).default("");

export const contactRow: z.ZodType<Omit<Contact, "id" | "clientId">> = s.section({
  name: s.text(),
  email: s.address(),
  vip: s.flag().default(false),
  notes,
});

/** `contacts` are read row by row afterwards: one bad contact does not cost the client. */
export const clientRow: z.ZodType<ImportedClient> = s
  .section({
    name: s.text(),
    domains: s.listOf(s.domain(), "domains").default([]),
    vip: s.flag().default(false),
    regulated: s.flag().default(false),
    sla: s.text("the name of an SLA").default(""),
    notes,
    contacts: z.array(z.unknown(), { error: "a list of contacts" }).default([]),
  })
  .transform((client) => ({ ...client, contacts: [] }));

const target = s
  .section({ respond: s.duration(), resolve: s.duration() })
  .transform(({ respond, resolve }) => ({ respondMs: respond, resolveMs: resolve }));

export const slaRow: z.ZodType<ServiceLevel> = s
  .section({
    name: s.text(),
    hours: s.hours().default(""),
    targets: s.section({
      P1: target.optional(),
      P2: target.optional(),
      P3: target.optional(),
      P4: target.optional(),
    }),
  })
  .transform(({ name, hours, targets }) => {
    const given: Partial<Record<Priority, ServiceTarget>> = {};
    for (const priority of PRIORITIES) {
      const one = targets[priority];
      if (one !== undefined) given[priority] = one;
    }
    return { name, hours, targets: given };
  });

const scopeKeys = {
  client: s.text("the name of a client").optional(),
  vip: s.flag().optional(),
  category: s.text("a category").optional(),
  priority: s.oneOf(...PRIORITIES).optional(),
};

/**
 * The scope may stand in `scope:` or directly in the rule; both read the same and not both may be used.
 * Without `action` it is a hold rule, which knows no rung but `review`.
 */
export const policyRow: z.ZodType<PolicyRule> = s.choose<PolicyRule>((raw) => {
  const nested = isRecord(raw) && "scope" in raw;
  const hold = isRecord(raw) && !("action" in raw);
  const limits = {
    maxError: s.share().optional(),
    sample: s.share().optional(),
    template: s.text("the name of a client template").optional(),
  };
  const action = s.oneOf(...ACTION_KINDS);
  const shape = {
    ...(nested ? { scope: s.section(scopeKeys) } : scopeKeys),
    action: hold ? action.optional() : action,
    rung: hold
      ? s
          .leaf(
            "review, or nothing, since a rule without action holds every automatic act; name an action for another rung",
            (rung) => (rung === "review" ? ("review" as const) : undefined),
          )
          .default("review")
      : s.oneOf("review", "conditional", "supervised"),
    ...limits,
  };
  return s.section(shape).transform((rule) => toPolicyRule(rule as PolicyFileRow));
});

type PolicyFileRow = Omit<PolicyRule, "scope"> & {
  readonly scope?: PolicyRule["scope"];
} & PolicyRule["scope"];

function toPolicyRule(row: PolicyFileRow): PolicyRule {
  const from: PolicyRule["scope"] = row.scope ?? row;
  const { action, maxError, sample, template } = row;
  return {
    scope: {
      ...(from.client === undefined ? {} : { client: from.client }),
      ...(from.vip === undefined ? {} : { vip: from.vip }),
      ...(from.category === undefined ? {} : { category: from.category }),
      ...(from.priority === undefined ? {} : { priority: from.priority }),
    },
    ...(action === undefined ? {} : { action }),
    rung: row.rung,
    ...(maxError === undefined ? {} : { maxError }),
    ...(sample === undefined ? {} : { sample }),
    ...(template === undefined ? {} : { template }),
  };
}

const runbookHead = {
  name: s.leaf("a name of letters, digits, dots, - and _", (raw) =>
    typeof raw === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(raw) ? raw : undefined,
  ),
  description: s.text().default(""),
  window: s.hours().default(""),
  timeout: s.duration().default(30_000),
};

export const runbookRow: z.ZodType<RunbookDefinition> = s.choose<RunbookDefinition>((raw) => {
  const command = isRecord(raw) && raw["kind"] === "command";
  return command
    ? s
        .section({
          ...runbookHead,
          kind: s.oneOf("command"),
          command: s.listOf(s.text(), "words, the program first, as an absolute path"),
        })
        .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }))
    : s
        .section({
          ...runbookHead,
          kind: s.oneOf("webhook", "command"),
          url: s.webUrl("https", "http"),
          allow_private: s.flag().default(false),
        })
        .transform(({ timeout, allow_private: allowPrivate, ...rest }) => ({
          ...rest,
          kind: "webhook" as const,
          allowPrivate,
          timeoutMs: timeout,
        }));
});

export const linksRow = s.section({ allow: s.listOf(s.domain(), "domains").default([]) });
