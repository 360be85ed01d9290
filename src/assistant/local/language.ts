import type { Finding } from "../../desk/triage.ts";
import { fold, type Word } from "./words.ts";

/** The commonest short words, folded. A word that two languages share counts for both, so it tells nothing. */
const STOP_WORDS: Readonly<Record<string, string>> = {
  en:
    "the and is are was to of in on for with my we our you your it this that have has not can cannot cant please from " +
    "be i me at but when they will would could there since get what how hi hello thanks thank does doesnt dont been no as an her his she he him us or if any which who",
  de:
    "der die das und ist sind war zu von in auf fur fuer mit mein meine wir unser sie ihr es dies dass ich nicht kann " +
    "bitte seit ein eine einen einem den dem haben hat aber wenn werden konnen koennen wie was hallo danke vielen geht " +
    "im am bei auch noch sich uns mir mich nach kein keine guten tag wird",
  fr:
    "le la les et est sont de des du un une pour avec mon ma mes nous notre vous votre ce cette que je ne pas peux pouvez " +
    "depuis dans sur au aux il elle mais quand merci bonjour plus qui en jai nest cest svp ses tres etre cet bonsoir avons avez besoin pourriez hier tous votre vos",
  es:
    "el la los las y es son de del un una para con mi mis nosotros nuestro usted su este esta que yo no puedo pueden por " +
    "favor desde en al pero cuando gracias hola se lo como muy hay tengo buenos dias buenas tardes necesito necesitamos necesita necesitan ha han hemos mas dia algo podrian puede hoy ayer tambien nos",
  nl:
    "de het en is zijn was te van in op voor met mijn wij onze u uw dit dat ik niet kan graag sinds een aan maar wanneer " +
    "hallo dank bedankt naar wel geen kunnen heeft heb er ook bij om goedemorgen goedemiddag jullie ons hebben kunt vandaag gisteren deze graag elke",
  it:
    "il lo la gli e sono di del della un una per con mio mia noi nostro vostro questo questa che io non posso potete da " +
    "dal nel in al ma quando grazie buongiorno si come ho ciao salve piu abbiamo avete potete puo alla nella della delle gli hanno buonasera ieri oggi anche ogni",
  pt:
    "o a os as e sao de do da dos um uma para com meu minha nos nosso voce este esta que eu nao posso podem por favor " +
    "desde em no na ao mas quando obrigado obrigada ola bom dia se como muito tem boa tarde nossa ontem hoje dia duas cada temos estou connosco preciso precisamos precisar mais alguma foi",
  pl:
    "i w na z do jest sa nie sie to ze mam moj moja nasz prosze od po dla jak ale kiedy dziekuje witam dzien dobry " +
    "moge przez ktory juz czy o mnie dziala pozdrawiam",
  sv:
    "och att det som pa ar inte jag kan har vi den ett om fran sedan men nar till hej tack vanliga halsningar mitt min " +
    "vart kunde bli fungerar langre",
  da:
    "og at det som pa er ikke jeg kan har vi den et om fra siden men nar til hej tak venlig hilsen mit min vores kunne " +
    "blive virker laengere",
  cs: "a se ze je na v s z do nejde nelze jsem mam muj moje nas prosim od po jak ale kdyz dekuji dobry uz",
  hu: "az hogy nem egy meg volt kell kerem koszonom koszonettel udvozlettel napot kivanok tegnap ota nincs tudnak tudna segiteni csak azt",
  ro: "nu este sunt pentru din rog multumesc buna ziua puteti functioneaza avem trebuie",
  fi: "ja ei ole kun etta hei kiitos voitteko terveisin ystavallisin toimi minun meidan olen",
  tr: "ve bir bu icin ile de da degil ben benim bizim lutfen olarak gibi ama tesekkurler merhaba var yok calismiyor",
};

/**
 * What mails to a service desk are about, folded: a mail of three words has no common one. What is one word in several
 * languages (password, laptop) is left out.
 */
const DESK_WORDS: Readonly<Record<string, string>> = {
  en: "drive access slow new issue unable working broken screen folder invoice shared user request need install",
  de:
    "drucker passwort kennwort laufwerk anmeldung probleme fehler zugriff konto langsam neu neue neuer neues kaputt rechner " +
    "bildschirm ordner rechnung benutzer anfrage postfach defekt druckt funktioniert sehr",
  fr:
    "imprimante ordinateur erreur acces lent nouveau nouvelle panne compte ecran dossier facture utilisateur demande boite " +
    "partagee bloque imprime fonctionne tres",
  es:
    "impresora contrasena ordenador correo acceso nuevo nueva averia cuenta pantalla carpeta factura usuario solicitud buzon " +
    "portatil imprime funciona",
  it:
    "stampante posta accesso nuovo nuova guasto guasta rotta rotto schermo cartella fattura utente richiesta casella portatile " +
    "stampa funziona",
  nl: "wachtwoord traag toegang nieuw nieuwe kapot scherm map factuur gebruiker aanvraag postvak doet werkt storing probleem",
  pt:
    "impressora senha palavra computador correio acesso novo nova avaria avariada conta ecra pasta fatura utilizador pedido " +
    "caixa portatil imprime funciona",
};

/** Scripts that one language, or hardly more than one, is written in; kana tell Japanese before the ideographs are asked. */
const SCRIPTS: readonly (readonly [language: string, letters: RegExp])[] = [
  ["ja", /[\u3040-\u30ff]/],
  ["ko", /[\uac00-\ud7af\u1100-\u11ff]/],
  ["zh", /[\u4e00-\u9fff]/],
  ["uk", /[іїєґІЇЄҐ]/],
  ["ru", /[\u0400-\u04ff]/],
  ["el", /[\u0370-\u03ff\u1f00-\u1fff]/],
  ["he", /[\u0590-\u05ff]/],
  ["ar", /[\u0600-\u06ff]/],
  ["th", /[\u0e00-\u0e7f]/],
  ["hi", /[\u0900-\u097f]/],
];

const WEIGHTS = weighWords();

/** Words looked at: the language does not change later on. */
const LOOKED_AT = 300;

/** From this confidence on a found language is taken for the writer's; below it a guess was mostly wrong. */
const SURE = 0.5;

/** English where the finding is no more than a guess: better than words of a third language. */
export const languageToWriteIn = ({ value, confidence }: Finding<string>): string =>
  isSureOf({ confidence }) ? value : "en";

export const isSureOf = ({ confidence }: Pick<Finding<string>, "confidence">): boolean => confidence >= SURE;

/** English where nothing tells. The share of the winner's evidence makes the confidence, capped at 0.95. */
export function detectLanguage(words: readonly Word[], table: Weights = WEIGHTS): Finding<string> {
  const lookedAt = words.slice(0, LOOKED_AT);
  const scripted = languageOfScript(lookedAt);
  if (scripted !== null) return scripted;
  const scores = new Map<string, number>();
  let found = 0;
  for (const word of lookedAt) {
    const weights = word.kind === "word" ? table.get(word.text) : undefined;
    if (weights === undefined) continue;
    found += 1;
    for (const [language, weight] of weights) scores.set(language, (scores.get(language) ?? 0) + weight);
  }
  const [best, second] = [...scores].sort(([, left], [, right]) => right - left);
  if (best === undefined || best[1] === 0) {
    return { value: "en", confidence: 0.3, evidence: ["no common word of a known language"] };
  }
  const margin = (best[1] - (second?.[1] ?? 0)) / best[1];
  const amount = best[1] / (best[1] + 1.5);
  const confidence = Math.min(0.95, 0.3 + 0.7 * amount * (0.3 + 0.7 * margin));
  return {
    value: best[0],
    confidence: Math.round(confidence * 100) / 100,
    evidence: [`${found} common words, most of them of "${best[0]}"`],
  };
}

/** `null` where most words are in Latin letters: a product's name in them makes no English mail. */
function languageOfScript(words: readonly Word[]): Finding<string> | null {
  const others: string[] = [];
  let latin = 0;
  for (const { text, kind } of words) {
    if (kind !== "word") continue;
    if (LATIN_NOT.test(text)) others.push(text);
    else latin += 1;
  }
  if (others.length === 0 || others.length < latin) return null;
  const text = others.join(" ");
  for (const [language, letters] of SCRIPTS) {
    if (letters.test(text)) {
      return { value: language, confidence: 0.9, evidence: [`most words in the letters of "${language}"`] };
    }
  }
  return null;
}

const LATIN_NOT = /[\u0370-\u1cff\u1f00-\u1fff\u3040-\ud7af]/;

/** The languages that a word belongs to, with its weight in each. */
export type Weights = ReadonlyMap<string, readonly (readonly [string, number])[]>;

/** A word of one language weighs 1, of two 1/4, of three 1/9. `more`: lists for languages beside the desk's own, or in their place. */
export function weighWords(more: Readonly<Record<string, string>> = {}): Weights {
  const owners = new Map<string, string[]>();
  for (const [language, list] of [
    ...Object.entries({ ...STOP_WORDS, ...more }),
    ...Object.entries(DESK_WORDS),
  ]) {
    for (const word of new Set(list.split(/\s+/).map(fold)))
      owners.set(word, [...new Set([...(owners.get(word) ?? []), language])]);
  }
  return new Map(
    [...owners].map(([word, languages]) => [
      word,
      languages.map((language) => [language, 1 / languages.length ** 2] as const),
    ]),
  );
}

/** Whether a folded word carries no meaning of its own, in any of the languages. For look-ups. */
export function isStopWord(text: string): boolean {
  return COMMON.has(text);
}

const COMMON: ReadonlySet<string> = new Set(Object.values(STOP_WORDS).flatMap((list) => list.split(" ")));
