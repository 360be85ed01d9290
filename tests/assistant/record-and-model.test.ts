import { describe, expect, it } from "vitest";
import { calibrationFrom } from "../../src/assistant/hosted/calibrator.ts";
import { hostedEngine } from "../../src/assistant/hosted/hosted.ts";
import type { DraftQuestion, Model } from "../../src/assistant/hosted/model.ts";
import { contextOf, laptop, mail, requestOf, starterEngine } from "./support.ts";

const local = await starterEngine();
const FACT = "Our records show 31 March 2027 as the end of the warranty of LT-0042.";

describe("a hosted model and the client's record", () => {
  it("is told no fact of it, nor the question that it answers; the desk's own sentences stand in the draft", async () => {
    const told: DraftQuestion[] = [];
    const model: Model = {
      name: "openai",
      version: "small",
      triage: () => Promise.reject(new Error("not asked")),
      draft(question) {
        told.push(question);
        return Promise.resolve({ body: "We are looking into it.", articles: [], open: [] });
      },
    };
    const engine = hostedEngine(model, local, {
      asking: {
        ask: (_, question) => question({ signal: new AbortController().signal, endsAt: 1e9 }),
        health: () => ({ away: null, spent: null, answeredAgoMs: null }),
      },
      categories: [],
      calibration: () => Promise.resolve(calibrationFrom(new Map())),
      onFallback: ({ sentence }) => expect.unreachable(sentence),
    });
    const message = mail({
      subject: "Laptop",
      newText: "The battery of my laptop is broken. Is it still under warranty? Could you look?",
    });
    const context = contextOf({ known: [laptop] });
    const triage = await local.triage(message, context);
    const draft = await engine.draft(requestOf(triage, message, context));
    expect(JSON.stringify(told)).not.toMatch(/LT-0042|2027|5CG1|Windows 11|our records/i);
    expect(told[0]?.questions).toEqual(["Could you look?"]);
    expect(draft.body).toContain(
      `We are looking into it.\n\nAccording to our records, this is about LT-0042`,
    );
    expect(draft.body).toContain(`${FACT}\n\nDana Wu`);
    expect(draft.questions[0]).toEqual({ question: "Is it still under warranty?", answeredBy: "record" });
    expect(draft.sources).toContainEqual({ sentence: FACT, kind: "record", name: "LT-0042" });
    expect(draft.unsourced).toEqual([]);
  });
});
