import { parentPort } from "node:worker_threads";

import { PermanentError, TemporaryError, reasonOf } from "../../errors.ts";
import { sweepOften } from "../../sweep.ts";
import { parseMessage } from "./parse.ts";
import type { ParseAnswer, ParseRequest } from "./parser-pool.ts";

/** The thread's side of the parser pool: one request at a time, one answer each. */

async function answer(request: ParseRequest): Promise<ParseAnswer> {
  const stopSweep = "file" in request.source ? sweepOften() : null;
  try {
    return { id: request.id, message: await parseMessage(request.source, request.limits, request.envelope) };
  } catch (error) {
    if (error instanceof TemporaryError)
      return { id: request.id, failure: "temporary", reason: reasonOf(error) };
    const reason =
      error instanceof PermanentError ? error.message : `The message cannot be read: ${reasonOf(error)}`;
    return { id: request.id, failure: "permanent", reason };
  } finally {
    stopSweep?.();
  }
}

const port = parentPort;
if (port !== null) {
  port.on("message", (request: ParseRequest) => {
    void answer(request).then((result) => {
      port.postMessage(result);
    });
  });
  port.postMessage("ready");
}
