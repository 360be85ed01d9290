import { describe, expect, it } from "vitest";
import { deviceMeant } from "../../../src/assistant/local/record.ts";
import type { ParsedMessage } from "../../../src/mail/message.ts";
import { ana, contextOf, contoso, laptop, mail, requestOf, starterEngine } from "../support.ts";

const engine = await starterEngine();

async function answerTo(given: Partial<ParsedMessage>, context = contextOf()) {
  const message = mail(given);
  const triage = await engine.triage(message, context);
  return { triage, draft: await engine.draft(requestOf(triage, message, context)) };
}

const picture = { contentType: "image/png" } as ParsedMessage["attachments"][number];
const invitation = { contentType: "text/calendar" } as ParsedMessage["attachments"][number];

describe("a mail that says next to nothing", () => {
  it("is asked what it is about: nobody can look into “it”", async () => {
    const { draft } = await answerTo({ subject: "help", newText: "Its not working again" });
    expect(draft.body).toContain("- what is not working, or what you need");
    expect(draft.body).not.toContain("looking into");
  });

  it("is asked in its own language", async () => {
    const { draft } = await answerTo({
      subject: "Hilfe",
      newText: "Es geht schon wieder gar nichts bei mir",
    });
    expect(draft.body).toContain("- was nicht funktioniert oder was Sie brauchen");
  });

  it("is not asked for the picture that it came with, nor thanked for its “Screenshot”", async () => {
    const { draft } = await answerTo({ subject: "Screenshot", newText: "Kayleigh", attachments: [picture] });
    expect(draft.body).toContain("Thank you for your message.");
    expect(draft.body).not.toContain("picture");
  });

  it("is not asked what is broken where it is an invitation", async () => {
    const { triage } = await answerTo({ subject: "Jour fixe", newText: "", attachments: [invitation] });
    expect(triage.missing).toEqual([]);
  });

  it("is not one that asks something", async () => {
    const { triage } = await answerTo({ subject: "Hours", newText: "Are you there on Saturday?" });
    expect(triage.missing).toEqual([]);
  });
});

describe("a category that is as likely another", () => {
  it("gives the general letter, and asks nothing that is for that category alone", async () => {
    // The words of two rules weigh the same.
    const { triage, draft } = await answerTo({
      subject: "",
      newText: "The plotter and the wlan, since Monday.",
    });
    expect(triage.category.confidence).toBeLessThan(0.5);
    expect(triage.missing).toEqual([]);
    expect(draft.template).toBe("client/general");
  });
});

describe("somebody who is angry", () => {
  it("gets no cheerful letter about the offer that they wait for", async () => {
    const { triage, draft } = await answerTo({
      subject: "Complaint",
      newText: "I have waited for your quote for two weeks. This is unacceptable.",
    });
    expect(triage.category.value).toBe("order");
    expect(draft.template).toBe("client/general");
    expect(draft.body).not.toMatch(/happy|tell us|Complaint/);
  });

  it("is still asked what is needed to mend what is broken", async () => {
    const { draft } = await answerTo({
      subject: "VPN",
      newText: "The VPN does not work again. This is unacceptable.",
    });
    expect(draft.template).toBe("client/vpn");
  });
});

describe("a list of questions", () => {
  it("is asked without its numbers", async () => {
    const newText = "1. The screen flickers.\n2. Could Femi get a second monitor?\n3. Is the old one yours?";
    const { triage } = await answerTo({ subject: "3 things", newText });
    expect(triage.questions).toEqual(["Could Femi get a second monitor?", "Is the old one yours?"]);
  });
});

describe("what a draft takes for granted", () => {
  it("is no laptop where the mail is about a printer as well", () => {
    const asking = { client: contoso, contact: ana, devices: [laptop] };
    expect(deviceMeant({ ...asking, text: "When does my laptop start again?" })?.device).toBe(laptop);
    expect(deviceMeant({ ...asking, text: "The plotter prints stripes. And the laptop?" })).toBeNull();
  });
});

describe("a sender that is no person", () => {
  it("is not greeted by a program's name, and the reviewer hears that nobody reads the reply", async () => {
    const requester = { name: "Lets Monitor", address: "no-reply@certwatch.example" };
    const context = contextOf({ client: null, contact: null, requester });
    const { draft } = await answerTo(
      {
        from: [requester],
        subject: "Certificate for vpn.contoso.example expires in 7 days",
        newText: "The TLS certificate expires on 5 December.",
      },
      context,
    );
    expect(draft.body).toMatch(/^Hi there,/);
    expect(draft.template).toBe("client/monitoring");
    expect(draft.warnings).toContain(
      "Nobody reads replies to no-reply@certwatch.example: write to a person, or reject the draft.",
    );
  });
});

describe("a phrase that begins in the subject and ends in the text", () => {
  it("says nothing", async () => {
    const { triage } = await answerTo({ subject: "internet", newText: "slow coach" });
    expect(triage.category.evidence.join(" ")).not.toContain("internet slow");
  });
});

describe("a name that is a word of law", () => {
  it.each([
    ["Can you check why Sue cannot see the calendar?", []],
    ["If this goes on we will sue you.", ["legal"]],
  ])("%s", async (newText, kinds) => {
    const { triage } = await answerTo({ subject: "Calendar", newText });
    expect(triage.risks.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("a queue that is called like the matter", () => {
  it("gets it without a list of skills", async () => {
    const called = [
      { id: 1, name: "Service Desk", skills: [], isDefault: true },
      { id: 2, name: "Accounts", skills: [], isDefault: false },
      { id: 3, name: "Paper", skills: ["printer"], isDefault: false },
    ];
    const { triage } = await answerTo(
      { subject: "Your invoice 4711", newText: "The invoice is wrong." },
      contextOf({ queues: called }),
    );
    expect(triage.queue.value).toBe("Accounts");
  });
});
