/**
 * Promises of time or price, in English and German, with the commonest words of French, Spanish and Dutch. A desk must
 * not make them in a draft that nobody weighed. Each pattern is a few bounded alternatives, tried on one line at a time.
 */

const COUNT =
  "(?:\\d{1,4}|an?|one|two|three|four|five|half an|ein(?:e|em|er|en)?|zwei|drei|vier|fünf|une?|deux|trois|una?|dos|tres|een|twee|drie)";
const UNIT =
  "(?:minutes?|mins?|hours?|hrs?|(?:working |business )?days?|weeks?|minuten?|stunden?|(?:werk|arbeits)?tag(?:e[ns]?)?|wochen?|heures?|jours?|semaines?|horas?|minutos?|d[ií]as?|uur|uren|dagen?|weken)";
const DAY =
  "(?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|noon|midday|(?:the )?end of (?:the )?(?:day|week|business)|eod|cob|close of business|lunch(?:time)?|next week|heute|morgen|übermorgen|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mittag|feierabend|ende der woche|nächste woche|demain|ce soir|lundi|mardi|mercredi|jeudi|vendredi|mañana|hoy|lunes|martes|miércoles|jueves|viernes|vandaag|maandag|dinsdag|woensdag|donderdag|vrijdag)";
const CLOCK =
  "(?:\\d{1,2}(?:[:.h]\\d{2})?\\s?(?:am|pm|a\\.m\\.|p\\.m\\.|o'clock|uhr|uur|h)|\\d{1,2}:\\d{2}|\\d{1,2}\\.\\d{1,2}\\.(?:\\d{2,4})?)";
const EDGE = "(?![\\p{L}\\p{N}])";
const HEAD = "(?<![\\p{L}\\p{N}])";

const TIME: readonly RegExp[] = [
  `${HEAD}(?:within|in less than|in under|innerhalb(?: von)?|binnen|in weniger als|d'ici|dans|en menos de|dentro de|binnen)(?: the| the next| next| der nächsten| den nächsten| les| las próximas)? ${COUNT} ${UNIT}${EDGE}`,
  `${HEAD}in(?: about| around| etwa| ca\\.?)? ${COUNT} (?:${UNIT})${EDGE}`,
  `${HEAD}(?:by|before|no later than|until|bis(?: zum| spätestens)?|spätestens(?: bis| um| am)?|avant|antes de(?: las)?|vóór|voor) (?:${DAY}|${CLOCK})${EDGE}`,
  `${HEAD}(?:at|um|à|a las|om) ${CLOCK}${EDGE}`,
  `${HEAD}(?:noch heute|heute noch|this afternoon|this morning we will|later today|first thing|straight away|right away|sofort erledigt|umgehend behoben|in the next (?:few )?(?:minutes|hours|days)|in den nächsten (?:minuten|stunden|tagen)|in kürze behoben|aujourd'hui même)${EDGE}`,
].map((source) => new RegExp(source, "giu"));

/** A day alone is no promise ("the update of Monday"); with a word about the future it is. */
const FUTURE = new RegExp(
  `${HEAD}(?:will|we'll|i'll|shall|going to|werden|werde|wird|allons|vamos a|zullen|zal)${EDGE}`,
  "iu",
);
const ANY_DAY = new RegExp(`${HEAD}${DAY}${EDGE}`, "iu");

const GUARANTEE = new RegExp(
  `${HEAD}(?:(?:we|i|can) (?:fully )?(?:guarantee|promise)|guaranteed|i promise|garantier(?:en|e|t)|versprechen (?:wir|ihnen)|wir versprechen|garantissons|garanti|garantizamos|garanderen)${EDGE}`,
  "giu",
);

const PRICE: readonly RegExp[] = [
  `${HEAD}(?:free of charge|for free|at no (?:extra |additional )?(?:cost|charge)|no (?:extra )?charge|without charge|complimentary|kostenlos(?:e[nrs]?)?|kostenfrei|gratis|unentgeltlich|ohne aufpreis|ohne (?:zusätzliche )?kosten|gratuit(?:ement)?|sin coste?|sin cargo|kosteloos|discount|rabatt|refund(?:ed)?|rückerstattung)${EDGE}`,
  `[$€£]\\s?\\d(?:[\\d.,]{0,12}\\d)?`,
  `\\d(?:[\\d.,]{0,12}\\d)?\\s?(?:[$€£]|(?:eur|euros?|usd|gbp|chf|dollars?|pounds?|franken)${EDGE})`,
  `${HEAD}(?:eur|usd|gbp|chf)\\s?\\d(?:[\\d.,]{0,12}\\d)?`,
].map((source) => new RegExp(source, "giu"));

/** One sentence for each promise, with the words that make it. */
export function promisesIn(text: string): readonly string[] {
  const found: string[] = [];
  for (const line of text.replaceAll("’", "'").split("\n")) {
    const times = TIME.flatMap((pattern) => all(line, pattern));
    for (const words of times) found.push(`The draft promises a time: "${words}".`);
    if (times.length === 0) {
      for (const sentence of line.split(/[.!?]\s/)) {
        const day = FUTURE.test(sentence) ? ANY_DAY.exec(sentence)?.[0] : undefined;
        if (day !== undefined) found.push(`The draft promises a time: "${day}".`);
      }
    }
    for (const words of all(line, GUARANTEE)) found.push(`The draft guarantees something: "${words}".`);
    for (const pattern of PRICE) {
      for (const words of all(line, pattern)) found.push(`The draft speaks of a price: "${words.trim()}".`);
    }
  }
  return [...new Set(found)];
}

function all(line: string, pattern: RegExp): readonly string[] {
  return [...line.matchAll(pattern)].map((match) => match[0]);
}
