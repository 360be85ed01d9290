import { createHmac } from "node:crypto";
import { lookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { PermanentError, TemporaryError } from "../errors.ts";

export interface WebhookTarget {
  /** https; http only together with `allowPrivate`. */
  readonly url: string;
  readonly secret: string;
  /** Call addresses of private networks and of this machine too. */
  readonly allowPrivate: boolean;
  /** Milliseconds for the whole call. Default 10,000. */
  readonly within?: number;
}

interface WebhookCall {
  /** The same for each try of one call, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly at: Date;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * POSTs JSON, signed: `Countersign-Signature: t=SECONDS,v1=HEX`, where HEX is HMAC-SHA-256 of `SECONDS.BODY` under the secret.
 * Redirects are not followed, and the answer's body is not read. Rejects with a TemporaryError or a PermanentError.
 */
export async function callWebhook(target: WebhookTarget, call: WebhookCall): Promise<void> {
  const url = new URL(target.url);
  const refuse = (address: string): boolean => !target.allowPrivate && !isPublicAddress(address);
  // A literal address is connected to without a look-up.
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) > 0 && refuse(literal)) throw privateAddress(url, literal);
  const body = JSON.stringify(call.body);
  const options = {
    method: "POST",
    agent: false,
    signal: AbortSignal.timeout(target.within ?? 10_000),
    lookup: checkedLookup(url, refuse),
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": "Countersign",
      "countersign-delivery": call.id,
      "countersign-signature": signature(target.secret, call.at, body),
    },
  };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
  request.once("error", reject);
  request.once("response", (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  request.end(body);
  let status: number;
  try {
    status = await promise;
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
    throw new TemporaryError(
      timedOut
        ? `the webhook at ${url.host} did not answer in time`
        : `the webhook at ${url.host} cannot be reached${code === "" ? "" : ` (${code})`}`,
    );
  } finally {
    request.destroy();
  }
  if (status >= 200 && status < 300) return;
  const sentence = `the webhook at ${url.host} answered ${status}`;
  throw status >= 500 || status === 429 || status === 408
    ? new TemporaryError(sentence)
    : new PermanentError(`${sentence}. Check alerts.webhook.`);
}

export function signature(secret: string, at: Date, body: string): string {
  const seconds = Math.floor(at.getTime() / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

function privateAddress(url: URL, address: string): PermanentError {
  return new PermanentError(
    `the webhook ${url.host} leads to ${address}, which is no public address. Set alerts.allow_private: true if it is meant.`,
  );
}

/** The connection is made to exactly the addresses that were checked: a name that answers differently a second time gains nothing. */
function checkedLookup(url: URL, refuse: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        done(error, "", 4);
        return;
      }
      const wrong = addresses.find(({ address }) => refuse(address));
      const [first] = addresses;
      if (wrong !== undefined) done(privateAddress(url, wrong.address), "", 4);
      else if (options.all === true) done(null, addresses);
      else done(null, first?.address ?? "", first?.family ?? 4);
    });
  };
}

/** IANA's special-purpose registries: everything that is not reachable from everywhere (RFC 6890), and multicast. */
const SPECIAL_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;
/** Inside 2000::/3, what carries another address (Teredo, 6to4) or documents. All else outside it is special. */
const SPECIAL_V6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const SPECIAL = new BlockList();
for (const [net, bits] of SPECIAL_V4) SPECIAL.addSubnet(net, bits, "ipv4");
for (const [net, bits] of SPECIAL_V6) SPECIAL.addSubnet(net, bits, "ipv6");
const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet("2000::", 3, "ipv6");

/** Whether an address, without brackets, can be reached from everywhere: neither this machine nor a private network (threats 66). */
export function isPublicAddress(address: string): boolean {
  return isIPv6(address)
    ? GLOBAL_V6.check(address, "ipv6") && !SPECIAL.check(address, "ipv6")
    : !SPECIAL.check(address, "ipv4");
}
