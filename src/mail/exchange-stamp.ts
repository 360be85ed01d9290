import { parseAuthenticationResults, type MethodResult } from "./authentication-results.ts";
import type { HeaderField } from "./message.ts";
import { readReceivedBy } from "./received.ts";

/**
 * What Exchange writes into mail that it delivers to a mailbox of its own. Exchange takes these fields off mail that comes
 * from outside, so they can be believed in its mailboxes, and nowhere else: over SMTP anybody can write them.
 */
interface ExchangeStamp {
  /** X-MS-Exchange-Organization-AuthAs: `internal` for a sender who was signed in, `anonymous` for mail from outside; lower case. */
  readonly authAs: string | null;
  /** X-MS-Exchange-Organization-AuthSource: the server that says so. */
  readonly authSource: string | null;
  /** X-MS-Exchange-CrossTenant-AuthAs; only Exchange Online writes it. */
  readonly crossTenantAuthAs: string | null;
  /** X-MS-Exchange-CrossTenant-Id: the tenant's id; only Exchange Online writes it. */
  readonly crossTenantId: string | null;
  /** Fields of these that stand more than once: somebody else wrote one of them. */
  readonly repeated: readonly string[];
  /** Its own Authentication-Results, which names no authserv-id; `null` where there is none that Exchange wrote. */
  readonly results: readonly MethodResult[] | null;
}

const FIELDS = {
  authAs: "x-ms-exchange-organization-authas",
  authSource: "x-ms-exchange-organization-authsource",
  crossTenantAuthAs: "x-ms-exchange-crosstenant-authas",
  crossTenantId: "x-ms-exchange-crosstenant-id",
} as const;

/** Hosts that write Received in Exchange Online, by the end of their names. */
const EXCHANGE_ONLINE = [".outlook.com", ".outlook.cn", ".office365.us", ".exchangelabs.com"] as const;

export function readExchangeStamp(headers: readonly HeaderField[]): ExchangeStamp {
  const values = (name: string): readonly string[] =>
    headers.filter((field) => field.name === name).map((field) => field.value.trim().toLowerCase());
  const only = (name: string): string | null => values(name)[0] ?? null;
  return {
    authAs: only(FIELDS.authAs),
    authSource: only(FIELDS.authSource),
    crossTenantAuthAs: only(FIELDS.crossTenantAuthAs),
    crossTenantId: only(FIELDS.crossTenantId),
    repeated: Object.values(FIELDS).filter((name) => values(name).length > 1),
    results: ownResults(headers),
  };
}

/**
 * The topmost Authentication-Results, where it has no authserv-id and stands in Exchange's own trace: below its first
 * Received, and above the first Received that a host of somebody else wrote.
 */
function ownResults(headers: readonly HeaderField[]): readonly MethodResult[] | null {
  const at = headers.findIndex((field) => field.name === "authentication-results");
  const field = headers[at];
  if (field === undefined) return null;
  const above = headers.slice(0, at).filter((one) => one.name === "received");
  if (above.length === 0 || !above.every((one) => isExchangeOnline(readReceivedBy(one.value)))) return null;
  const read = parseAuthenticationResults(field.value);
  return read === null || read.authservId !== null ? null : read.results;
}

function isExchangeOnline(host: string | null): boolean {
  return host !== null && EXCHANGE_ONLINE.some((end) => host.endsWith(end));
}
