/** What a measured process and the one that measures say to each other. */

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly value: unknown;
}

export type Answer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: string };

/** The child's side: answer questions by name until `stop`, then end the process by running out of work. */
export function answer(
  questions: Readonly<Record<string, (value: never) => unknown>>,
  stop: () => Promise<void>,
): void {
  process.on("message", (question: Question) => {
    void reply(question);
  });
  const reply = async ({ id, name, value }: Question): Promise<void> => {
    try {
      if (name === "stop") {
        await stop();
        process.send?.({ id, value: null } satisfies Answer, () => process.exit(0));
        return;
      }
      const ask = questions[name];
      if (ask === undefined) throw new Error(`no answer to "${name}"`);
      process.send?.({ id, value: await ask(value as never) } satisfies Answer);
    } catch (error) {
      process.send?.({
        id,
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  };
  // The one who asks is gone: so are we.
  process.on("disconnect", () => process.exit(1));
  process.send?.({ id: 0, value: null } satisfies Answer);
}
