import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countAnswer, settleCall } from "../../src/store/model-usage.ts";
import { startWebDesk, tellStory, type WebDesk } from "../support/web-desk.ts";

let desk: WebDesk;
let checks = [{ name: "database", ok: true, detail: "answers" }];
let broken = false;
beforeAll(async () => {
  desk = await startWebDesk({
    web: {
      readiness: async () => {
        if (broken) throw new Error("the look itself failed");
        return checks;
      },
    },
  });
});
afterAll(() => desk?.close());

describe("pages for monitors", () => {
  it("says that the process lives", async () => {
    const response = await fetch(`${desk.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "alive", version: "1.2.3" });
  });

  it("is ready while all checks pass, and names what is wrong with 503", async () => {
    expect((await fetch(`${desk.url}/readyz`)).status).toBe(200);
    checks = [...checks, { name: "relay", ok: false, detail: "mail.example:25 cannot be reached" }];
    const response = await fetch(`${desk.url}/readyz`);
    expect(response.status).toBe(503);
    const body = (await response.json()) as { status: string; wrong: string[]; checks: unknown[] };
    expect(body.status).toBe("not ready");
    expect(body.wrong).toEqual(["relay: mail.example:25 cannot be reached"]);
    expect(body.checks).toHaveLength(2);
    broken = true;
    expect((await fetch(`${desk.url}/readyz`)).status).toBe(503);
  });

  it("counts in Prometheus' form, with small labels alone", async () => {
    await tellStory(desk);
    const { db } = desk.test.desk.database;
    const day = desk.test.desk.clock().toISOString().slice(0, 10);
    await countAnswer(db, day, "triage", "late");
    await settleCall(db, day, { setAside: 0, spent: 1_250_000, inputTokens: 900, outputTokens: 80 });
    const response = await fetch(`${desk.url}/metrics`);
    expect(response.headers.get("content-type")).toContain("text/plain");
    const text = await response.text();
    expect(text).toContain('countersign_mail{disposition="new-ticket"} 3');
    expect(text).toContain('countersign_mail{disposition="automatic"} 1');
    expect(text).toContain('countersign_mail{disposition="review-reply"} 1');
    expect(text).toContain('countersign_releases{state="accepted"} 1');
    expect(text).toContain('countersign_deliveries{outcome="accepted"} 1');
    expect(text).toMatch(/countersign_reviews_open [12]\b/);
    expect(text).toMatch(/countersign_oldest_waiting_seconds\{what="review"\} [\d.]+/);
    expect(text).toContain('countersign_model_answers{question="triage",outcome="late"} 1');
    expect(text).toContain('countersign_model_tokens{direction="output"} 80');
    expect(text).toMatch(/countersign_model_cost_today 1\.25\b/);
    expect(text).toContain("process_cpu_seconds_total");
    expect(text).not.toContain("@");
  });
});
