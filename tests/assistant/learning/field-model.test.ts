import { describe, expect, it } from "vitest";
import type { Example } from "../../../src/assistant/learning/example.ts";
import { packMaking } from "../../../src/assistant/learning/making.ts";
import { FieldModel } from "../../../src/assistant/learning/field-model.ts";
import { SeededRandom } from "../../../src/assistant/learning/seeded-random.ts";

const WORDS: Readonly<Record<string, readonly string[]>> = {
  Network: ["vpn", "wifi", "router", "disconnects", "tunnel", "latency", "firewall"],
  Printing: ["printer", "toner", "paper", "jam", "spooler", "duplex", "tray"],
  Accounts: ["password", "locked", "login", "reset", "mfa", "expired", "account"],
};
const FILLER = ["please", "help", "since", "morning", "our", "office", "the", "again", "thanks", "cannot"];

/** Made-up mails: a few words of their queue among ordinary ones; one in `noise` names another queue's words. */
function history(size: number, noise = 0, seed = 7): { example: Example; label: string }[] {
  const random = new SeededRandom(seed);
  const labels = Object.keys(WORDS);
  return Array.from({ length: size }, () => {
    const label = labels[random.below(labels.length)]!;
    const told = noise > 0 && random.below(noise) === 0 ? labels[random.below(labels.length)]! : label;
    const own = WORDS[told]!;
    const pick = (from: readonly string[]): string => from[random.below(from.length)]!;
    return {
      example: {
        subject: `${pick(own)} ${pick(FILLER)}`,
        body: [pick(FILLER), pick(own), pick(FILLER), pick(FILLER), pick(own), pick(FILLER)].join(" "),
        facts: [],
      },
      label,
    };
  });
}

const mail = (subject: string, body = "", facts: readonly string[] = []): Example => ({
  subject,
  body,
  facts,
});

describe("a field's model", () => {
  it("says nothing before it has learned anything", () => {
    expect(FieldModel.create().predict(mail("vpn down"))).toBeNull();
  });

  it("learns a history, and tells why", () => {
    const model = FieldModel.create();
    model.fit(history(200));
    const found = model.predict(mail("vpn tunnel down", "the firewall drops it"));
    expect(found?.label).toBe("Network");
    expect(found?.confidence).toBeGreaterThan(0.8);
    expect(found?.evidence).toContain("vpn");
    expect(found?.evidence).not.toContain("the");
    expect(found?.alternatives.map((each) => each.label).sort()).toEqual(["Accounts", "Printing"]);
    expect(model.size).toBe(200);
  });

  it("names no word beside one that says far more", () => {
    const model = FieldModel.create();
    model.fit(history(200));
    const found = model.predict(mail("vpn", FILLER.join(" ")));
    expect([found?.label, found?.evidence]).toEqual(["Network", ["vpn"]]);
  });

  it("learns decision by decision as well as from a history", () => {
    const model = FieldModel.create();
    for (const { example, label } of history(200)) model.learn(example, label);
    const right = history(100, 0, 8).filter(({ example, label }) => model.predict(example)?.label === label);
    expect(right.length).toBeGreaterThan(97);
  });

  it("knows a new label after a few decisions", () => {
    const model = FieldModel.create();
    model.fit(history(200));
    for (let time = 0; time < 5; time += 1)
      model.learn(mail(`payroll run ${time}`, "salary slip is wrong"), "Payroll");
    expect(model.predict(mail("salary", "my payroll slip"))?.label).toBe("Payroll");
  });

  it("learns from facts where the words say nothing", () => {
    const model = FieldModel.create();
    for (let time = 0; time < 10; time += 1) {
      model.learn(mail("help", "please", ["client:1"]), "Network");
      model.learn(mail("help", "please", ["client:2"]), "Printing");
    }
    expect(model.predict(mail("help", "please", ["client:1"]))?.label).toBe("Network");
    expect(model.predict(mail("help", "please", ["client:2"]))?.label).toBe("Printing");
  });

  it("takes a mail with nothing in it, a megabyte of text, one label alone", () => {
    const model = FieldModel.create();
    model.learn(mail("", ""), "Network");
    expect(model.predict(mail("", ""))?.label).toBe("Network");
    model.learn(mail("x".repeat(1_000_000), "y ".repeat(500_000)), "Printing");
    expect(model.predict(mail("", "y ".repeat(500_000)))?.label).toBe("Printing");
  });

  it("gives the same model for the same decisions", () => {
    const [one, other] = [FieldModel.create(), FieldModel.create()];
    for (const { example, label } of history(80)) one.learn(example, label);
    for (const { example, label } of history(80)) other.learn(example, label);
    expect(Buffer.from(one.serialise()).equals(Buffer.from(other.serialise()))).toBe(true);
  });
});

describe("how sure a field's model is", () => {
  it("knows no error before enough decisions were held out", () => {
    const model = FieldModel.create();
    for (const { example, label } of history(15)) model.learn(example, label);
    const found = model.predict(mail("vpn tunnel"));
    expect(found?.expectedError).toBe(1);
    expect(found?.decisions).toBe(0);
  });

  it("does not count a starter set as decisions", () => {
    const model = FieldModel.create();
    for (const { example, label } of history(200)) model.learn(example, label, { prior: true });
    expect(model.predict(mail("vpn tunnel"))).toMatchObject({
      label: "Network",
      expectedError: 1,
      decisions: 0,
    });
  });

  it("bounds the error by what came true", () => {
    const model = FieldModel.create();
    for (const { example, label } of history(300)) model.learn(example, label);
    const found = model.predict(mail("vpn tunnel firewall", "wifi router latency"));
    expect(found?.expectedError).toBeLessThan(0.05);
    expect(found?.decisions).toBeGreaterThan(100);
  });

  it("says so where decisions are noise", () => {
    const model = FieldModel.create();
    const mixed = history(400, 2);
    model.fit(mixed);
    const found = model.predict(mail("vpn tunnel firewall", "wifi router latency"));
    expect(found?.expectedError).toBeGreaterThan(0.2);
    expect(found?.confidence).toBeLessThan(0.85);
  });

  it("finds a mail that is like nothing known novel", () => {
    const model = FieldModel.create();
    model.fit(history(200));
    const known = model.predict(history(1, 0, 99)[0]!.example);
    const foreign = model.predict(mail("quarterly dividend", "shareholders vote on merger terms"));
    expect(foreign!.novelty).toBeGreaterThan(known!.novelty + 0.3);
  });
});

describe("a field's model as bytes", () => {
  it("comes back the same, and goes on learning the same way", () => {
    const [first, later] = [history(100), history(30, 0, 9)];
    const model = FieldModel.create();
    for (const { example, label } of first) model.learn(example, label);
    const back = FieldModel.restore(model.serialise());
    for (const { example, label } of later) {
      model.learn(example, label);
      back.learn(example, label);
    }
    const asked = mail("printer jam", "paper tray");
    const [one, other] = [model.predict(asked)!, back.predict(asked)!];
    expect(other.label).toBe(one.label);
    expect(other.confidence).toBeCloseTo(one.confidence, 3);
    expect(other.expectedError).toBeCloseTo(one.expectedError, 6);
    expect(back.size).toBe(model.size);
  });

  it("says the same of what is like nothing, also while it knows next to nothing", () => {
    const model = FieldModel.create();
    for (const { example, label } of history(9)) model.learn(example, label);
    const back = FieldModel.restore(model.serialise());
    for (const asked of [
      mail("something else", "please help"),
      mail("printer jam"),
      mail("our vpn", "again"),
    ])
      expect(back.predict(asked)!.confidence).toBeCloseTo(model.predict(asked)!.confidence, 5);
  });

  it("leaves the bytes as they are, wherever these lie in their buffer", () => {
    const model = FieldModel.create();
    model.fit(history(60));
    const bytes = model.serialise();
    const asked = mail("printer jam", "paper tray");
    const expected = model.predict(asked)!;
    for (const shift of [0, 3, 4]) {
      const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
      shifted.set(bytes);
      const back = FieldModel.restore(shifted);
      expect(back.predict(asked)?.confidence).toBeCloseTo(expected.confidence, 4);
      for (const { example, label } of history(30, 0, 9)) back.learn(example, label);
      expect(Buffer.from(shifted).equals(Buffer.from(bytes))).toBe(true);
    }
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["noise", new Uint8Array(64).fill(7)],
    ["a cut model", cut()],
  ])("refuses %s", (_, bytes) => {
    expect(() => FieldModel.restore(bytes)).toThrow(/no field-model|cut short/);
  });
});

function cut(): Uint8Array {
  const model = FieldModel.create();
  model.fit(history(20));
  return model.serialise().slice(0, 4000);
}

const swapped = (label: string): string =>
  label === "Network" ? "Printing" : label === "Printing" ? "Network" : label;

describe("a field's model when work moves", () => {
  it("follows two queues that swap after some twenty decisions of theirs", () => {
    const model = FieldModel.create();
    for (const { example, label } of history(300)) model.learn(example, label);
    for (const { example, label } of history(40, 0, 11)) model.learn(example, swapped(label));
    const asked = history(60, 0, 12);
    const right = asked.filter(({ example, label }) => model.predict(example)?.label === swapped(label));
    expect(right.length).toBeGreaterThan(50);
  });

  it("keeps its mind where a label was always noise", () => {
    const model = FieldModel.create();
    for (const { example, label } of history(300, 3)) model.learn(example, label);
    expect(model.predict(mail("vpn tunnel firewall", "router latency"))?.label).toBe("Network");
    expect(model.predict(mail("printer toner", "paper jam"))?.label).toBe("Printing");
  });
});

/** A mail whose words say nothing, made by one of two programs. */
const made = (at: number, program: string) => ({
  ...mail(`note ${at}`, "please look at this"),
  making: packMaking({ envelope: [`mailer:${program}`, `seen:${at % 5}`], body: ["text:words:1"] }),
});
const LOOKS = { making: true, fixed: true };

describe("a field's model that learns how mails are made", () => {
  it("tells by the making what the words do not tell, and comes back from its bytes", () => {
    const model = FieldModel.create(LOOKS);
    for (let at = 0; at < 40; at += 1)
      model.learn(made(at, at % 2 ? "bulk" : "person"), String(at % 2 === 1));
    const back = FieldModel.restore(model.serialise());
    for (const one of [model, back]) {
      expect(one.predict(made(99, "bulk"))).toMatchObject({ label: "true" });
      expect(one.predict(made(99, "person"))).toMatchObject({ label: "false" });
    }
    back.learn(made(100, "bulk"), "true");
    expect(back.predict(made(99, "bulk"))?.label).toBe("true");
  });

  it("learns it from a history too, and judges a mail that nobody looked at by its words", () => {
    const model = FieldModel.create(LOOKS);
    model.fit(
      Array.from({ length: 40 }, (_, at) => ({
        example: made(at, at % 2 ? "bulk" : "person"),
        label: String(at % 2 === 1),
      })),
    );
    expect(model.predict(made(99, "bulk"))?.label).toBe("true");
    expect(model.predict(mail("note", "please look"))).not.toBeNull();
  });

  it("is another field's no business", () => {
    const model = FieldModel.create();
    for (let at = 0; at < 40; at += 1)
      model.learn(made(at, at % 2 ? "bulk" : "person"), String(at % 2 === 1));
    const [bulk, person] = [model.predict(made(99, "bulk")), model.predict(made(99, "person"))];
    expect(bulk).toEqual(person);
  });

  it("takes a wave of one label for a wave, not for work that moved", () => {
    const honest = ["the toner is empty", "the tunnel is down", "my mailbox is full", "no sound in the hall"];
    const usual = (at: number) => mail(`note ${at}`, honest[at % 4]);
    const after = (options: object): string | undefined => {
      const model = FieldModel.create(options);
      for (let at = 0; at < 240; at += 1) {
        model.learn(usual(at), "false");
        if (at % 10 === 0) model.learn(mail("casino", "win money"), "true");
      }
      // Like three of the four, so that the model goes on taking it for honest.
      for (let at = 0; at < 12; at += 1) model.learn(mail(`note ${at}`, honest[at % 3]), "true");
      return model.predict(usual(3))?.label;
    };
    expect(after(LOOKS)).toBe("false");
    // Of a queue the same would be work that moved.
    expect(after({})).toBe("true");
  });

  it("tells what held-out decisions would have been given for a label", () => {
    const model = FieldModel.create(LOOKS);
    for (let at = 0; at < 80; at += 1)
      model.learn(made(at, at % 2 ? "bulk" : "person"), String(at % 2 === 1));
    const heldOut = model.heldOutFor("true");
    expect(heldOut.length).toBeGreaterThan(20);
    expect(heldOut.every(({ chance, right }) => chance > 0.5 === right)).toBe(true);
    expect(model.heldOutFor("neither")).toEqual([]);
  });
});
