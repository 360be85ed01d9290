import { describe, expect, it } from "vitest";
import { createLog } from "../../src/cli/log.ts";

function logged(fields: object): Record<string, unknown> {
  const lines: string[] = [];
  createLog({ level: "info", format: "json" }, { write: (line: string) => void lines.push(line) }).error(
    fields,
    "it failed",
  );
  return JSON.parse(lines.join("")) as Record<string, unknown>;
}

describe("an error in the log (threat 35)", () => {
  it("is told by its sentence and its stack, without the row that a database hangs on it", () => {
    const cause = Object.assign(new Error('null value in column "status"'), {
      code: "23502",
      detail: "Failing row contains (7, Dear desk, my password is hunter2).",
    });
    const { error } = logged({ error: cause });
    expect(error).toEqual({
      type: "Error",
      message: cause.message,
      code: "23502",
      stack: expect.stringContaining("log.test.ts") as unknown,
    });
  });

  it("tells its causes by their sentences alone", () => {
    const cause = Object.assign(new Error("no connection"), { detail: "hunter2" });
    const line = logged({ error: new Error("the page failed", { cause }) });
    expect(line["error"]).toMatchObject({ message: "the page failed: no connection" });
    expect(JSON.stringify(line)).not.toContain("hunter2");
  });

  it("leaves a thrown word as it is", () => {
    expect(logged({ error: "gone" })["error"]).toBe("gone");
  });
});
