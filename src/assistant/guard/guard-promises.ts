import { EDGE, HEAD, lowerCase, matchesIn, wholeWords } from "../whole-words.ts";
import { timesIn } from "./guard-times.ts";
import { remembered } from "../remembered.ts";

/**
 * Promises of time or price, and guarantees: a desk must not make them in a draft that nobody weighed. In English, German,
 * French, Spanish, Italian, Dutch and Portuguese; a few bounded alternatives each, tried on one line at a time.
 */

const GUARANTEE = wholeWords(
  `(?:we|i|can) (?:fully |personally )?(?:guarantee|promise|assure you|give you (?:my|our) word)|guaranteed|you have (?:my|our) word|garantier(?:en|e|t)|versprechen (?:wir|ihnen)|wir versprechen|verspreche ich|ich verspreche|versichern ihnen|versichere ihnen|sichern (?:wir )?ihnen|garantissons|garantis|garantie?[es]?|promettons|promets|assurons|garantiz(?:amos|o|ado|ada)|prometemos|prometo|aseguramos|garantiamo|garantisco|garantit[oa]|promettiamo|prometto|assicuriamo|garanderen|garandeer|gegarandeerd|beloven|beloof|verzekeren u|garantimos|garanto|asseguramos`,
);

const PER =
  "(?:month|year|user|hour|seat|device|monat|jahr|nutzer|benutzer|stunde|gerät|mois|an|utilisateur|heure|mes|año|usuario|hora|mese|anno|utente|ora|maand|jaar|gebruiker|uur|mês|ano)";
const PRICE: readonly RegExp[] = [
  `${HEAD}(?:free of charge|for free|at no (?:extra |additional )?(?:cost|charge)|no (?:extra |additional )?(?:charge|costs?)|without (?:extra )?(?:charge|costs?)|complimentary|(?:not|never|nothing|won't|don't) (?:be )?(?:bill|charge|invoice)(?:d)?(?: you)?|(?:bill|charge|invoice) you|discount(?:ed)?|refund(?:ed)?|on the house)${EDGE}`,
  `${HEAD}(?:kostenlos(?:e[nrs]?)?|kostenfrei(?:e[nrs]?)?|gratis|unentgeltlich|ohne aufpreis|ohne berechnung|ohne (?:zusätzliche |weitere )?kosten|berechnen (?:wir )?(?:ihnen )?(?:dafür |hierfür )?(?:nichts|nicht)|(?:nichts|nicht) berechne[nt]|in rechnung|rabatt|nachlass|rückerstattung|erstatten)${EDGE}`,
  `${HEAD}(?:gratuit(?:e|s|es|ement)?|sans frais|remise|rembours(?:ement|ons|er)|sin (?:coste?|cargo)s?|descuento|reembols(?:o|amos|ar)|gratuit[oaie]|gratuitamente|senza (?:costi|spese|costo)|sconto|rimbors(?:o|iamo|are)|kosteloos|zonder kosten|korting|terugbetal(?:ing|en)|grátis|gratuit[oa]s?|sem custos?|desconto)${EDGE}`,
  `${HEAD}(?:(?:will|would|does|won't|wouldn't) (?:not )?cost|costs? (?:you|nothing)|(?:coûte(?:ra)?|costará|cuesta|costerà|costa|kostet|kost|custa(?:rá)?) (?:(?:sie|ihnen|u|le|vous) )?(?:rien|nada|nulla|niente|nichts|niets))${EDGE}`,
  `[$€£]\\s?\\d(?:[\\d.,]{0,12}\\d)?`,
  `\\d(?:[\\d.,]{0,12}\\d)?\\s?(?:[$€£]|(?:eur|euros?|usd|gbp|chf|dollars?|pounds?|franken|francs?|libras?|dólares|dollari|sterline)${EDGE})`,
  `${HEAD}(?:eur|usd|gbp|chf)\\s?\\d(?:[\\d.,]{0,12}\\d)?`,
  `${HEAD}\\d{1,6}(?:[.,]\\d{1,2})? (?:per|pro|par|por|al|all'|a|im|/) ?${PER}${EDGE}`,
].map((source) => new RegExp(source, "g"));

/** Most lines speak of neither: one quick look saves the slow ones. Every pattern above needs one of these. */
const ANY_GUARANTEE =
  /g[ua]{1,2}rant|garan|promis|promes|promet|prome|assur|asegur|assicur|assegur|word|verspr|versich|sicher|zich|bel[o]/i;
const ANY_PRICE =
  /[$€£]|\d|free|charge|cost|compliment|bill|invoice|discount|refund|house|kost|gratis|entgelt|aufpreis|berechn|rechnung|rabatt|nachlass|erstat|gratuit|frais|remise|rembours|carg|coste|descuento|reembols|senza|sconto|rimbors|kosteloos|korting|terugbetal|grátis|custo|custa|desconto|coûte|cuesta/i;

/** One sentence for each promise, with the words that make it. */
export function promisesIn(text: string): readonly string[] {
  const lines = text.replaceAll("’", "'").split("\n");
  return [...new Set(lines.flatMap((line) => inLine(line)))];
}

const inLine = remembered((line): readonly string[] => {
  const found = timesIn(line).map((words) => `The draft promises a time: "${words.trim()}".`);
  const text = { written: line, lower: lowerCase(line) };
  if (ANY_GUARANTEE.test(line))
    for (const words of matchesIn(text, GUARANTEE)) found.push(`The draft guarantees something: "${words}".`);
  if (!ANY_PRICE.test(line)) return found;
  for (const pattern of PRICE) {
    for (const words of matchesIn(text, pattern))
      found.push(`The draft speaks of a price: "${words.trim()}".`);
  }
  return found;
});
