import { parseMessageIds } from "./message-id.ts";
import type { HeaderField } from "./message.ts";

interface ReferencedIds {
  readonly inReplyTo: readonly string[];
  /** Oldest first. */
  readonly references: readonly string[];
}

/** The first id names the thread, the last ones the message that was answered; a longer list is cut in between. */
const mostIds = 200;

/** RFC 5322 §3.6.4: what the message says it answers. */
export function referencedIds(headers: readonly HeaderField[]): ReferencedIds {
  return { inReplyTo: collect(headers, "in-reply-to"), references: collect(headers, "references") };
}

function collect(headers: readonly HeaderField[], name: string): string[] {
  const values = headers.filter((field) => field.name === name).map((field) => field.value);
  const ids = values.length === 0 ? [] : parseMessageIds(values.join(" "));
  return ids.length <= mostIds ? ids : [...ids.slice(0, 1), ...ids.slice(1 - mostIds)];
}
