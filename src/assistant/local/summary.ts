import type { Evidence } from "./evidence.ts";
import { fold, wordsOf } from "./words.ts";

const LONGEST = 140;

/** Sentences that only open or close a mail: they say nothing of what happened. */
const EMPTY =
  /^(?:i hope|hope (?:you|this)|hope all|thank|thanks|please (?:help|advise|assist|see below|let (?:me|us) know)|let me know|looking forward|any help|can you (?:please )?help|could you (?:please )?help|(?:i|we) need (?:your |some )?help|bitte um (?:hilfe|rückmeldung)|ich hoffe|vielen dank|danke|könn(?:en|ten) sie (?:mir |uns )?(?:bitte )?(?:hier |da )?helfen|können sie sich das|merci|j'espère|gracias|espero|bedankt|alvast|ps\b|happy (?:monday|friday)|best|regards)/iu;

/** Words that tell that something happened or is wanted; folded. */
const TELLING = new Set(
  (
    "not cannot cant wont doesnt dont isnt unable error fails failed failing broken stopped stops drops down slow missing lost " +
    "stuck crash crashes crashed freezes need needs want please since after joins joined starts leaving leaves received got " +
    "clicked locked expired gone keeps nicht kein keine kann konnen fehler fehlermeldung defekt kaputt seit geht funktioniert " +
    "langsam weg verloren gesperrt abgelaufen benotigen benotige brauche brauchen bitte mochte beginnt verlasst erhalten bekommen " +
    "ne pas plus erreur depuis besoin no puedo funciona error desde necesito niet werkt sinds nodig geen"
  ).split(" "),
);

/** One line of what happened, in the client's words: the sentence that says most, the earlier of two equal ones. */
export function summarise(evidence: Evidence): string {
  const { letter, subject } = evidence;
  const topic = new Set(
    wordsOf(subject)
      .map((word) => word.text)
      .filter((text) => text.length > 3),
  );
  const said = new Set([...evidence.signals.values()].flat().map((words) => fold(words)));
  const matched = (evidence.rules[0]?.evidence ?? []).map((says) =>
    fold(says.slice(says.indexOf('"') + 1, -1)),
  );
  let best = "";
  let most = 0;
  const candidates = letter.sentences
    .slice(0, 12)
    .map((sentence, place) => ({ sentence, start: -place * 0.25 }));
  // The subject stands in where the text is a form or an alert.
  for (const { sentence, start } of [...candidates, { sentence: subject, start: -1.5 }]) {
    const words = wordsOf(sentence);
    if (words.length < 3 || EMPTY.test(sentence)) continue;
    const text = fold(sentence);
    let points = start + Math.min(words.length, 14) / 10 - (/^[\p{L} ]{1,24}: /u.test(sentence) ? 1.5 : 0);
    for (const { text: word } of words.slice(0, 40)) {
      if (TELLING.has(word)) points += 0.6;
      if (topic.has(word)) points += 0.4;
    }
    for (const phrase of matched) if (text.includes(phrase)) points += 1;
    for (const phrase of said) if (text.includes(phrase)) points += 0.4;
    if (best === "" || points > most) [best, most] = [sentence, points];
  }
  return (
    shortLine(best === "" ? (letter.sentences[0] ?? subject) || subject : best) || subject.slice(0, LONGEST)
  );
}

/** On one line, cut at a word, with an ellipsis where something is left out. */
function shortLine(text: string): string {
  const bare = text.replaceAll(/\s+/g, " ").trim();
  const line = bare.slice(0, 1).toUpperCase() + bare.slice(1);
  if (line.length <= LONGEST) return line;
  const cut = line.slice(0, LONGEST);
  const blank = cut.lastIndexOf(" ");
  return `${(blank > LONGEST / 2 ? cut.slice(0, blank) : cut).replace(/(?<![,;:–-])[,;:–-]+$/u, "")} …`;
}
