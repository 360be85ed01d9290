import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../src/store/group-commit.ts";

/** A commit that waits until it is let go, and writes down whom it was given. */
function slowCommit(fails: (parts: readonly string[]) => Error | null = () => null) {
  const groups: string[][] = [];
  const gates: (() => void)[] = [];
  return {
    groups,
    commit: async (parts: readonly string[]): Promise<void> => {
      groups.push([...parts]);
      await new Promise<void>((resolve) => gates.push(resolve));
      const error = fails(parts);
      if (error !== null) throw error;
    },
    letGo: async (): Promise<void> => {
      while (gates.length > 0) {
        gates.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

const outcomes = async (all: readonly Promise<void>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(all)).map((one) =>
    one.status === "fulfilled" ? "done" : (one.reason as Error).message,
  );

describe("parts of a transaction", () => {
  it("that come while one is under way share the next, in their order", async () => {
    const { commit, groups, letGo } = slowCommit();
    const line = new GroupCommit();
    const all = ["a", "b", "c"].map((part) => line.join(part, commit));
    const told = outcomes(all);
    await letGo();
    expect(await told).toEqual(["done", "done", "done"]);
    expect(groups).toEqual([["a"], ["b", "c"]]);
  });

  it("share by at most so many", async () => {
    const { commit, groups, letGo } = slowCommit();
    const line = new GroupCommit(2);
    const all = ["a", "b", "c", "d"].map((part) => line.join(part, commit));
    const told = outcomes(all);
    await letGo();
    await told;
    expect(groups).toEqual([["a"], ["b", "c"], ["d"]]);
  });

  it("are each committed alone where one of them fails", async () => {
    const { commit, groups, letGo } = slowCommit((parts) =>
      parts.includes("bad") ? new Error("bad") : null,
    );
    const line = new GroupCommit();
    const all = ["a", "b", "bad", "c"].map((part) => line.join(part, commit));
    const told = outcomes(all);
    await letGo();
    expect(await told).toEqual(["done", "done", "bad", "done"]);
    expect(groups).toEqual([["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]);
  });

  it("are told at once, all of them, of a disk that takes nothing", async () => {
    const full = Object.assign(new Error("the disk is full"), { code: "SQLITE_FULL" });
    const { commit, groups, letGo } = slowCommit(() => full);
    const line = new GroupCommit();
    const all = ["a", "b", "c"].map((part) => line.join(part, commit));
    const told = outcomes(all);
    await letGo();
    expect(await told).toEqual(Array(3).fill("the disk is full"));
    expect(groups).toEqual([["a"], ["b", "c"]]);
  });

  it("of different kinds never share, and keep their order", async () => {
    const one = slowCommit();
    const other = slowCommit();
    const line = new GroupCommit();
    const all = [
      line.join("a", one.commit),
      line.join("b", one.commit),
      line.join("c", other.commit),
      line.join("d", one.commit),
    ];
    const told = outcomes(all);
    for (let i = 0; i < 4; i++) {
      await one.letGo();
      await other.letGo();
    }
    expect(await told).toEqual(Array(4).fill("done"));
    expect([one.groups, other.groups]).toEqual([[["a"], ["b"], ["d"]], [["c"]]]);
  });
});
