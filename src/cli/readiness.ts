import { createConnection } from "node:net";
import { reasonOf } from "../errors.ts";
import type { MailboxState } from "./intakes.ts";
import type { OpenDesk } from "./open-desk.ts";

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** What a desk needs to work now: its database, its mailboxes, its relay. */
export async function readiness(
  open: OpenDesk,
  mailboxes: readonly MailboxState[],
): Promise<readonly Check[]> {
  return [
    await check("database", () => open.desk.database.reader.raw("select 1").then(() => "answers")),
    ...mailboxes.map(({ account, state, detail }) => ({
      name: `mailbox ${account}`,
      ok: state === "connected",
      detail: detail === "" ? state : `${state}: ${detail}`,
    })),
    await check("relay", () => relayAnswers(open)),
  ];
}

async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    return { name, ok: false, detail: reasonOf(error) };
  }
}

/** A TCP connection and its greeting: enough to know that somebody listens, without a login at every look. */
export function relayAnswers({ config }: Pick<OpenDesk, "config">): Promise<string> {
  const { relay } = config;
  if (relay.kind === "capture") return Promise.resolve("capture: replies are kept and sent nowhere");
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: relay.host, port: relay.port });
    const at = `${relay.host}:${relay.port}`;
    socket.setTimeout(3000, () => socket.destroy(new Error(`the relay ${at} did not answer within 3 s`)));
    socket.once("error", (error) =>
      reject(new Error(`the relay ${at} cannot be reached: ${reasonOf(error)}`)),
    );
    socket.once("connect", () => {
      socket.end();
      resolve(`${at} answers`);
    });
  });
}
