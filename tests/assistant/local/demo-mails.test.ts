import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { createLocalEngine } from "../../../src/assistant/local/engine.ts";
import { starterModels } from "../../../src/assistant/starter/starter-models.ts";
import type { Engine } from "../../../src/assistant/engine.ts";
import type { Queue } from "../../../src/desk/ticket.ts";
import { parseMessage } from "../../../src/mail/parse/parse.ts";
import { contextOf, starterLanguages, starterRules, starterTemplates } from "../support.ts";

const FOLDER = "src/demo/data/mails";

/** What a technician would say of each, reading it cold. The out-of-office and the bounce are no client's request. */
const verdicts: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "01-vpn-outage.eml": {
    category: "vpn",
    type: "incident",
    impact: "medium",
    urgency: "high",
    queue: "Network",
  },
  "02-vpn-also-here.eml": { category: "vpn", type: "incident", impact: "medium", queue: "Network" },
  "03-password-forgotten.eml": { category: "password", type: "service-request", risks: ["identity"] },
  "04-strange-mail-from-the-bank.eml": {
    category: "phishing",
    type: "security-incident",
    urgency: "high",
    spam: false,
  },
  "07-first-page-of-search.eml": { spam: true },
  "08-drucker.eml": {
    category: "printer",
    type: "incident",
    urgency: "low",
    language: "de",
    queue: "Service Desk",
  },
  "09-mailbox-full.eml": { category: "mailbox", queue: "Service Desk" },
  "10-new-starter.eml": { category: "new-starter", type: "service-request", queue: "Service Desk" },
  "11-re-mailbox-full.eml": { category: "mailbox" },
  "12-ledger-error.eml": { category: "software", type: "incident", impact: "low" },
};

const queues = (
  parseYaml(readFileSync("src/demo/data/desk.yaml", "utf8")) as {
    queues: { name: string; default?: boolean; skills: string[] }[];
  }
).queues.map((one, at): Queue => ({ ...one, id: at + 1, isDefault: one.default === true }));

let engine: Engine;

describe("the demo's mails, as a technician would read them", () => {
  beforeAll(async () => {
    const rules = await starterRules();
    engine = createLocalEngine({
      rules,
      templates: await starterTemplates(),
      languages: await starterLanguages(),
      models: starterModels(rules),
    });
  });

  it("has a verdict on every one that a client wrote", () => {
    const automatic = ["05-out-of-office.eml", "06-undelivered.eml"];
    expect([...Object.keys(verdicts), ...automatic].sort()).toEqual(readdirSync(FOLDER).sort());
  });

  it.each(Object.entries(verdicts))("%s", async (file, wanted) => {
    const message = await parseMessage({ bytes: readFileSync(`${FOLDER}/${file}`) });
    const unknown = wanted["spam"] === true ? { client: null, contact: null } : {};
    const result = await engine.triage(message, contextOf({ queues, ...unknown }));
    const found = Object.fromEntries(
      Object.keys(wanted).map((key) => {
        const one = result[key as keyof typeof result];
        if (key === "risks") return [key, result.risks.map((risk) => risk.kind)];
        return [key, typeof one === "object" && one !== null && "value" in one ? one.value : one];
      }),
    );
    expect(found).toEqual(wanted);
  });
});
