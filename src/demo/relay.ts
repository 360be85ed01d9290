import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { PermanentError, reasonOf } from "../errors.ts";
import type { Mailboxes } from "./mailboxes.ts";

interface DemoRelay {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The demo's internet: an SMTP server on this machine that takes all that the desk sends and sorts it into mailboxes by
 * envelope recipient. It hands nothing on, so nothing can leave the machine.
 */
export async function startDemoRelay(mailboxes: Mailboxes): Promise<DemoRelay> {
  const server = new SMTPServer({
    name: "internet.example",
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 2000,
    onData(stream, session, done) {
      const paths = session.envelope.rcptTo.map(({ address }) => address);
      const take = async (): Promise<void> => {
        let failure: Error | null = null;
        try {
          await mailboxes.receive(paths, await buffer(stream));
        } catch (error) {
          failure = new Error(reasonOf(error), { cause: error });
        }
        done(failure);
      };
      void take();
    },
  });
  // A desk that ends while it talks is no news here.
  server.on("error", () => {});
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string")
    throw new PermanentError("the demo's relay has no port");
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
