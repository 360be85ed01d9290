/** How programs that answer for absent people begin a subject, and what absent people say. Data; all lower case. */

import { phrases } from "../reply/phrases.ts";

/** Prefixes that only programs write, before a colon and the subject answered. */
export const autoReplyPrefixes: readonly string[] = phrases(`
  automatic reply | auto reply | auto-reply | autoreply | auto response | auto-response | autoresponse
  autoresponder | automated reply | automated response | automatic response | out of office autoreply
  out of office reply | automatische antwort | autom. antwort | automatische antwort auf
  automatische abwesenheitsnotiz | autoantwort | auto-antwort | réponse automatique | réponse auto
  respuesta automática | risposta automatica | resposta automática | automatisch antwoord
  automatische reactie | automatisch bericht | automatiskt svar | autosvar | automatisk svar
  automaattinen vastaus | automaattivastaus | odpowiedź automatyczna | automatyczna odpowiedź
  autoodpowiedź | automatická odpověď | automatická odpoveď | автоматический ответ | автоответ
  автоматична відповідь | автоматичен отговор | otomatik yanıt | otomatik cevap | 自动回复 | 自动答复 | 自動回覆
  自動答覆 | 自動返信 | 自動応答 | 자동 회신 | 자동회신 | 자동 응답 | automatikus válasz | automatikus üzenet | răspuns automat
  αυτόματη απάντηση | samodejni odgovor | automatski odgovor | automaatvastus | automatinis atsakymas
  automātiskā atbilde | resposta automàtica | תשובה אוטומטית | رد تلقائي | trả lời tự động
`);

/** Words about absence that people write too: they count only with another sign. */
export const absenceSubjects: readonly string[] = phrases(`
  out of office | out of the office | ooo | away from office | away from the office | on vacation
  on holiday | on leave | annual leave | vacation reply | vacation | maternity leave | parental leave
  auto: | i am out of the office | abwesenheitsnotiz | abwesenheitsnachricht | abwesenheit | abwesend
  nicht im büro | außer haus | urlaub | absence du bureau | absent du bureau | absence | absent
  message d'absence | en congés | fuera de la oficina | fuera de oficina | ausente | ausencia
  de vacaciones | fuori sede | fuori ufficio | assente | assenza | in ferie | fora do escritório
  ausência | ausência temporária | em férias | afwezig | afwezigheid | niet aanwezig | niet op kantoor
  frånvaro | frånvarande | ej på kontoret | ikke til stede | fravær | ikke på kontoret | fraværende
  poissa | poissaolo | lomalla | nieobecność | poza biurem | nieobecny | nieobecna | mimo kancelář
  nepřítomnost | nejsem v kanceláři | вне офиса | нет на месте | отсутствую | в отпуске | ofis dışında
  ofis dışı | 不在 | 外出中 | 休假 | 休暇 | 부재중 | házon kívül | szabadságon | εκτός γραφείου | în afara biroului
  in afara biroului
`);

/** What a text says in the name of someone who is not there. */
export const absenceSentences: readonly string[] = phrases(`
  i am out of | i'm out of | i am currently out | i'm currently out | i will be out of | i'll be out of
  i am away | i'm away | i am currently away | i will be away | i am on vacation | i'm on vacation
  i am on leave | i am on annual leave | on holiday until | i am currently on | i am out on
  i will return | i will be back | i am back | i have limited access | with limited access
  no access to email | no access to my | limited access to my | returning on | upon my return
  on my return | until my return | is out of the office until | thank you for your email. i
  thank you for your message. i | thanks for your email. i | in my absence | during my absence
  ich bin derzeit nicht | ich bin zurzeit nicht | ich bin momentan nicht | ich bin nicht im
  ich bin ab dem | ich bin vom | ich bin bis | ich bin erst | ich bin am | ich bin wieder | bin ich wieder
  nicht im büro | nicht im haus | während meiner abwesenheit | in meiner abwesenheit | außer haus
  e-mail wird nicht weitergeleitet | e-mails werden nicht weitergeleitet | mails werden nicht gelesen
  je suis absent | je suis actuellement absent | je suis actuellement en | je suis en congé
  je serai absent | je serai de retour | de retour le | pendant mon absence | en mon absence
  en cas d'urgence | estoy fuera | estaré fuera | me encuentro fuera | estoy de vacaciones
  durante mi ausencia | en mi ausencia | estaré de vuelta | sono fuori | sono assente | sarò assente
  sono in ferie | in mia assenza | durante la mia assenza | sarò di ritorno | estou ausente
  estarei ausente | estou de férias | na minha ausência | estou fora | ik ben afwezig | ik ben momenteel
  ik ben niet | ik ben op vakantie | tijdens mijn afwezigheid | ik ben weer | jag är inte på kontoret
  jag är på semester | jag är åter | jag är tillbaka | jag är för närvarande | jeg er ikke
  jeg er på ferie | jeg har ferie | jeg er tilbake | jeg er tilbage | jeg er fraværende | jeg er ute
  olen lomalla | olen poissa | en ole paikalla | jestem nieobecn | przebywam na urlopie
  jestem na urlopie | będę nieobecn | podczas mojej nieobecności | wracam | nejsem v kanceláři
  jsem mimo kancelář | jsem na dovolené | nejsem přítom | budu zpět | меня нет в офисе | я в отпуске
  нахожусь в отпуске | буду отсутствовать | в моё отсутствие | в мое отсутствие | ofis dışındayım
  izindeyim | yıllık izin | 我不在 | 我正在休假 | 我目前不在 | 休假中 | 不在办公室 | 外出しております | 不在にしております | 休暇をいただいて | 不在のため
  부재중입니다 | 휴가 중 | szabadságon vagyok | nem vagyok az irodában | sunt în concediu | απουσιάζω | λείπω
`);

/** A person who asks about the feature itself. */
export const setUpWords: readonly string[] = phrases(`
  how do i | how can i | how to | set up | set my | set an | setup | setting | turn on | turn off
  switch on | switch off | enable | disable | activate | deactivate | configure | not working
  doesn't work | does not work | isn't working | help with | can you | could you | would you | please add
  einrichten | einstellen | aktivieren | deaktivieren | einschalten | ausschalten | abschalten
  funktioniert nicht | wie kann ich | können sie | könnt ihr | configurer | activer | désactiver
  mettre en place | ne fonctionne pas | comment | pouvez-vous | configurar | activar | desactivar
  no funciona | cómo | puede | podrían | impostare | attivare | disattivare | non funziona | come posso
  potete | ativar | desativar | não funciona | como posso | podem | instellen | inschakelen | uitschakelen
  werkt niet | hoe kan ik | kunnen jullie | kunt u | ställa in | aktivera | fungerar inte | kan ni
  sette opp | slå på | opsætte | virker ikke | kan i | kan dere | asettaa | ottaa käyttöön | ei toimi
  ustawić | włączyć | nie działa | nastavit | zapnout | nefunguje | настроить | включить | отключить
  не работает | как | можете | ayarla | nasıl | çalışmıyor | 怎么 | 如何 | 设置 | 設定 | できません | どう
`);

/** Services that ask a sender to prove that he is a person; with the words that they put beside. */
export const challengeServices: readonly string[] = phrases(`
  spam arrest | spamarrest | boxbe | tmda | choicemail | mailinblack | bluebottle | sendio | vadesecure
  active spam killer | mailblocks | spamlion | qurb
`);

export const challengeSentences: readonly string[] = phrases(`
  this is the first time you have sent | your message is being held until | your message has been held
  your message is awaiting | please confirm your message | please confirm that you sent
  to confirm that you are not a spammer | prove that you are human | verify that you are a human
  your email requires verification | click the link below to deliver | to release your message
  confirm the delivery of your message | to complete this verification
  you are not yet on my list of approved senders | is waiting for your approval to be delivered
  added to my guest list
`);

/** Answers to an invitation, as calendars write them before the event's title. */
export const calendarPrefixes: readonly string[] = phrases(`
  accepted: | declined: | tentative: | tentatively accepted: | cancelled: | canceled: | new time proposed:
  zugesagt: | abgelehnt: | abgesagt: | mit vorbehalt: | vorläufig zugesagt: | angenommen: | accepté :
  accepté: | refusé : | refusé: | provisoire : | aceptada: | aceptado: | rechazada: | rechazado:
  provisional: | accettata: | accettato: | rifiutata: | rifiutato: | provvisoria: | aceite: | aceito:
  recusado: | recusada: | geaccepteerd: | geweigerd: | afgewezen: | voorlopig: | accepterat: | avböjt:
  nekat: | preliminärt: | godkendt: | accepteret: | afvist: | foreløbig: | godtatt: | avslått:
  hyväksytty: | hylätty: | alustava: | zaakceptowano: | odrzucono: | wstępna akceptacja: | přijato:
  odmítnuto: | nezávazně: | принято: | отклонено: | под вопросом: | kabul edildi: | reddedildi: | 已接受:
  已接受： | 已拒绝: | 已拒绝： | 暂定: | 承諾済み: | 承諾: | 辞退: | 仮承諾:
`);
