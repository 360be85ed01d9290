import { sweep } from "../../src/steps/sweep.ts";
import { startTestDesk, type TestDesk, type TestDeskOptions } from "./test-desk.ts";

const HOLD_MS = 3_600_000;

/** A desk whose undo window is over when the test says so, however fast or slow the machine is. */
interface HeldDesk extends TestDesk {
  /** The clock passes the end of every hold so far; resolves when what was due has been handed over. */
  holdIsOver(): Promise<void>;
}

export async function startHeldDesk(options: TestDeskOptions = {}): Promise<HeldDesk> {
  let ahead = 0;
  const desk = await startTestDesk({
    ...options,
    holdMs: HOLD_MS,
    open: { ...options.open, clock: () => new Date(Date.now() + ahead) },
  });
  return {
    ...desk,
    async holdIsOver() {
      ahead += HOLD_MS + 1000;
      await sweep(desk.desk);
      await desk.idle();
    },
  };
}
