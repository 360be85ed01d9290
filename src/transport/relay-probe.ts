import { ConnectionLost, openSession, type RelayConfig } from "./smtp-session.ts";

/** Greets the relay and logs in, and sends nothing. Rejects with what it said and what to do. */
export async function probeRelay(relay: RelayConfig, within: number): Promise<string> {
  try {
    const session = await openSession(relay, { connect: within });
    session.quit();
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    throw new ConnectionLost(
      `${error.message}. Check relay.host, relay.port and relay.secure, and that this machine may connect.`,
    );
  }
  const at = `${relay.host}:${relay.port}`;
  return relay.user === undefined ? `${at} answers` : `${at} answers and lets ${relay.user} in`;
}
