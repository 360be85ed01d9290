import { describe, expect, it } from "vitest";
import { guardReply } from "../../../src/steps/triage/draft-reply.ts";

const desk = { settings: { address: "support@desk.example" } } as Parameters<typeof guardReply>[0];
const directory = { allowedLinkHosts: [] as readonly string[] } as Parameters<typeof guardReply>[1];
const FACT = "Nos dossiers indiquent le 31 mars 2027 comme fin de garantie de LT-0042.";
const content = (body: string) => ({ to: [], cc: [], body });

describe("guard over a draft", () => {
  it("takes a fact of the client's record for no promise, and only what the record is the source of", () => {
    const source = { sentence: FACT, kind: "record", name: "LT-0042" } as const;
    expect(guardReply(desk, directory, content(FACT), [source])).toEqual([]);
    expect(guardReply(desk, directory, content(FACT))).not.toEqual([]);
    expect(guardReply(desk, directory, content(FACT), [{ ...source, kind: "template" }])).not.toEqual([]);
    const more = `${FACT} Nous garantissons la réparation demain.`;
    expect(guardReply(desk, directory, content(more), [source]).join(" ")).toMatch(
      /garantissons.*demain|demain.*garantissons/,
    );
  });
});
