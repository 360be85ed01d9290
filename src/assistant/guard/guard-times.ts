import { EDGE, lowerCase, matchesIn, wholeWords } from "../whole-words.ts";

/**
 * Promises of a time, in the languages that the desk drafts in (English, German) and in French, Spanish, Italian, Dutch
 * and Portuguese. Each pattern is a few bounded alternatives, tried on one line or one sentence at a time.
 */

/** `two`, `half an`, `ein paar`, `quelques`. */
const ONE_COUNT = [
  "\\d{1,4}(?:[.,]\\d)?|\\d{1,3} ?(?:-|–|to|bis|à|a) ?\\d{1,3}",
  "an?|one|two|three|four|five|six|seven|eight|ten|twelve|half an|a few|a couple of|several|the next (?:few )?",
  "ein(?:e[mnrs]?)?(?: halben?)?|einer halben|zwei|drei|vier|fünf|sechs|acht|zehn|zwölf|ein paar|wenigen?|einigen?|den nächsten(?: paar)?",
  "une?|deux|trois|quatre|cinq|six|dix|quelques|une demi-?|un(?:a)?|dos|tres|cuatro|cinco|seis|diez|un(?:as|os) (?:pocas|pocos)?|un(?:as|os)|media|pocas|un par de",
  "un'|due|tre|quattro|cinque|sei|dieci|mezz'|qualche|poche|alcune|pochi|een|twee|drie|vier|vijf|zes|tien|een half|enkele|een paar",
  "um(?:a)?|duas|dois|três|quatro|cinco|seis|dez|meia|algumas|alguns|poucas|poucos",
].join("|");
/** `three to five`, `zwei bis drei`. */
const COUNT = `(?:${ONE_COUNT})(?: (?:to|or|bis|oder|à|ou|a|o|of) (?:${ONE_COUNT}))?`;
const UNIT = [
  "minutes?|mins?|hours?|hrs?|(?:working |business )?days?|weeks?|months?",
  "minuten?|(?:dreiviertel|viertel)?stunden?|std\\.?|(?:werk|arbeits)?tag(?:e[ns]?)?|wochen?|monat(?:e[ns]?)?",
  "heures?|demi-?heure|jours?|semaines?|mois|horas?|minutos?|d[ií]as?|semanas?|mes(?:es)?",
  "or[ae]|ora|minut[oi]|giorn[oi]|settiman[ae]|mes[ei]|uur|uren|dag(?:en)?|weken|week|maand(?:en)?|mês",
].join("|");
const CLOCK =
  "(?:\\d{1,2}(?:[:.h]\\d{2})?\\s?(?:am|pm|a\\.m\\.|p\\.m\\.|o'clock|uhr|uur|h|heures|horas)|\\d{1,2}:\\d{2}|noon|midday|mittag|midi|mediodía|mezzogiorno)";
const WEEKDAY = [
  "monday|tuesday|wednesday|thursday|friday|saturday|sunday",
  "montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonnabends?|sonntags?",
  "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo",
  "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
  "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?",
].join("|");
const MONTH = [
  "january|february|march|april|may|june|july|august|september|october|november|december",
  "januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre",
  "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre",
  "januari|februari|maart|mei|augustus|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro",
].join("|");
const DATE = `\\d{1,2}(?:st|nd|rd|th|\\.)? (?:of |de |d')?(?:${MONTH})|(?:${MONTH}) \\d{1,2}(?:st|nd|rd|th)?|\\d{1,2}\\.\\d{1,2}\\.(?:\\d{2,4})?|\\d{1,2}/\\d{1,2}/\\d{2,4}|\\d{4}-\\d{2}-\\d{2}`;
/** Days that may lie behind or before us. */
const DAY = `${WEEKDAY}|${DATE}|today|tonight|lunch ?time|this (?:morning|afternoon|evening|week)|heute|diese woche|aujourd'hui|ce (?:matin|soir)|cet après-midi|cette semaine|hoy|esta (?:mañana|tarde|noche|semana)|oggi|stasera|stamattina|questa settimana|vandaag|vanmiddag|vanavond|deze week|hoje|esta (?:manhã|tarde|noite)`;
/** Days that can only lie before us. */
const COMING =
  "tomorrow|the day after tomorrow|domattina|stanotte|(?<!(?:guten|am|jeden|jedem|diesen|gegen|bis zum|vom|every) )morgen|übermorgen|demain|après-demain|(?<!la )mañana|pasado mañana|domani|dopodomani|overmorgen|amanhã|next (?:week|month)|nächste[rn]? (?:woche|monat)|kommende[rn]? woche|(?:la )?semaine prochaine|(?:la )?(?:próxima semana|semana que viene)|(?:la )?(?:prossima settimana|settimana prossima)|volgende week|(?:na )?próxima semana";
const END_OF =
  "(?:the )?weekend|(?:the )?end of (?:the |this )?(?:day|week|month|business)|eod|cob|close of business|ende (?:der|dieser) woche|ende des (?:tages|monats)|wochenende|feierabend|(?:la )?fin de (?:la )?(?:journée|semaine)|(?:el )?(?:final|fin) (?:del día|de la semana)|(?:la )?fine (?:della giornata|della settimana)|(?:het )?einde van de (?:dag|week)|(?:o )?fim (?:do dia|da semana)";

/** A promise in any sentence: so many hours, days, … Large patterns, so only tried where a unit stands. */
const LASTING: readonly RegExp[] = [
  `(?:within|in less than|in under|inside|in no more than|innerhalb(?: von)?|binnen|in weniger als|d'ici|dans|sous|en moins de|en menos de|dentro de|en|entro|in meno di|tra|fra|in|em|em menos de|dentro de|daqui a|over)(?: about| around| etwa| ca\\.?| environ| circa| ongeveer| cerca de| unos| unas)?(?: the| the next| next| der nächsten| den nächsten| les| las próximas| le prossime| de komende| as próximas)? (?:${COUNT}) ?(?:${UNIT})`,
  `(?:${COUNT}) ?(?:${UNIT}) (?:at most|at the latest|tops|max(?:imum)?|höchstens|maximal)`,
  `(?:allow|give (?:us|me)|geben sie uns|donnez-nous|rechnen sie mit|prévoyez|comptez|cuente con|calcoli|conti|reken op|conte com)(?: about| etwa)? (?:${COUNT}) ?(?:${UNIT})`,
  `(?:no longer than|no more than|at most|not more than|less than|höchstens|maximal|nicht länger als|au plus|au maximum|pas plus de|como máximo|no más de|al massimo|non più di|hoogstens|niet langer dan|no máximo|não mais de)(?: etwa| about)? (?:${COUNT}) ?(?:${UNIT})`,
].map((source) => wholeWords(source));
/** A digit may stand right before: `30minutes`. */
const ANY_UNIT = new RegExp(`(?:${UNIT})${EDGE}`);

/** A promise in any sentence, by other words. */
const ALWAYS: readonly RegExp[] = [
  `(?:within|innerhalb von|binnen|in|dans|sous|entro|tra|fra|over|en|em) \\d{1,3} ?(?:h|hrs|min|std)`,
  "a (?:matter|question) of (?:minutes|hours|days)|(?:eine )?(?:sache|frage) von (?:minuten|stunden|tagen)",
  "by the \\d{1,2}(?:st|nd|rd|th)|dans l'heure|dans la minute",
  `(?:by|before|no later than|until|bis(?: zum| spätestens)?|spätestens(?: bis| um| am)?|avant|d'ici(?: à)?|au plus tard|antes de(?: las| la| el)?|antes das|a más tardar|entro(?: le| l'| il)?|prima delle|vóór|voor|uiterlijk|até(?: às| as| ao| à)?) (?:${DAY}|${CLOCK}|${END_OF}|\\d{1,2}(?=\\s*[.!?]?$))`,
  `(?:at|um|à|a las|om|alle|às|gegen|vers|hacia|verso|rond) ${CLOCK}`,
  "(?:noch heute|heute noch|this morning we will|later today|first thing|straight away|right away|sofort erledigt|umgehend behoben|in the next (?:few )?(?:minutes|hours|days)|in den nächsten (?:minuten|stunden|tagen)|in kürze behoben|aujourd'hui même|hoy mismo|oggi stesso|hoje mesmo|nog vandaag)",
  "(?:im laufe (?:des|der) (?:tages|woche|vormittags|nachmittags)|in the course of the (?:day|week)|dans (?:la journée|la semaine)|a lo largo (?:del día|de la semana)|in giornata|in settimana|in de loop van de (?:dag|week)|ao longo (?:do dia|da semana)|over the weekend|am wochenende)",
].map((source) => wholeWords(source));

const COMING_DAY = wholeWords(COMING);
const ANY_DAY = wholeWords(`${DAY}|${END_OF}`);

const FUTURE = wholeWords(
  "will|we'll|i'll|you'll|he'll|she'll|it'll|they'll|shall|going to|expect(?:ed)?|due|werden|werde|wird|wirst|kommt|kommen|erhalten sie|bekommen sie|allons|va|vais|sera|seront|passera|viendra|vamos a|va a|será|irá|estará|sarà|verrà|andiamo a|zullen|zal|komt|gaan|vamos|vai",
);
/** Words that put a day behind us: “your mail of Monday”, “seit gestern”. */
const BEHIND = wholeWords(
  "since|date de|of|(?:mail|message|email|call|request|report|ticket|note)s? from|last|yesterday|ago|was|were|had|did|has been|have been|received|wrote|arrived|started|happened|reported|seit|vom|letzte[mnrs]?|gestern|vor|war|waren|hatte|hatten|hat|haben|wurde|wurden|depuis|du|hier|dernier|dernière|était|avez|avons|desde|ayer|pasado|pasada|fue|era|dal|dallo|dalla|ieri|scorso|scorsa|sinds|gisteren|vorige|heeft|hebben|ontem|passado|passada|foi",
);

/** Most lines hold no word of time at all: one quick look saves the dozen slow ones. Every pattern above needs one of these. */
const ANY_TIME =
  /\d|minut|mins|heure|hour|hrs|stund|std\b|tag|day|week|woch|monat|month|jour|semaine|mois\b|hora|d[ií]as?\b|semana|mes(?:es)?\b|\bor[ae]\b|giorn|settiman|uur|uren|dag|maand|mês|noon|mitt|midi|mediod|mezzog|lunch|morgen|morning|morrow|demain|mañana|manhã|tarde|noche|noite|domani|mattina|amanhã|night|evening|\beod\b|\bcob\b|close of business|heute|hoy|oggi|hoje|vana|stanotte|stasera|aujourd|ce soir|first thing|away|sofort|umgehend|kürze|later|feierabend|giornata|\b(?:lun|mar|mi[ée]rc|mer[cm]|jue|jeudi|vie|ven[deer]|s[áa]b|sam|dom|gio|dim|segunda|terça|quarta|quinta|sexta|jan|g?enn?|feb|fév|fev|apr|avr|abr|mai|may|maj|maggio|jun|juin|giu|jul|juil|lug|aug|ago|août|sep|set|oct|okt|ott|out|nov|dec|dez|déc|dic|fine d|fin d|fim|final d|einde|ende)/i;

/** The words that promise a time, as they stand in the line; empty where there are none. */
export function timesIn(line: string): readonly string[] {
  if (!ANY_TIME.test(line)) return [];
  const whole = { written: line, lower: lowerCase(line) };
  const patterns = ANY_UNIT.test(whole.lower) ? [...LASTING, ...ALWAYS] : ALWAYS;
  const found = patterns.flatMap((one) => matchesIn(whole, one));
  if (found.length > 0) return found;
  return sentencesIn(line).flatMap((sentence) => {
    const text = { written: sentence, lower: lowerCase(sentence) };
    const [coming] = matchesIn(text, COMING_DAY);
    const [day] = coming === undefined ? matchesIn(text, ANY_DAY) : [coming];
    if (day === undefined) return [];
    const isFuture = matchesIn(text, FUTURE).length > 0;
    const asks = /\?\s*$/.test(sentence);
    // “Which day suits you?” asks; “We will be there on Monday, all right?” promises.
    if (asks && !isFuture) return [];
    return coming !== undefined || isFuture || matchesIn(text, BEHIND).length === 0 ? [day] : [];
  });
}

/** Split behind a mark and a blank, but not behind a number: `am 12. März` is one sentence. */
const sentencesIn = (line: string): readonly string[] => line.split(/(?<=[^\d][.!?])\s+/);
