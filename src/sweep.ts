import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Milliseconds between two collections: a few megabytes come by in that time. */
const EVERY_MS = 20;

/**
 * Collect dead buffers often, in the calling thread, until the returned function is called. A large mail is nothing but
 * buffers, each dead after a moment; V8, which counts them apart from its heap, would let 64 MB of them gather in each thread.
 */
export function sweepOften(): () => void {
  // The flag shows `gc` to contexts made from now on: to this one, which nothing else can reach.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: { readonly type: "minor" }) => void;
  const timer = setInterval(() => collect({ type: "minor" }), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
