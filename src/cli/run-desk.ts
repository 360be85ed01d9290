import type { Logger } from "pino";
import { attemptDelivery } from "../transport/smtp-client.ts";
import { startWeb, type Capture } from "../web/server.ts";
import { startWorker } from "../worker.ts";
import type { Config } from "../config.ts";
import { startIntakes } from "./intakes.ts";
import type { OpenDesk } from "./open-desk.ts";
import { readiness } from "./readiness.ts";
import { VERSION } from "./version.ts";
import { startWatch } from "./watch.ts";

export type DeskRole = "intake" | "worker" | "web";
export const DESK_ROLES: readonly DeskRole[] = ["intake", "worker", "web"];

interface RunningDesk {
  readonly smtpPorts: readonly number[];
  /** `null` without the web role. */
  readonly webPort: number | null;
  /** Stop taking in, finish what is under way, close. */
  close(): Promise<void>;
}

/** Start the parts of a desk, in an order in which each finds what it needs. */
export async function runDesk(
  open: OpenDesk,
  log: Logger,
  roles: readonly DeskRole[] = DESK_ROLES,
): Promise<RunningDesk> {
  const { desk, config } = open;
  const started: { close(): Promise<void> }[] = [];
  try {
    if (roles.includes("worker")) {
      const worker = await startWorker(desk);
      started.push({ close: () => worker.stop() });
    } else started.push({ close: () => desk.queue.stop() });
    const intakes = roles.includes("intake") ? await startIntakes(open) : null;
    if (intakes !== null) started.push(intakes);
    const watch = startWatch(open, {
      mailboxes: intakes?.mailboxes ?? null,
      relay: roles.includes("worker"),
    });
    started.push(watch);
    const web = roles.includes("web")
      ? await startWeb({
          desk,
          host: config.web.host,
          port: config.web.port,
          url: config.web.url,
          secret: config.web.secret,
          version: VERSION,
          readiness: () => readiness(open, intakes?.mailboxes() ?? [], watch.relayTrouble()),
          mailboxStates: () =>
            (intakes?.mailboxes() ?? []).map((mailbox) =>
              mailbox.refused === null ? mailbox : { ...mailbox, state: "failed", detail: mailbox.refused },
            ),
          capture: config.relay.kind === "capture" ? captureFor(config, intakes?.smtpPorts[0]) : null,
          log,
        })
      : null;
    if (web !== null) started.push(web);
    return { smtpPorts: intakes?.smtpPorts ?? [], webPort: web?.port ?? null, close };
  } catch (error) {
    await close();
    throw error;
  }

  /** Last started, first stopped: no new mail and no new request while the worker drains. */
  async function close(): Promise<void> {
    for (const part of started.splice(0).toReversed()) await part.close();
    await open.close();
  }
}

/** A desk that sends nothing is answered from its own pages: what is written there comes in by SMTP like any mail. */
function captureFor(config: Config, listening: number | undefined): Capture {
  const smtp = config.intake.find((one) => one.kind === "smtp");
  if (smtp === undefined) return { post: null };
  const host = ["0.0.0.0", "::"].includes(smtp.host) ? "127.0.0.1" : smtp.host;
  return {
    async post({ from, to, mime }) {
      const relay = { host, port: listening ?? smtp.port, secure: false };
      const outcome = await attemptDelivery({ relay, from, to, mime, onStarted: async () => {} });
      return outcome.state === "accepted" ? null : outcome.text;
    },
  };
}
