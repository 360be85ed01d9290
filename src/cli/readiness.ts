import { createConnection } from "node:net";
import { reasonOf } from "../errors.ts";
import { lastingOutages } from "../steps/upkeep/alarm.ts";
import { FROZEN_ADVICE, frozenSince } from "../steps/upkeep/freeze.ts";
import type { MailboxState } from "./intakes.ts";
import type { OpenDesk } from "./open-desk.ts";

export const CAPTURED = "capture: replies are kept and sent nowhere";

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * What a desk needs to work now: its database, its mailboxes, its relay. An outage that another process of the desk watches
 * is read from the database.
 */
export async function readiness(
  open: OpenDesk,
  mailboxes: readonly MailboxState[],
  relayTrouble: string | null = null,
): Promise<readonly Check[]> {
  const checks = [
    await check("database", () => open.desk.database.reader.raw("select 1").then(() => "answers")),
    ...mailboxes.map(mailboxCheck),
    await check("relay", async () => {
      if (relayTrouble !== null) throw new Error(relayTrouble);
      return relayAnswers(open);
    }),
  ];
  const frozen = await frozenSince(open.desk.database.reader).catch(() => null);
  if (frozen !== null)
    checks.push({
      name: "sending",
      ok: false,
      detail: `frozen since ${frozen.at}: ${frozen.reason}. ${FROZEN_ADVICE}`,
    });
  const failing = new Set(checks.filter(({ ok }) => !ok).map(({ name }) => name));
  const outages = (await lastingOutages(open.desk).catch(() => []))
    // Without a model the local assistant answers: the desk works, and `attention` tells of it.
    .filter(({ part, kind, calmSince }) => kind !== "model" && calmSince === null && !failing.has(part))
    .map(({ part, since, detail }) => ({ name: part, ok: false, detail: `since ${since}: ${detail}` }));
  const out = new Set(outages.map(({ name }) => name));
  return [...checks.filter(({ name }) => !out.has(name)), ...outages];
}

function mailboxCheck(mailbox: MailboxState): Check {
  const { account, state, refused } = mailbox;
  return {
    name: mailboxPart(account),
    ok: state === "connected" && refused === null,
    detail: mailboxDetail(mailbox),
  };
}

/** The state and what to do; a token that nobody gives any more says more than the connection that still stands. */
export function mailboxDetail({ state, detail, refused }: MailboxState): string {
  const said = refused ?? detail;
  return said === "" ? state : `${state}: ${said}`;
}

export function mailboxPart(account: string): string {
  return `mailbox ${account}`;
}

async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    return { name, ok: false, detail: reasonOf(error) };
  }
}

/** A TCP connection and its greeting: enough to know that somebody listens, without a login at every look. */
function relayAnswers({ config }: Pick<OpenDesk, "config">): Promise<string> {
  const { relay } = config;
  if (relay.kind === "capture") return Promise.resolve(CAPTURED);
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
