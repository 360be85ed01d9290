import { setTimeout as sleep } from "node:timers/promises";
import type { MailAuth } from "../config.ts";
import { reasonOf, TemporaryError } from "../errors.ts";
import { forgetOutages, raiseAlarms, type AlarmSettings, type Observation } from "../steps/upkeep/alarm.ts";
import { probeRelay } from "../transport/relay-probe.ts";
import { callWebhook } from "../transport/webhook.ts";
import type { MailboxState } from "./intakes.ts";
import { mailboxAccount, type OpenDesk } from "./open-desk.ts";
import { lookAtModel, PART_MODEL } from "./model-watch.ts";
import { mailboxDetail, mailboxPart } from "./readiness.ts";

export interface Watch {
  /** Why the relay cannot be used, and what to do; `null`: nothing is known against it. */
  relayTrouble(): string | null;
  close(): Promise<void>;
}

export interface Watched {
  /** The mailboxes that this process reads; `null`: another does. */
  readonly mailboxes: (() => readonly MailboxState[]) | null;
  /** Whether this process looks after the relay and asks the model. */
  readonly relay: boolean;
  /** Between two looks. Milliseconds, default 15,000. */
  readonly everyMs?: number;
}

const PART_RELAY = "relay";
/** A login costs the relay something: one that works is asked now and then, one that does not is asked at each look. */
const RELAY_EVERY_MS = 5 * 60_000;
const RELAY_ANSWERS_MS = 15_000;

/** Looks at what the desk needs from outside, renews tokens before they end, and sees to it that an outage is told. */
export function startWatch(open: OpenDesk, watched: Watched): Watch {
  const { desk, config, tokens, relay } = open;
  const stop = new AbortController();
  /** A server that hangs must not hold up the end. */
  const orStopped = <T>(work: Promise<T>): Promise<T | undefined> => Promise.race([work, stopped.promise]);
  const stopped = Promise.withResolvers<undefined>();
  stop.signal.addEventListener("abort", () => stopped.resolve(undefined));
  const settings: AlarmSettings = { afterMs: config.alerts.afterMs, call: webhook(open, stopped.promise) };
  const sources = oauthLogins(open).map((auth) => tokens(auth));
  let relaySeen: { readonly trouble: string | null; readonly at: number } = { trouble: null, at: 0 };

  const relayRefused = (): string | null => {
    if (config.relay.kind === "capture" || config.relay.auth?.kind !== "oauth2") return null;
    const trouble = tokens(config.relay.auth).trouble();
    return trouble?.permanent === true ? trouble.sentence : null;
  };
  const lookAtRelay = async (): Promise<Observation> => {
    const now = desk.clock().getTime();
    if (relay !== null && (relaySeen.trouble !== null || now - relaySeen.at >= RELAY_EVERY_MS)) {
      const trouble = await probeRelay(relay, RELAY_ANSWERS_MS).then(() => null, reasonOf);
      relaySeen = { trouble, at: now };
    }
    const refused = relayRefused();
    const detail = refused ?? relaySeen.trouble;
    return {
      part: PART_RELAY,
      kind: "relay",
      trouble: detail === null ? null : { detail, urgent: refused !== null },
    };
  };
  const look = async (): Promise<void> => {
    // Before they end, so that an expired consent shows while the last token still works.
    await orStopped(Promise.all(sources.map((source) => source.token().catch(() => undefined))));
    const seenRelay = watched.relay && relay !== null ? await orStopped(lookAtRelay()) : undefined;
    if (stop.signal.aborted) return;
    const seenModel = watched.relay ? await orStopped(lookAtModel(open)) : undefined;
    if (stop.signal.aborted) return;
    const mailboxes = (watched.mailboxes?.() ?? []).filter(({ state }) => state !== "closed");
    const seen = mailboxes.map(mailboxObservation);
    await raiseAlarms(
      desk,
      [...seen, seenRelay, seenModel].filter((one) => one !== undefined && one !== null),
      settings,
    );
  };

  const run = async (): Promise<void> => {
    const parts = config.intake.flatMap((intake) =>
      intake.kind === "imap" ? [mailboxPart(mailboxAccount(intake))] : [],
    );
    const model = open.model === null ? [] : [PART_MODEL];
    await forgetOutages(desk, new Set([...parts, PART_RELAY, ...model])).catch(complain);
    while (!stop.signal.aborted) {
      await look().catch(complain);
      await sleep(watched.everyMs ?? 15_000, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const complain = (error: unknown): void =>
    desk.log.error({ reason: reasonOf(error) }, "the watch over mailboxes, relay and model failed");
  const running = run();
  return {
    relayTrouble: () => relayRefused() ?? relaySeen.trouble,
    async close() {
      stop.abort();
      await running;
    },
  };
}

function mailboxObservation(mailbox: MailboxState): Observation {
  const { account, state, refused } = mailbox;
  const works = state === "connected" && refused === null;
  return {
    part: mailboxPart(account),
    kind: "mailbox",
    trouble: works ? null : { detail: mailboxDetail(mailbox), urgent: refused !== null },
  };
}

function oauthLogins({ config }: OpenDesk): readonly Extract<MailAuth, { kind: "oauth2" }>[] {
  const auths = config.intake.map((intake) => (intake.kind === "imap" ? intake.auth : null));
  auths.push(config.relay.kind === "smtp" ? config.relay.auth : null);
  return auths.filter((auth) => auth?.kind === "oauth2");
}

function webhook({ config, desk }: OpenDesk, stopped: Promise<undefined>): AlarmSettings["call"] {
  const target = config.alerts.webhook;
  if (target === null) return null;
  return async ({ id, ...notice }) => {
    const call = callWebhook(target, { id, at: desk.clock(), body: { desk: config.desk.name, ...notice } });
    await Promise.race([
      call,
      stopped.then(() => {
        throw new TemporaryError("the desk is closing; the webhook is called after the next start");
      }),
    ]);
  };
}
