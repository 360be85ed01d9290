import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/assistant/local/rules.ts";
import { starterModels } from "../../src/assistant/starter/starter-models.ts";
import { starterOf } from "../../src/cli/starter.ts";

const rules = await readFile("templates/rules.yaml", "utf8");
const example = { subject: "VPN drops every hour", body: "since the update my VPN disconnects", facts: [] };

describe("the starter set, learned in a process of its own", () => {
  it("gives the models that learning it here gives", async () => {
    const models = await starterOf(rules).models();
    const here = starterModels(parseRules(rules));
    expect([...models.keys()]).toEqual([...here.keys()]);
    expect(models.get("category")?.predict(example)?.label).toBe("vpn");
    expect(models.get("category")?.predict(example)?.label).toBe(
      here.get("category")?.predict(example)?.label,
    );
  }, 60_000);

  it("gives each who asks models of their own", async () => {
    const [one, other] = await Promise.all([starterOf(rules).models(), starterOf(rules).models()]);
    one.get("spam")?.learn(example, "true");
    expect(one.get("spam")?.decisions).toBe(1);
    expect(other.get("spam")?.decisions).toBe(0);
  }, 60_000);

  it("says so where that process fails", async () => {
    const broken = starterOf("no rules");
    await expect(broken.models()).rejects.toThrow(/could not be learned: its process ended with 1/);
    expect(broken.base).not.toBe(starterOf(rules).base);
  }, 60_000);
});
