/** Words of greetings, conditions and disclaimers; data only, in lower case and without accents (NFD, marks taken off). */

function phrases(text: string): readonly string[] {
  return text.split("|").map((phrase) => phrase.trim());
}

/** What ends a mail, without the name. */
export const closings: ReadonlySet<string> = new Set(
  phrases(`
  thanks | thank you | thx | tx | ty | ta | thanks a lot | thanks so much | thank you so much |
  thank you very much | many thanks | thanks again | thanks in advance | great thanks | perfect thanks |
  thanks and regards | thanks & regards | cheers | regards | best | best regards | best wishes |
  kind regards | kindest regards | warm regards | warmest regards | with kind regards | with best regards |
  all the best | sincerely | yours sincerely | sincerely yours | yours | yours truly | respectfully | br |
  kr | rgds | best rgds | have a great day | have a good day | have a nice day | have a good one |
  have a nice weekend | have a great weekend | have a good weekend | good night | bye | talk soon |
  greetings | danke | danke dir | danke schon | danke euch | vielen dank | besten dank | herzlichen dank |
  vielen dank und grusse | danke und grusse | danke & grusse | danke und gruss | mit freundlichen grussen |
  mit freundlichem gruss | freundliche grusse | mit besten grussen | beste grusse | viele grusse |
  liebe grusse | schone grusse | herzliche grusse | mfg | lg | vg | bg | gruss | grusse | gruesse |
  mit freundlichen gruessen | viele gruesse | liebe gruesse | beste gruesse | schonen tag | schonen abend |
  schones wochenende | merci | merci beaucoup | merci d'avance | cordialement | bien cordialement |
  bien a vous | bien a toi | sinceres salutations | meilleures salutations | salutations | bonne journee |
  bonne soiree | bon week end | cdlt | a bientot | amicalement | gracias | muchas gracias | saludos |
  un saludo | saludos cordiales | atentamente | cordialmente | un cordial saludo | buen dia | grazie |
  grazie mille | mille grazie | cordiali saluti | saluti | distinti saluti | un saluto | buona giornata |
  a presto | obrigado | obrigada | muito obrigado | muito obrigada | atenciosamente | att | abraco |
  abracos | cumprimentos | com os melhores cumprimentos | bedankt | dank je | dank u | dank je wel |
  dankjewel | alvast bedankt | met vriendelijke groet | met vriendelijke groeten | vriendelijke groet |
  vriendelijke groeten | groet | groeten | groetjes | mvg | tack | tack sa mycket | mvh |
  med vanlig halsning | med vanliga halsningar | vanliga halsningar | halsningar | hej da | takk |
  tusen takk | tak | mange tak | med venlig hilsen | venlig hilsen | hilsen | med vennlig hilsen |
  vennlig hilsen | bedste hilsner | de bedste hilsner | vh | kiitos | kiitos paljon | terveisin |
  ystavallisin terveisin | t | yst terv | dzieki | dziekuje | dziekuje bardzo | pozdrawiam | z powazaniem |
  pozdrowienia | serdecznie pozdrawiam | diky | dekuji | s pozdravem | hezky den | dakujem | vdaka |
  koszonom | koszi | udv | udvozlettel | multumesc | cu stima | o zi buna | hvala | lep pozdrav | lp |
  srdacan pozdrav | tesekkurler | tesekkur ederim | saygılarımla | saygilarimla | iyi calısmalar |
  iyi calismalar | sevgiler | спасибо | большое спасибо | с уважением | дякую | з повагою | всего доброго |
  ευχαριστω | με εκτιμηση | 谢谢 | 谢谢您 | 此致 | 敬礼 | 祝好 | 謝謝 | ありかとう | ありかとうこさいます | よろしくお願いします | よろしくお願いいたします |
  감사합니다 | 고맙습니다 | תודה | בברכה | شكرا | مع التحية | cam on | terima kasih | salam`),
);

/** What opens a mail, without the name. */
export const openings: ReadonlySet<string> = new Set(
  phrases(`
  hi | hello | hey | dear | good morning | good afternoon | good evening | morning | hallo | hi zusammen |
  guten morgen | guten tag | guten abend | moin | servus | liebe | lieber | liebes | bonjour | bonsoir |
  salut | hola | buenos dias | buenas | buenas tardes | ciao | buongiorno | salve | ola | bom dia |
  boa tarde | hoi | goedemorgen | goedemiddag | dag | beste | hej | hei | god morgen | god morgon | moi |
  terve | czesc | dzien dobry | ahoj | dobry den | merhaba | здравствуите | привет | добрыи день | 你好 |
  您好 | こんにちは`),
);

/**
 * Words of conditions, doubt and requests, in the languages above. A name or a signature holds none of them; some are
 * parts of names in another language, and asking once too often is the smaller harm.
 */
const hold = phrases(`
  wait | hold | hang | but | not | no | nope | never | don't | dont | do not | doesn't | isn't | can't |
  cannot | won't | shouldn't | until | till | unless | if | when | whenever | once | after | before |
  first | only | except | instead | without | later | tomorrow | tonight | today | monday | change |
  remove | replace | fix | edit | add | delete | drop | update | rewrite | correct | check | ask |
  confirm | verify | make sure | ensure | see | let | lets | let's | send | sent | forward | stop |
  cancel | undo | reject | approve | approved | please | pls | plz | maybe | perhaps | think | unsure |
  wrong | also | include | copy | cc | bcc | ps | p.s | should | must | need | needs | ok | okay | yes |
  actually | sorry | however | though | just | then | subject to | pending | provided | assuming | hello |
  call | tell | use | keep | leave | give | try | put | say | mention | nicht | nein | kein | keine |
  aber | warte | warten | erst | wenn | falls | sobald | bis | bevor | nachdem | nur | ausser | ohne |
  spater | morgen | heute | bitte | sofern | vorher | stattdessen | halt | stopp | vielleicht | pas | non |
  mais | attends | attendez | attendre | si | quand | apres | avant | seulement | sauf | sans | demain |
  svp | d'abord | jusqu'a | peut etre | pero | espera | esperar | cuando | despues | antes | solo |
  excepto | sin | manana | hasta | favor | primero | nunca | ma | aspetta | aspettare | se | quando |
  dopo | prima | soltanto | tranne | senza | domani | finche | mai | nao | mas | espere | depois |
  somente | exceto | sem | amanha | ate | niet | nee | maar | wacht | wachten | als | zodra | voordat |
  nadat | alleen | behalve | zonder | eerst | graag | totdat | inte | men | vanta | nar | efter | innan |
  bara | forst | ikke | vent | for | kun | ei | mutta | odota | nie | ale | czekaj | poczekaj | jesli |
  dopiero | ne | pockej | az | pokud | не | нет | но | подожди | подождите | если | когда | после |
  только | hayir | bekle | ama | 不 | 不要 | 等 | 但 | 待って`);

export const holdWords: RegExp = new RegExp(
  `[^\\p{L}\\p{N}'](?:${hold.map((word) => word.replaceAll(".", "\\.")).join("|")})[^\\p{L}\\p{N}']`,
  "u",
);

/** Two of these in one paragraph make it a disclaimer. */
export const disclaimerSigns: readonly string[] = phrases(`
  confidential | privileged | intended recipient | intended solely | intended only | this e-mail |
  this email | this message | this communication | attachment | notify the sender | inform the sender |
  contact the sender | unauthorised | unauthorized | disclosure | virus | disclaimer | privacy policy |
  delete it | vertraulich | diese e-mail | diese email | diese nachricht | empfanger | absender |
  irrtumlich | unbefugt | weitergabe | confidentiel | ce message | ce courriel | destinataire |
  expediteur | pieces jointes | par erreur | confidencial | este mensaje | este correo | destinatario |
  remitente | esta mensagem | riservat | questo messaggio | destinatari | mittente | vertrouwelijk |
  dit bericht | deze e-mail | geadresseerde | afzender | konfidentiell | meddelande | mottagare | poufn |
  wiadomosc | adresat`);

/** One of these is enough: nobody types them beside a command. */
export const stockPhrases: RegExp =
  /not the intended recipient|consider the environment|think before you print|ohne anlagen drucken|avant d'imprimer|bevor sie diese e-?mail (?:aus)?drucken|virus-free\. ?www|scanned for viruses/;

/** Company particulars, as the law of many countries wants them in mail. */
export const companySigns: RegExp =
  /registered (?:in england|office|company)|company (?:no\.?|number|registration)[\s:]|amtsgericht |handelsregister|registergericht|\bhrb \d|geschaftsfuhr(?:er|ung)|sitz der gesellschaft|\bust-?id|\bvat (?:no|id|reg|number)|\bsiren\b|\bsiret\b|\brcs [a-z]|\bkvk\b|partita iva|\bp\.? ?iva\b/;
