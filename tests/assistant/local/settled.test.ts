import { describe, expect, it } from "vitest";
import { isSettled } from "../../../src/assistant/local/settled.ts";
import { contextOf, mail, requestOf, starterEngine } from "../support.ts";

const engine = await starterEngine();

/** Seen in the mail of help desks: closings that a reply must not answer with questions. */
const SETTLED: readonly (readonly [string, string])[] = [
  ["Re: phones", "Hi, phones just came back on their own, you can close this. Thx"],
  ["Re: Access to projects@", "Brilliant, thank you so much!"],
  ["Re: Website geeft waarschuwing", "Hij doet het weer, hartelijk dank voor de snelle hulp!\n\nWim"],
  ["VPN", "It works again now, thanks."],
  ["Re: VPN", "That did the trick.\n\nCheers\nFemi"],
  ["Re: Outlook", "All sorted, please close the ticket."],
  ["AW: Drucker", "Vielen Dank, der Drucker geht wieder.\n\nMit freundlichen Grüßen\nSabine Kern"],
  ["AW: Drucker", "Danke, hat sich erledigt."],
  ["RE: Imprimante", "Bonjour,\n\nça remarche, merci beaucoup !\n\nClaire"],
  ["RE: Impresora", "Ya funciona, muchas gracias.\n\nJorge"],
  ["R: Stampante", "Ora funziona, grazie mille."],
  ["RE: Impressora", "Já funciona, obrigada."],
  ["Re: Laptop", "Thanks Priya!"],
  ["Re: vpn", "ok got in now via the other hotspot, thanks\n\nFemi"],
  ["Re: Outlook", "I can send mails again, cheers"],
  ["AW: VPN", "Danke, ich komme jetzt wieder rein."],
];

const OPEN: readonly (readonly [string, string])[] = [
  ["help", "Its not working again"],
  ["Re: phones", "The phones are back, but the front desk still has no dial tone."],
  ["Re: VPN", "It works again now. Could you tell me what it was?"],
  ["Re: VPN", "Works again, but only on cable."],
  ["Re: Outlook", "Thanks, please also add Lena to the list."],
  ["Printer broken", "Thanks"],
  ["Re: Drucker", "Danke, geht aber noch nicht."],
  ["Re: Drucker", "Der Drucker geht wieder, aber der Scanner streikt."],
  ["Re: Imprimante", "Merci, ça ne marche pas."],
  ["Re: contract", "Thanks, see attached."],
  ["Re: order", "Great, order 12 of them."],
  ["Re: VPN", "When I can get in again is unclear."],
  ["Re: VPN", "Can you call now?"],
  ["AW: VPN", "Ich komme schon wieder nicht rein."],
  ["AW: VPN", "Wir können seit heute wieder keine Mails senden."],
  ["Re: new laptop", "Thanks, the old one can go to Tunde in accounts downstairs"],
];

describe("a mail that asks for nothing", () => {
  it.each(SETTLED)("%s: %s", (subject, newText) => {
    expect(isSettled(mail({ subject, newText }), false)).toBe(true);
  });

  it.each(OPEN)("is not %s: %s", (subject, newText) => {
    expect(isSettled(mail({ subject, newText }), false)).toBe(false);
  });

  it("is thanked for, and asked nothing, whatever its subject is about", async () => {
    const message = mail({ subject: "Re: phones", newText: "Hi, phones are back on. Thanks" });
    const triage = await engine.triage(message, contextOf());
    const draft = await engine.draft(requestOf(triage, message, contextOf()));
    expect(triage.missing).toEqual([]);
    expect(draft.template).toBe("client/settled");
    expect(draft.body).not.toMatch(/sorry|please tell|looking into/);
    expect(draft.unsourced).toEqual([]);
  });

  it("gets no “as soon as there is news” on a ticket that the desk has answered", async () => {
    const context = contextOf({ answered: true, earlier: ["The VPN drops every hour."] });
    const message = mail({ subject: "Re: VPN [#1042]", newText: "That worked, thank you!" });
    const triage = await engine.triage(message, context);
    const draft = await engine.draft(requestOf(triage, message, context));
    expect(draft.template).toBe("client/settled");
  });
});
