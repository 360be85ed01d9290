/** The variables that a reply to a client may use, as a schema to check templates against and to show beside the editor. */
import type { VariableSchema } from "./templates-trial.ts";

export interface ClientTemplateVariables {
  /** First name of the contact, or a neutral word in the client's language; never empty. */
  readonly greetingName: string;
  /** The client's subject, without `Re:` and the desk's reference. */
  readonly subject: string;
  /** `1042` */
  readonly ticketNumber: number;
  /** `[#1042]` */
  readonly reference: string;
  /** "" for somebody who belongs to no known client. */
  readonly clientName: string;
  /** What the client reported, in one line. */
  readonly summary: string;
  readonly article: ClientTemplateArticle | null;
  /** What the desk must know before it can act, as noun phrases. */
  readonly questions: readonly string[];
  readonly technicianName: string;
  readonly deskName: string;
  /** Several people reported the same. */
  readonly outage: boolean;
  /** Something does not work; else it is a request or a question. */
  readonly fault: boolean;
  /** ISO 639-1. */
  readonly language: string;
}

export interface ClientTemplateArticle {
  readonly title: string;
  /** The steps that answer, one a line; empty when the article is prose. */
  readonly steps: readonly string[];
  /** The passage that answers; "" when there are steps. */
  readonly excerpt: string;
}

export const CLIENT_VARIABLES: VariableSchema = {
  greetingName: {
    kind: "text",
    about: "first name (in German the whole name), or a neutral word",
    samples: ["Ana", "there"],
  },
  subject: { kind: "text", about: "the client's subject", samples: ["VPN drops every hour", ""] },
  ticketNumber: { kind: "number", about: "the ticket's number", samples: [1042] },
  reference: { kind: "text", about: "the ticket's reference", samples: ["[#1042]"] },
  clientName: { kind: "text", about: "the client; may be empty", samples: ["Contoso", ""] },
  summary: {
    kind: "text",
    about: "what was reported, in one line; may be empty",
    samples: ["the VPN drops every hour", ""],
  },
  article: {
    kind: "object",
    about: "the article that answers; there may be none",
    nullable: true,
    fields: {
      title: { kind: "text", about: "its title", samples: ["VPN client 7.2: known fault"] },
      steps: {
        kind: "list",
        about: "its steps; may be empty",
        of: { kind: "text", about: "one step", samples: ["Open the VPN client.", "Switch Fast rekey off."] },
      },
      excerpt: {
        kind: "text",
        about: "the passage that answers; may be empty",
        samples: ["Switch Fast rekey off.", ""],
      },
    },
  },
  questions: {
    kind: "list",
    about: "what is missing; may be empty",
    of: { kind: "text", about: "one noun phrase", samples: ["the job title", "the manager"] },
  },
  technicianName: { kind: "text", about: "who answers", samples: ["Dana Wu"] },
  deskName: { kind: "text", about: "the desk", samples: ["Northwind Support"] },
  outage: { kind: "boolean", about: "several people reported the same" },
  fault: { kind: "boolean", about: "something does not work; else it is a request or a question" },
  language: { kind: "text", about: "ISO 639-1", samples: ["en"] },
};

/** The comment at the head of a client template: `{{!-- title: VPN drops / language: en / for: vpn --}}`. */
export interface TemplateFront {
  readonly title: string;
  readonly language: string;
  /** The category it answers; "" for any. */
  readonly category: string;
}

/** Reads the front comment; keys may stand on their own lines or be parted by ` / `. Missing keys are "". */
export function readTemplateFront(source: string): TemplateFront {
  const start = source.trimStart();
  const end = start.indexOf("--}}");
  const comment = start.startsWith("{{!--") && end > 0 ? start.slice(5, end) : "";
  const values = new Map<string, string>();
  for (const part of comment.split("\n").flatMap((line) => line.split(" / "))) {
    const colon = part.indexOf(":");
    if (colon > 0) values.set(part.slice(0, colon).trim().toLowerCase(), part.slice(colon + 1).trim());
  }
  return {
    title: values.get("title") ?? "",
    language: values.get("language") ?? "",
    category: values.get("for") ?? "",
  };
}
