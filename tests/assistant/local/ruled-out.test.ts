import { describe, expect, it } from "vitest";
import { notesOn, stepsSpokenOf } from "../../../src/assistant/local/ruled-out.ts";

const spoken = (step: string, sentence: string): string => {
  const [one] = stepsSpokenOf([step], [sentence]);
  return one === undefined ? "nothing" : one.how;
};

describe("steps that the client spoke of", () => {
  it.each([
    // The demo's mail 9.
    [
      "Empty the folders Deleted Items and Junk Email: both count towards the size of the mailbox.",
      "I deleted a lot last month already and I need the old mails for the audit, so deleting more is not really an option.",
      "refused",
    ],
    ["Delete the waiting jobs.", "I must not delete anything there.", "refused"],
    ["Restart the server.", "We cannot restart it during the day.", "refused"],
    ["Löschen Sie große Anhänge.", "Löschen kommt nicht in Frage.", "refused"],
    ["Leeren Sie den Papierkorb.", "Ich darf aus Gründen der Aufbewahrung nichts löschen.", "refused"],
    ["Supprimez les anciens messages.", "Nous ne pouvons rien supprimer.", "refused"],
    ["Elimine los correos grandes.", "No puedo borrar nada por la auditoría.", "refused"],
    ["Elimini i messaggi vecchi.", "Non possiamo cancellare nulla.", "refused"],
    ["Verwijder oude berichten.", "Ik mag niets verwijderen.", "refused"],
    [
      "Switch the printer off, wait ten seconds, and switch it on again.",
      "I have already restarted it twice.",
      "perhaps-done",
    ],
    ["Restart the computer.", "We rebooted without success.", "done"],
    ["Starten Sie den Rechner neu.", "Ich habe den Rechner schon neu gestartet.", "done"],
    ["Redémarrez l’ordinateur.", "J’ai déjà redémarré l’ordinateur.", "done"],
    ["Reinicie el equipo.", "Ya lo he reiniciado.", "done"],
    ["Riavvii il computer.", "L'ho già riavviato.", "done"],
    ["Herstart de computer.", "Ik heb al opnieuw gestart, zonder resultaat.", "done"],
  ])("%s / %s: %s", (step, sentence, expected) => {
    expect(spoken(step, sentence)).toBe(expected);
  });

  it.each([
    // What a program does not do is the trouble, not a refusal.
    ["Restart the computer.", "My laptop won't restart."],
    ["Update the app.", "The app will not update."],
    ["Move large mails to the archive.", "Deleting mails is not an option."],
    ["Delete the waiting jobs.", "Should I not delete them?"],
    ["Delete the waiting jobs.", "The printer does not print."],
    ["Open the VPN client.", "I cannot open the VPN client."],
  ])("%s / %s: nothing", (step, sentence) => {
    expect(spoken(step, sentence)).toBe("nothing");
  });

  it("takes a step for done where the client says so, and not where they did something like it", () => {
    const empty = "Empty the folder Deleted Items.";
    const large = "Sort the Inbox by size and delete or save what is large.";
    expect(spoken(empty, "I've already deleted the deleted items.")).toBe("done");
    expect(spoken(large, "I've already deleted the deleted items.")).toBe("perhaps-done");
  });

  it("tells the reviewer of each with the client's sentence, once", () => {
    const steps = [
      "Empty Deleted Items.",
      "Delete large attachments.",
      "Restart Outlook.",
      "Switch the archive on.",
    ];
    const said = ["I must not delete anything.", "I have already restarted it."];
    expect(notesOn(stepsSpokenOf(steps, said))).toEqual([
      "Left out of the steps: “Empty Deleted Items.”, “Delete large attachments.”. The client wrote: “I must not delete anything.”",
      "Left out of the steps: “Restart Outlook.”. The client wrote: “I have already restarted it.”",
    ]);
  });
});
