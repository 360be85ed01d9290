import { lowerCase, words } from "../whole-words.ts";

/** Somebody asks to be rung; bounded alternatives, tried on one sentence. */
const CALL = words(
  [
    "(?:please |to |and |or |just )?(?:ring|call|phone) (?:me|us)(?: back)?|give (?:me|us) a (?:ring|call|bell|shout)|(?:somebody|someone|anyone|anybody|you) (?:to |please |could |can )*(?:ring|phone|call)(?: me| us| back)",
    "(?:rufen sie|ruft|ruf) (?:mich|uns)|(?:mich|uns) (?:bitte )?(?:\\S+ )?(?:anrufen|zurückrufen|zurückzurufen|anzurufen)|(?:um|bitte um|bitte) (?:einen |kurzen |kurze )*(?:rückruf|anruf)",
    "(?:appelez|rappelez)-(?:moi|nous)|(?:me|nous) (?:r?appeler|téléphoner)|m'appeler",
    "llámeme|llámenme|llámame|(?:me|nos) (?:llame|llamen|llama)|llamarme|llamarnos",
    "(?:bel|belt|bellen jullie) (?:mij|me|ons)|(?:mij|me|ons) (?:even |terug )*(?:bellen|terugbellen)",
    "(?:mi|ci) (?:richiami|chiami)|(?:ri)?chiamatemi|(?:ri)?chiamarmi",
    "ligue-me|liguem-me|telefone-me|ligar-me|me ligue|me liguem",
  ].join("|"),
);

/** “If anything is unclear, call me” wants an answer, and no call; “nobody called me” tells of one that did not come. */
const ONLY_IF = words(
  "if|in case|unless|(?:they|he|she|who|people|customers?|patients?|clients?) (?:\\S+ )?(?:ring|call|phone)|nobody|no one|never|didn't|hasn't|don't|wenn|falls|niemand|si|en caso|cualquier duda|als|indien|niemand|se|caso",
);

/** The first sentence that asks for a call, as it stands; `null` where none does. */
export function callWanted(sentences: readonly string[]): string | null {
  return (
    sentences.slice(0, 40).find((sentence) => {
      if (sentence.length > 300) return false;
      const said = lowerCase(sentence).replaceAll("’", "'");
      return CALL.test(said) && !ONLY_IF.test(said);
    }) ?? null
  );
}
