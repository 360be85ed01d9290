import { canonicalSubject } from "../../mail/subject.ts";
import { lowerCase, words } from "../whole-words.ts";
import { readLetter } from "./letter.ts";

/** Characters from which on a mail says more than thanks; most mails end here. */
const LONGEST = 240;

/** It is over, in the client's own words. */
const OVER = words(
  [
    "(?:works|working|work|running|(?:is|are|came|come|comes) back)(?: (?:fine|again|now|perfectly|up|on|properly|as it should))+",
    "(?:(?:is|are|it's|that's|all) )(?:(?:all |now )?(?:sorted|fixed|solved|resolved|sorted out|good now|fine now|fine again|back to normal))",
    "(?:that|this|it) (?:worked|did it|did the trick|fixed it|solved it|has worked|resolved it)|(?:problem|issue) (?:solved|resolved|fixed|gone)|back to normal|came back on (?:its|their) own",
    "(?:i|we) can (?:\\S+ ){1,3}(?:again|now)|got (?:in|on|it working|it to work|it sorted)|(?:i'm|im|we're|am) (?:back )?(?:in|on|online|connected|up and running)(?: again| now)",
    "(?:kann|können|komme|kommen)(?: (?:ich|wir|jetzt|nun|mich|\\S+)){0,3} wieder(?: \\S+)?|hat funktioniert",
    "(?:can|could|may|please|you can) (?:now )?(?:close|be closed)|(?:the )?ticket (?:can|may) be closed",
    "(?:geht|gehen|funktioniert|funktionieren|klappt|läuft|laufen)(?: (?:jetzt|nun|alles))* wieder|(?:hat|alles) (?:jetzt |nun )?geklappt|(?:hat sich|ist|sind) (?:jetzt |inzwischen )?(?:erledigt|gelöst|behoben)|(?:kann|können|kannst) [^.]{0,30}(?:geschlossen werden|schließen)|wieder in ordnung",
    "(?:fonctionne|marche|remarche|refonctionne)(?:nt)?(?: (?:de nouveau|à nouveau|maintenant|bien))+|remarche(?:nt)?|refonctionne(?:nt)?|(?:c'est|est) (?:réglé|résolu)e?|problème (?:réglé|résolu)|(?:pouvez|peut) (?:clôturer|clore|fermer|être clos)",
    "(?:ya|vuelve a|vuelven a) (?:funciona|funcionan|funcionar|imprime|imprimir)(?: bien)?|(?:está|ha quedado|queda) (?:ya )?(?:resuelto|solucionado|arreglado)|problema (?:resuelto|solucionado)|(?:pueden|puede) cerrar",
    "(?:doet|doen) het (?:nu )?weer|(?:werkt|werken) (?:nu |alles )*weer|(?:is|zijn) (?:nu )?(?:opgelost|verholpen)|(?:mag|kan) (?:worden )?(?:gesloten|dicht)",
    "(?:funziona|funzionano)(?: (?:di nuovo|ora|adesso|tutto))+|(?:ora|adesso) funziona(?:no)?|(?:è|tutto) (?:stato )?risolto|problema risolto|(?:potete|può) chiudere",
    "(?:já|voltou a|voltaram a) (?:funciona|funcionam|funcionar|está resolvido|imprime)|(?:está|ficou) resolvid[oa]|problema resolvido|(?:podem|pode) fechar",
  ].join("|"),
);

/** What takes it back, or goes on: somebody else, another time, a second matter. Seldom wrong to be careful here. */
const GOES_ON = words(
  [
    "not|no|never|still|but|however|although|until|only|please|except|another|also|can't|cannot|won't|isn't|aren't|doesn't|don't|hasn't|haven't|didn't|cant|wont|isnt|doesnt|dont|hasnt|didnt|if|once|when|before|should|need|needs|see|attached|attachment|below|screenshot|signed",
    "nicht|nichts|nie|kein|keine|keinen|noch|aber|leider|jedoch|außer|bitte|auch|schon wieder|wenn|sobald|erst|bis|anbei|anhang|siehe|beigefügt",
    "pas|plus|jamais|encore|toujours|mais|cependant|sauf|si|quand|aussi|joint|jointe|voir",
    "no|nunca|aún|todavía|pero|excepto|también|cuando|si|favor|adjunto|adjunta|ver",
    "niet|nooit|nog|maar|geen|helaas|behalve|ook|als|zodra|graag|bijlage|zie",
    "non|mai|ancora|ma|però|tranne|anche|quando|se|favore|allegato|allegata|vedi",
    "não|nunca|ainda|mas|exceto|também|quando|se|anexo|ver",
  ].join("|"),
);

/** Said of a ticket that may be closed, and no second thoughts. */
const ASKS_TO_CLOSE = words("(?:please|bitte) (?:close|schließen)[^.]{0,40}");

/** Everything that a mail of thanks is made of; other words, beside a name or two, say something else. */
const THANKS = words(
  "thanks|thank|thx|thanx|ta|cheers|appreciated|appreciate|brilliant|great|perfect|danke|dank|dankeschön|merci|gracias|bedankt|dankjewel|grazie|obrigado|obrigada",
);
const POLITE = new Set(
  (
    "thanks thank thx thanx ta cheers appreciated appreciate brilliant great perfect super wonderful fantastic lovely excellent awesome amazing you u so " +
    "very much many a an lot lots all again for your the this that that's thats is it was quick fast swift prompt help support reply response work job effort and to " +
    "everyone everybody guys team both really i we much well done star legend good nice one ok okay noted got received will do have day weekend week " +
    "danke dank vielen herzlichen besten schön sehr für die das den ihre eure deine schnelle rasche hilfe unterstützung antwort super prima toll perfekt klasse euch ihnen dir alles gute " +
    "und schönen tag ein wochenende noch merci beaucoup mille bien infiniment pour votre ton l'aide aide rapide réponse parfait super bonne journée à vous muchas gracias muchísimas por su tu la " +
    "ayuda rápida respuesta perfecto genial un saludo hartelijk bedankt dankjewel dank je wel u voor de het snelle hulp reactie top fijne dag grazie mille tante per il suo vostro aiuto " +
    "rapido perfetto ottimo molte obrigado obrigada muito pela ajuda resposta perfeito"
  ).split(" "),
);
/** “Thanks, Priya and Tom.” */
const MOST_NAMES = 3;

/**
 * Whether a mail asks for nothing: it says that all works again, or answers with nothing but thanks. A reply that asks for details
 * then, or says that we look into it, reads as if nobody had. Careful: any word that takes it back makes it an ordinary mail.
 */
export function isSettled(
  message: { readonly subject: string; readonly newText: string },
  onTicket: boolean,
): boolean {
  if (message.newText.length > LONGEST * 3) return false;
  const { body } = readLetter(message.newText);
  if (body.length > LONGEST || body.includes("?")) return false;
  const said = lowerCase(body).replaceAll("’", "'");
  const bare = said.replace(ASKS_TO_CLOSE, " can close ");
  if (OVER.test(bare)) return !GOES_ON.test(bare);
  // A new mail's matter may stand in its subject, and the thanks be thanks in advance.
  const answers = onTicket || canonicalSubject(message.subject) !== message.subject.trim();
  const text = said === "" ? lowerCase(message.newText) : said;
  if (!answers || text.length > LONGEST || !THANKS.test(text)) return false;
  const others = (text.match(/[\p{L}\p{N}']+/gu) ?? []).filter((word) => !POLITE.has(word));
  return others.length <= MOST_NAMES && !/\d/.test(text) && !GOES_ON.test(others.join(" "));
}
