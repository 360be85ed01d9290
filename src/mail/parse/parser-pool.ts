import { Worker } from "node:worker_threads";

import { PermanentError, TemporaryError, reasonOf } from "../../errors.ts";
import type { Envelope, ParsedMessage } from "../message.ts";
import { defaultParseLimits } from "./parse-limits.ts";
import type { MessageSource, ParseLimits } from "./parse.ts";

interface ParserPoolOptions {
  /** How many messages are read at the same time. */
  readonly threads: number;
  /** Milliseconds that one message may take. */
  readonly deadlineMs: number;
  readonly limits?: ParseLimits;
}

export interface ParserPool {
  /**
   * Reads a message in a thread of its own, see parseMessage. The bytes are copied, the caller keeps his.
   *
   * @throws PermanentError when the message is over a limit, takes longer than the deadline, or brings its thread down;
   * TemporaryError when its file cannot be read, no thread can be started, or the pool is closed
   */
  parse(source: MessageSource, envelope?: Envelope | null): Promise<ParsedMessage>;
  /** Ends the threads; what still waits is refused with a TemporaryError. */
  close(): Promise<void>;
}

export interface ParseRequest {
  readonly id: number;
  readonly source: MessageSource;
  readonly limits: ParseLimits;
  readonly envelope: Envelope | null;
}

export type ParseAnswer =
  | { readonly id: number; readonly message: ParsedMessage }
  | { readonly id: number; readonly failure: "permanent" | "temporary"; readonly reason: string };

interface Job {
  readonly request: ParseRequest;
  readonly resolve: (message: ParsedMessage) => void;
  readonly reject: (error: Error) => void;
}

/** A message that keeps a thread from answering must not take the desk's memory with it. */
const threadMemoryMb = 512;

/**
 * Threads that read messages, so that one that never ends (a pattern that explodes, a fault in a library) costs its
 * deadline and its thread, and nothing else. Threads start with the first messages and do not keep the process alive
 * while they have nothing to do.
 */
export function createParserPool(options: ParserPoolOptions): ParserPool {
  const waiting: Job[] = [];
  const threads = new Set<ParserThread>();
  let lastId = 0;
  let closed = false;

  function dispatch(): void {
    while (waiting.length > 0) {
      const thread = idleThread();
      if (thread === null) return;
      const job = waiting.shift();
      if (job !== undefined) thread.run(job);
    }
  }

  function idleThread(): ParserThread | null {
    for (const thread of threads) if (thread.idle) return thread;
    if (threads.size >= options.threads) return null;
    const thread = new ParserThread(options.deadlineMs, dispatch, () => {
      threads.delete(thread);
      if (!closed) dispatch();
    });
    threads.add(thread);
    return thread;
  }

  return {
    parse: async (source, envelope = null) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new TemporaryError("The parser is closed."));
          return;
        }
        lastId += 1;
        const request = { id: lastId, source, limits: options.limits ?? defaultParseLimits, envelope };
        waiting.push({ request, resolve, reject });
        dispatch();
      }),
    close: async () => {
      closed = true;
      const error = new TemporaryError("The parser was closed before the message was read.");
      for (const job of waiting.splice(0)) job.reject(error);
      await Promise.all([...threads].map(async (thread) => thread.end(error)));
    },
  };
}

/** One worker thread and the message it reads. */
class ParserThread {
  readonly #worker = new Worker(new URL("./parser-thread.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb },
  });
  readonly #deadlineMs: number;
  readonly #onIdle: () => void;
  readonly #onEnd: () => void;
  #job: Job | null = null;
  #ready = false;
  #ended = false;
  #deadline: NodeJS.Timeout | null = null;

  constructor(deadlineMs: number, onIdle: () => void, onEnd: () => void) {
    this.#deadlineMs = deadlineMs;
    this.#onIdle = onIdle;
    this.#onEnd = onEnd;
    this.#worker.on("message", (answer: ParseAnswer | "ready") => {
      this.#take(answer);
    });
    this.#worker.on("error", (error) => {
      void this.end(this.#failure(error));
    });
    this.#worker.on("exit", () => {
      void this.end(this.#failure(null));
    });
  }

  get idle(): boolean {
    return this.#job === null && !this.#ended;
  }

  run(job: Job): void {
    this.#job = job;
    this.#worker.ref();
    // The time that a thread takes to start is not the message's.
    if (this.#ready) this.#startDeadline();
    if ("bytes" in job.request.source) {
      // A copy of exactly these bytes, handed over: a view would clone the whole buffer behind it.
      const bytes = new Uint8Array(job.request.source.bytes);
      this.#worker.postMessage({ ...job.request, source: { bytes } }, [bytes.buffer]);
    } else {
      this.#worker.postMessage(job.request, []);
    }
  }

  /** Ends the thread; the message it was reading, if any, fails with `error`. */
  async end(error: Error): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#clearDeadline();
    const job = this.#job;
    this.#job = null;
    this.#onEnd();
    job?.reject(error);
    await this.#worker.terminate();
  }

  #take(answer: ParseAnswer | "ready"): void {
    if (this.#ended) return;
    if (answer === "ready") {
      this.#ready = true;
      if (this.#job !== null) this.#startDeadline();
      return;
    }
    const job = this.#job;
    if (job?.request.id !== answer.id) return;
    this.#clearDeadline();
    this.#job = null;
    this.#worker.unref();
    if ("message" in answer) job.resolve(answer.message);
    else
      job.reject(
        answer.failure === "temporary"
          ? new TemporaryError(answer.reason)
          : new PermanentError(answer.reason),
      );
    this.#onIdle();
  }

  #startDeadline(): void {
    this.#clearDeadline();
    this.#deadline = setTimeout(() => {
      void this.end(
        new PermanentError(
          `The message took longer than ${String(this.#deadlineMs)} ms to read: it is held.`,
        ),
      );
    }, this.#deadlineMs);
  }

  #clearDeadline(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
  }

  #failure(error: unknown): Error {
    const cause = error === null ? "" : `: ${reasonOf(error)}`;
    return this.#ready
      ? new PermanentError(`The message ended the thread that read it${cause}.`)
      : new TemporaryError(`A parser thread cannot be started${cause}.`);
  }
}
