import { describe, expect, it } from "vitest";
import { remembered } from "../../src/assistant/remembered.ts";

describe("a remembered judgement", () => {
  it("is asked for once, whatever it answers", () => {
    const asked: string[] = [];
    const judge = remembered((text) => {
      asked.push(text);
      return text === "no" ? false : [text];
    });
    for (const text of ["no", "no", "yes", "yes", "no"]) judge(text);
    expect(asked).toEqual(["no", "yes"]);
    expect([judge("no"), judge("yes")]).toEqual([false, ["yes"]]);
  });

  it("forgets what is long gone, and keeps what comes again and again", () => {
    const asked = new Map<string, number>();
    const judge = remembered((text) => {
      asked.set(text, (asked.get(text) ?? 0) + 1);
      return text.length;
    });
    for (let at = 0; at < 5000; at += 1) {
      judge("Thank you for your message.");
      judge(`A client's own line ${at}`);
    }
    expect(judge("A client's own line 0")).toBe(21);
    expect(asked.get("A client's own line 0")).toBe(2);
    expect(asked.get("Thank you for your message.")).toBe(1);
  });

  it("keeps as much as it is told to, and gives the same to all who ask", () => {
    const asked: string[] = [];
    const lengthOf = remembered(
      (text) => {
        asked.push(text);
        return { length: text.length };
      },
      { most: 1 },
    );
    expect(lengthOf("one")).toBe(lengthOf("one"));
    expect(["three", "fifteen", "one"].map((text) => lengthOf(text).length)).toEqual([5, 7, 3]);
    expect(asked).toEqual(["one", "three", "fifteen", "one"]);
  });

  it("does not keep a long text", () => {
    let asked = 0;
    const judge = remembered(() => (asked += 1));
    judge("x".repeat(401));
    expect(judge("x".repeat(401))).toBe(2);
  });
});
