import { reasonOf } from "../errors.ts";
import { checkShipment, transmit, type Shipment } from "./smtp-dialogue.ts";
import type { SmtpOutcome } from "./smtp-outcome.ts";
import {
  ConnectionLost,
  openSession,
  SessionRefused,
  type RelayConfig,
  type SmtpSession,
  type SmtpTimeouts,
} from "./smtp-session.ts";

export type { RelayConfig, SmtpTimeouts } from "./smtp-session.ts";

export interface DeliveryRequest extends Shipment {
  readonly relay: RelayConfig;
  /** Commits `started`. Awaited after the relay's 354, before the first byte of the message. */
  readonly onStarted: () => Promise<void>;
  readonly timeouts?: SmtpTimeouts;
}

/**
 * Hands one release to the relay, once, over a connection of its own (protocol §4).
 *
 * Resolves with what became of it. Rejects with what `onStarted` threw (nothing was sent then), or with a PermanentError when the
 * request itself can be given to no relay.
 */
export async function attemptDelivery(request: DeliveryRequest): Promise<SmtpOutcome> {
  checkShipment(request);
  const timeouts = request.timeouts ?? {};
  const session = await openOrDefer(request.relay, timeouts);
  if ("state" in session) return session;
  try {
    const outcome = await transmit(session, request, timeouts, request.onStarted);
    session.quit();
    return outcome;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** Sends mail inside the desk (digests, transcripts, notices): safe to send again, so connections are kept and used again. */
interface InsideSender {
  /** As `attemptDelivery`, without `onStarted`. `uncertain` means: send the same bytes again. */
  sendInside(mail: Shipment): Promise<SmtpOutcome>;
  /** Waits for what is being sent, and says goodbye. */
  close(): Promise<void>;
}

interface InsideSenderOptions {
  readonly timeouts?: SmtpTimeouts;
  /** How many connections at most. Default 2. */
  readonly connections?: number;
  /** How long an idle connection is kept, in milliseconds. Default 5,000. */
  readonly keepAlive?: number;
}

/** Relays count the messages of a connection; Postfix and Exchange close it themselves at 100 or so. */
const MAILS_PER_CONNECTION = 100;

export function createInsideSender(relay: RelayConfig, options: InsideSenderOptions = {}): InsideSender {
  const timeouts = options.timeouts ?? {};
  const most = options.connections ?? 2;
  const idle: { session: SmtpSession; mails: number; timer: NodeJS.Timeout }[] = [];
  const waiting: (() => void)[] = [];
  const running = new Set<Promise<SmtpOutcome>>();
  let busy = 0;
  let closed = false;

  const takeIdle = (): { session: SmtpSession; mails: number } | null => {
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      clearTimeout(kept.timer);
      // A reply that nobody asked for is the relay's 421 on its way out.
      if (kept.session.lost === null && !kept.session.replyWaiting) return kept;
      kept.session.destroy();
    }
    return null;
  };
  const keep = (session: SmtpSession, mails: number): void => {
    if (closed || !session.reusable || mails >= MAILS_PER_CONNECTION) {
      session.quit();
      return;
    }
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((kept) => kept.session === session),
        1,
      );
      session.quit();
    }, options.keepAlive ?? 5000);
    idle.push({ session, mails, timer });
  };
  const sendOver = async (session: SmtpSession, mails: number, mail: Shipment): Promise<SmtpOutcome> => {
    const outcome = await transmit(session, mail, timeouts, () => Promise.resolve());
    keep(session, mails + 1);
    return outcome;
  };
  const send = async (mail: Shipment): Promise<SmtpOutcome> => {
    const kept = takeIdle();
    if (kept !== null) {
      const outcome = await sendOver(kept.session, kept.mails, mail);
      // The relay had tired of the idle connection: that says nothing about the mail.
      if (outcome.state !== "deferred" || (outcome.code !== 0 && outcome.code !== 421)) return outcome;
    }
    const session = await openOrDefer(relay, timeouts);
    return "state" in session ? session : sendOver(session, 0, mail);
  };
  const sendInTurn = async (mail: Shipment): Promise<SmtpOutcome> => {
    if (busy >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy++;
    try {
      return await send(mail);
    } finally {
      // The turn is handed on, not given back, so that nobody can slip in between.
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    }
  };

  return {
    async sendInside(mail) {
      checkShipment(mail);
      const sending = sendInTurn(mail);
      running.add(sending);
      try {
        return await sending;
      } finally {
        running.delete(sending);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(running);
      for (const kept of idle.splice(0)) {
        clearTimeout(kept.timer);
        kept.session.quit();
      }
    },
  };
}

/** Before the first byte every failure is one that may pass, also a refused login: a person corrects it, and the mail waits. */
async function openOrDefer(relay: RelayConfig, timeouts: SmtpTimeouts): Promise<SmtpSession | SmtpOutcome> {
  try {
    return await openSession(relay, timeouts);
  } catch (error) {
    const code = error instanceof SessionRefused ? error.code : 0;
    const text =
      error instanceof SessionRefused || error instanceof ConnectionLost
        ? error.message
        : `no session with ${relay.host}:${relay.port}: ${reasonOf(error)}`;
    return { state: "deferred", code, enhancedCode: "", text: `nothing was sent: ${text}` };
  }
}
