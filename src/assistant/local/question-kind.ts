import { lowerCase, words } from "../whole-words.ts";

/**
 * What a client's question asks for, by its words; English and German, with the commonest openings of French, Spanish,
 * Italian, Dutch and Portuguese. Bounded alternatives, tried on one sentence.
 */
export type QuestionKind =
  /** Somebody should look at it or do something: the reply as a whole is the answer. */
  | "service"
  /** What to do, how to mend it. */
  | "next-step"
  /** Whether the desk needs anything else. */
  | "needs"
  /** Whether a message is genuine. */
  | "genuine"
  | "time"
  | "price"
  /** Anything else: a fact. */
  | "fact";

const PRICE = words(
  "how much|(?:what (?:does|do|would|will|is) .{0,60}(?:cost|price|fee)s?)|prices?|costs?|charged?|fees?|quote|quotation|free of charge|was kostet|was kosten|wie teuer|wie viel kostet|kosten|preise?|kostenlos|angebot|combien|prix|coûte|cuánto cuesta|precio|quanto costa|prezzo|kost|kosten|prijs|quanto custa|preço",
);
const TIME = words(
  "any (?:news|updates?)|(?:what is|what's) the status|gibt es (?:schon )?(?:etwas )?neues|wie ist der stand|when|how (?:long|soon|quickly|fast)|what time|by when|eta|time ?frame|wann|bis wann|wie lange|wie schnell|quand|combien de temps|cuándo|cuánto (?:tiempo|tarda|tardará|tardan|tardarán)|quando|quanto tempo|quanto ci (?:vuole|vorrà)|wanneer|hoe lang|hoe snel",
);
const NEEDS = words(
  "anything else (?:you|i)|(?:what|anything) (?:else )?(?:do|would|should)? ?(?:you|i) need|(?:do|would) you need (?:anything|something|more|any)|what (?:else )?(?:do )?you need|need(?:ed)? from (?:me|us)|need anything|brauchen sie (?:noch|sonst|weitere|etwas)|benötigen sie (?:noch|sonst|weitere|etwas)|was brauchen sie|was benötigen sie|avez-vous besoin|necesitan algo|avete bisogno|heeft u nog|hebben jullie nog|precisam de (?:mais )?alguma?",
);
const NEXT_STEP = words(
  "what (?:can|should|could|do|must|shall) (?:i|we)(?: (?:now|do|try))?|what now|what next|(?:how (?:can|do|should|could) (?:i|we))|any (?:idea|ideas|advice|suggestion|suggestions|tips?)|a (?:workaround|fix|solution)|work ?around|(?:was|wie) (?:kann|können|soll|sollen|muss|müssen) (?:ich|wir)|(?:haben|hätten) sie (?:eine idee|einen rat|einen tipp)|was tun|que (?:dois-je|devons-nous|puis-je|pouvons-nous|faut-il|faire)|(?:avez|auriez)-vous une (?:idée|solution)|comment (?:puis-je|faire)|qué (?:puedo|podemos|debo|debemos|hago|hacemos|(?:tengo|tenemos|hay) que)|(?:hay|tienen) alguna (?:idea|solución)|cómo (?:puedo|hago)|cosa (?:posso|devo|possiamo|dobbiamo)|avete (?:un'idea|una soluzione)|come (?:posso|faccio)|wat (?:kan|moet|kunnen|moeten) (?:ik|we|wij)|(?:hebben jullie|heeft u) een (?:idee|oplossing)|hoe kan ik|o que (?:posso|devo)|como posso",
);
const GENUINE = words(
  "phishing|scam|genuine|legit(?:imate)?|real|fake|spam|safe|fraud|echt|betrug|seriös|gefälscht|sicher|arnaque|fraude|estafa|truffa|vals|nep|nepmail|oplichting",
);
/** Asked of the desk: to do something. What somebody should tell is a fact, or a price, and not this. */
const ASKED_OF_US = words(
  "(?:can|could|would|will) (?:you|someone|somebody|anyone|anybody|one of you)|are you able to|would it be possible to|is it possible to|(?:can|could|may) (?:i|we|she|he|they) (?:please )?(?:have|get)|können sie|könnten sie|könnt ihr|könntet ihr|kannst du|könntest du|würden sie|kann (?:das |sich )?(?:bitte )?jemand|könnte (?:das |sich )?(?:bitte )?jemand|ist es möglich|pouvez-vous|pourriez-vous|puedes|pueden|podrían|podría|potete|può|potreste|(?:kunt|wilt|zou|zoudt) u|(?:kunnen|willen|zouden) jullie|podem|poderiam",
);
const TELL = words(
  "(?:tell|explain|confirm|clarify|say|advise|remind) (?:me|us|what|why|whether|if|how|which|where)|let (?:me|us) know|sagen|erklären|mitteilen|bestätigen|verraten|expliquer|dire|explicar|decirme|spiegare|dirmi|uitleggen|vertellen|explicar",
);

/** The kind of one question, in this order: a price within a request is a price. */
export function questionKind(question: string): QuestionKind {
  const text = lowerCase(question.slice(0, 400));
  if (PRICE.test(text)) return "price";
  if (NEEDS.test(text)) return "needs";
  const askedOfUs = ASKED_OF_US.test(text);
  if (
    TIME.test(text) &&
    !(
      askedOfUs &&
      !TELL.test(text) &&
      !/^\P{L}*(?:(?:by|bis|d'ici|pour|para|entro|per|tegen|voor) )?(?:when|wann|quand|cuándo|quando|wanneer)/iu.test(
        text,
      )
    )
  )
    return "time";
  if (askedOfUs && !TELL.test(text)) return "service";
  if (NEXT_STEP.test(text)) return "next-step";
  if (GENUINE.test(text)) return "genuine";
  return "fact";
}
