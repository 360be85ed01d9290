import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "../make-folder.ts";
import { reasonOf } from "../errors.ts";
import { isLoginRefusal, isRefusal, newClient, sayWhy } from "./imap-connection.ts";
import { MailboxReader, newMailboxMemory } from "./imap-mailbox.ts";
import type { ImapHooks, ImapIntakeOptions, ImapState } from "./imap-options.ts";

export type { ImapCursor, ImapHooks, ImapIntakeOptions, ImapSource, ImapState } from "./imap-options.ts";

export interface ImapIntake {
  state(): { readonly state: ImapState; readonly detail: string };
  /** Waits for the mail that is being taken, and logs out. */
  close(): Promise<void>;
}

/**
 * Reads a mailbox for as long as it is open: by UID, upwards, with IDLE and a poll behind it (protocol §5). Never touches `\Seen`.
 * Resolves before the first connection: a mailbox that is away for a while is a state, not an error.
 */
export async function startImapIntake(options: ImapIntakeOptions, hooks: ImapHooks): Promise<ImapIntake> {
  await makeFolder(options.spoolDir);
  const { least, most } = options.backoff ?? { least: 1000, most: 60_000 };
  const stop = new AbortController();
  const memory = newMailboxMemory();
  let current: { readonly state: ImapState; readonly detail: string } = { state: "connecting", detail: "" };
  const become = (state: ImapState, detail: string): void => {
    if (current.state === state && current.detail === detail) return;
    current = { state, detail };
    hooks.onState?.(state, detail);
  };

  /** One connection, from greeting to its end. A client that was closed cannot be used again, so each has its own. */
  const session = async (token: string | undefined, onLasting: () => void): Promise<void> => {
    const client = newClient(options, token);
    let failure: Error | null = null;
    // Without a listener this event ends the process; the same failure also rejects the command that waits.
    client.on("error", (error) => {
      failure = error;
    });
    const abort = (): void => client.close();
    try {
      stop.signal.addEventListener("abort", abort);
      await client.connect();
      const reader = await MailboxReader.open(client, options, hooks, memory);
      stop.signal.removeEventListener("abort", abort);
      await reader.run(stop.signal, {
        onReading: () => become("connected", `${options.folder} at ${options.host}`),
        onStalled: (reason) => become("stalled", reason),
        onLasting,
      });
      if (client.usable) await Promise.race([client.logout(), sleep(1000)]);
    } catch (error) {
      throw failure === null || failure === error ? error : new Error(reasonOf(error), { cause: failure });
    } finally {
      stop.signal.removeEventListener("abort", abort);
      client.close();
    }
  };

  /** A session; and where the server refuses a token that was not fresh, one more with another. */
  const sessionWithToken = async (onLasting: () => void): Promise<void> => {
    const token = await options.accessToken?.();
    try {
      await session(token, onLasting);
    } catch (error) {
      if (token === undefined || stop.signal.aborted || !isLoginRefusal(error)) throw error;
      const fresh = await options.accessToken?.(token);
      if (fresh === token) throw error;
      await session(fresh, onLasting);
    }
  };

  const run = async (): Promise<void> => {
    let wait = least;
    while (!stop.signal.aborted) {
      try {
        await sessionWithToken(() => {
          wait = least;
        });
      } catch (error) {
        if (stop.signal.aborted) break;
        const detail = sayWhy(error, options);
        become(isRefusal(error) ? "failed" : "reconnecting", detail);
        options.log?.warn(
          { account: options.account, folder: options.folder, reason: detail, retryInMs: wait },
          "imap connection lost",
        );
        await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal: stop.signal }).catch(
          () => undefined,
        );
        wait = Math.min(wait * 2, most);
      }
    }
    become("closed", "");
  };
  const running = run();

  return {
    state: () => current,
    async close() {
      stop.abort();
      await running;
    },
  };
}
