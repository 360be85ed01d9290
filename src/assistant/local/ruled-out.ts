import { shortened } from "../../review/presentation.ts";
import { lowerCase, words } from "../whole-words.ts";
import { contentRoots } from "./knowledge.ts";

/** A step that the client spoke of in their mail. */
interface SpokenOf {
  readonly step: string;
  /** The client's sentence. */
  readonly said: string;
  /** `refused`: they will or may not do it. `done`: this very step; `perhaps-done`: something like it. */
  readonly how: "refused" | "done" | "perhaps-done";
}

/**
 * What steps of articles ask for again and again, and clients have tried or cannot do; words for one doing in one row. A step is
 * known by what is done in it, not by what it is done to: “mail” stands in every step about a mailbox.
 */
const DOINGS: readonly RegExp[] = [
  words(
    "delet(?:e|ed|es|ing)|remov(?:e|ed|ing)|empt(?:y|ied|ying)|clear(?:ed|ing)? out|clean(?:ed|ing)? (?:up|out)|lösch(?:e|en|t|te)|gelöscht|zu löschen|leer(?:e|en|t)|geleert|entfern(?:e|en|t)|aufräumen|aufgeräumt|supprim(?:er|é|ée|és|ez)|vid(?:er|é|ez)|effac(?:er|é|ez)|borr(?:ar|ado|é|e)|elimin(?:ar|ado|e|are|ato|i)|vaci(?:ar|ado|e)|cancell(?:are|ato|i)|svuot(?:are|ato|i)|verwijder(?:en|d|t)?|opruimen|opgeruimd|leegmaken|leeggemaakt",
  ),
  words(
    "restart(?:ed|ing|s)?|reboot(?:ed|ing|s)?|(?:switch|turn)(?:ed|ing)? (?:it |them |the \\S+ )?off,?(?: wait [^,.]{1,30},)? and (?:on|switch it on|turn it on|back on)|neu ?(?:zu )?(?:starten|starte|gestartet)|neugestartet|starten sie [^.]{1,40} neu|neustart(?:en)?|aus- und (?:wieder )?(?:ein|an)(?:ge)?schalte[nt]|redémarr(?:er|é|ez|age)|reinici(?:ar|ado|é|e)|riavvi(?:are|ato|i)|herstart(?:en)?|opnieuw (?:op)?(?:ge)?start(?:en)?",
  ),
  words(
    "reinstall(?:ed|ing)?|install(?:ed|ing)? (?:it )?(?:again|anew)|neu ?installier(?:en|t)|neuinstallation|réinstall(?:er|é|ez)|reinstal(?:ar|ado|e)|reinstall(?:are|ato|i)|opnieuw (?:te )?installeren|opnieuw geïnstalleerd",
  ),
  words(
    "updat(?:e|ed|ing)|aktualisier(?:en|t|e)|mettre à jour|mis(?:e)? à jour|actualiz(?:ar|ado|e)|aggiorn(?:are|ato|i)|bijwerken|bijgewerkt",
  ),
  words(
    "sign(?:ed|ing)? out|log(?:ged|ging)? (?:out|off)|sign(?:ed|ing)? (?:out and )?in again|abmelden|abgemeldet|melden sie sich ab|(?:me |vous )?déconnect(?:er|é|ez)|cerrar sesión|cerrado sesión|disconnett(?:ersi|ere)|disconness[oa]|uitloggen|uitgelogd|afmelden|afgemeld",
  ),
  words(
    "unplug(?:ged|ging)?|plug(?:ged|ging)? (?:it |them )?(?:in again|back in)|(?:another|different|other) cable|ausstecken|ausgesteckt|(?:anderes|anderen|anderem) kabel|débranch(?:er|é|ez)|autre câble|desenchuf(?:ar|ado|e)|otro cable|altro cavo|scolleg(?:are|ato)|andere kabel",
  ),
  words(
    "(?:clear(?:ed|ing)? )?(?:the )?cache|cache (?:geleert|leeren)|vider le cache|vaciar la caché|svuotare la cache",
  ),
];

/** They will not, may not or cannot do it. A program that “won't restart” refuses nothing: it is a person who speaks. */
const REFUSES = words(
  [
    "(?:not|isn't|no|never) (?:really )?(?:an |the )?option",
    "(?:i|we|they|he|she) (?:\\S+ )?(?:can't|cannot|can not|mustn't|must not|may not|don't want to|do not want to|won't|will not|would rather not)",
    "not allowed to|must not be|without|please (?:do not|don't)",
    "(?:kommt|kommen) nicht in frage|keine option|ohne|bitte (?:nicht|nichts)",
    "(?:(?:ich|wir) (?:DE)|(?:DE) (?:ich|wir)) [^.]{0,60}(?:nicht|nichts|keine)".replaceAll(
      "DE",
      "darf|dürfen|will|wollen|möchte|möchten|können|kann",
    ),
    "(?:pas|n'est pas) (?:une |vraiment une )?(?:option|possible)|(?:je|nous|on) ne (?:peux|peut|pouvons|dois|doit|devons|veux|veut|voulons) (?:pas|rien)|sans",
    "no (?:es|son) (?:una )?opción|no (?:puedo|podemos|quiero|queremos|debo|debemos)|sin",
    "non (?:è|sono) (?:un')?opzione|non (?:posso|possiamo|voglio|vogliamo|devo|dobbiamo)|senza",
    "geen optie|(?:(?:ik|wij|we) (?:NL)|(?:NL) (?:ik|wij|we)) [^.]{0,60}(?:niet|niets|geen)|zonder".replaceAll(
      "NL",
      "mag|mogen|wil|willen|kan|kunnen",
    ),
  ].join("|"),
);

/** “Restarted it without success” is no refusal. */
const IN_VAIN = words(
  "(?:without|ohne|sans|sin|senza|zonder) (?:any )?(?:success|luck|results?|effect|change|improvement|erfolg|wirkung|besserung|succès|résultat|éxito|resultado|suerte|successo|risultati?|succes|resultaat)",
);

/** They have done it. */
const DONE = words(
  "already|(?:i|we)(?:'ve| have)? (?:tried|did)|(?:i|we)(?:'ve| have) (?:also |even |just )?(?:\\S+ed|\\S+t)|i (?:restarted|rebooted|deleted|emptied|reinstalled|updated)|we (?:restarted|rebooted|deleted|emptied|reinstalled|updated)|bereits|schon|habe[n]? [^.]{0,60}(?:ge\\S+t|ge\\S+en|\\S+iert)|déjà|(?:j'ai|nous avons)|ya (?:lo |la |los |he |hemos )?|(?:he|hemos) \\S+(?:ado|ido)|già|(?:ho|abbiamo) \\S+(?:ato|ito)|reeds|heb(?:ben)? (?:[^.]{0,40} )?al",
);

/** Which of the steps the client's sentences speak of; each once, refusals first. */
export function stepsSpokenOf(steps: readonly string[], sentences: readonly string[]): readonly SpokenOf[] {
  const told = sentences.slice(0, 40).flatMap((sentence) => tellings(sentence));
  return steps.flatMap((step): readonly SpokenOf[] => {
    const lower = lowerCase(step).replaceAll("’", "'");
    const doings = DOINGS.filter((doing) => doing.test(lower));
    const about = told.filter(({ clause }) => doings.some((doing) => doing.test(clause)));
    const one = about.find(({ refused }) => refused) ?? about[0];
    if (one === undefined) return [];
    return [{ step, said: one.said, how: one.refused ? "refused" : howFarDone(step, one.clause) }];
  });
}

/** Of the words of a step, from this share on, the client speaks of it and not only of something like it. */
const SAME_STEP = 0.5;

/** A step of so few words is one doing. */
const SHORT_STEP = 2;

/** “I have restarted it” does all of “Restart the computer”, and little of “Restart the router, wait, and open Settings”. */
function howFarDone(step: string, clause: string): "done" | "perhaps-done" {
  const wanted = [...contentRoots(step)];
  const told = contentRoots(clause);
  const shared = wanted.filter((root) => told.has(root)).length;
  const same = wanted.length <= SHORT_STEP || (shared > 0 && shared / wanted.length >= SAME_STEP);
  return same ? "done" : "perhaps-done";
}

/** For the reviewer: one sentence for each of the client's, with the steps that it is about. */
export function notesOn(spoken: readonly SpokenOf[]): readonly string[] {
  return [...Map.groupBy(spoken, (one) => one.said)].flatMap(([said, all]) =>
    WAYS.flatMap((how) => {
      const steps = all.filter((one) => one.how === how).map(({ step }) => `“${shortened(step, 70)}”`);
      if (steps.length === 0) return [];
      const quoted = `“${shortened(said, 160)}”`;
      return how === "perhaps-done"
        ? [`The client may have done ${steps.join(", ")} already: ${quoted}`]
        : [`Left out of the steps: ${steps.join(", ")}. The client wrote: ${quoted}`];
    }),
  );
}

const WAYS = ["refused", "done", "perhaps-done"] as const;

interface Telling {
  readonly said: string;
  /** The part that tells, in lower case: “I restarted it, but the printer cannot be deleted” tells two things. */
  readonly clause: string;
  readonly refused: boolean;
}

/** A question tells nothing: “should I not delete it?” */
function tellings(sentence: string): readonly Telling[] {
  if (sentence.length > 500 || sentence.endsWith("?")) return [];
  const lower = lowerCase(sentence).replaceAll("’", "'");
  return lower
    .split(/[,;:–]\s|\s(?:and|but|so|und|aber|et|mais|y|pero|e|ma|en|maar|dus)\s/u)
    .flatMap((clause): readonly Telling[] => {
      const inVain = IN_VAIN.test(clause);
      if (!inVain && REFUSES.test(clause)) return [{ said: sentence, clause, refused: true }];
      return inVain || DONE.test(clause) ? [{ said: sentence, clause, refused: false }] : [];
    });
}
