/**
 * The words by which mail programs mark a quote, a forward and a signature, in the languages their makers ship.
 * Data only: everything is lower case and in NFC; `quote-headers.ts` and `signature.ts` read it.
 */

import { phrases } from "./phrases.ts";

/** What one line of a quoted header block names. */
export type QuotedField = "from" | "date" | "to" | "cc" | "subject" | "other";

/** Labels of the unquoted header block that Outlook, Apple Mail, Thunderbird and web mail write above a quote. */
const labelsByField: Readonly<Record<QuotedField, readonly string[]>> = {
  from: phrases(`
  from | von | de | da | van | från | fra | lähettäjä | od | от | от кого | kimden | gönderen | 发件人 | 寄件者
  寄件人 | 差出人 | 送信者 | 送信元 | 보낸 사람 | 보낸사람 | feladó | de la | expéditeur | remitente | mittente | odesílatel
  odosielateľ | nadawca | absender | afzender | avsändare | від | від кого | από | מאת | من | expeditor
  từ | dari | šalje | saatja | nuo | pošiljatelj
`),
  date: phrases(`
  sent | date | gesendet | gesendet am | datum | envoyé | envoyé le | message du | enviado | enviado el
  enviado em | enviada em | enviada | enviada el | fecha | data | inviato | inviato il | verzonden
  verzonden op | skickat | skickat den | sendt | sendt den | dato | lähetetty | päivämäärä | päiväys | pvm
  wysłano | wysłane | odesláno | odoslané | отправлено | дата | gönderildi | gönderilme | gönderme tarihi
  tarih | 发送时间 | 发送日期 | 發送時間 | 日期 | 时间 | 時間 | 寄件日期 | 傳送時間 | 送信日時 | 送信日 | 日付 | 日時 | 보낸 날짜 | 보낸날짜 | 날짜
  elküldve | dátum | trimis | надіслано | στάλθηκε | ημερομηνία | נשלח | תאריך | تاريخ | đã gửi | ngày
  tanggal | poslano | saadetud | kuupäev
`),
  to: phrases(`
  to | an | à | a | para | aan | till | til | vastaanottaja | do | komu | кому | kime | alıcı | 收件人 | 收件者
  宛先 | 送信先 | 받는 사람 | 받는사람 | címzett | către | destinataire | destinataires | destinatario | adresat
  empfänger | προς | אל | إلى | đến | kepada | za | prima | saaja
`),
  cc: phrases(`
  cc | c.c. | bcc | cci | cco | ccn | kopie | kopie (cc) | copie | copie à | cópia | kopia | kopi | kopio
  копия | копія | bilgi | 抄送 | 副本 | 참조 | 숨은참조 | dw | udw | másolat | másolatot kap | κοιν. | עותק | نسخة
  kopija
`),
  subject: phrases(`
  subject | betreff | objet | sujet | asunto | oggetto | assunto | onderwerp | ämne | ärende | emne | aihe
  temat | předmět | predmet | тема | konu | 主题 | 主題 | 主旨 | 件名 | 제목 | tárgy | subiect | θέμα | נושא
  الموضوع | chủ đề | subjek | teema | tema
`),
  other: phrases(`
  reply-to | reply to | antwort an | répondre à | responder a | rispondi a | importance | wichtigkeit
  priority | priorité | attachments | anlagen | pièces jointes | adjuntos | allegati | anexos | bijlagen
  organization | sender | signed by | mailed-by | sensitivity | resent-from | message-id | newsgroups
`),
};

export const fieldOfLabel: ReadonlyMap<string, QuotedField> = new Map(
  (Object.entries(labelsByField) as [QuotedField, readonly string[]][]).flatMap(([field, labels]) =>
    labels.map((label) => [label, field] as const),
  ),
);

/** "wrote", as it stands in an attribution line; matched as whole words where the script has words. */
export const verbsOfWriting: readonly string[] = phrases(`
  wrote | writes | quoting | zitat von | citando a | schrieb | schrieb am | a écrit | écrit | escribió
  escribio | ha scritto | scritto | scrive | escreveu | schreef | geschreven | skrev | skreiv | kirjoitti
  napisał | napisała | napisał(a) | napisal | napisana przez | pisze | napsal | napsala | napsal(a) | píše
  napísal | napísala | napísal(a) | написал | написала | написал(а) | пишет | писал | написав | написала
  пише | написа | yazdı | yazmış | ezt írta | írta | a scris | έγραψε | je napisao | napisao | je napisal
  kirjutas | rašė | rakstīja | va escriure | đã viết | menulis | כתב | כתבה | كتب | mengatakan
`);

/** The same for scripts without spaces. */
export const verbsWithoutSpaces: readonly string[] = phrases(`
  写道 | 寫道 | 写到 | 书写道 | のメール | のメッセージ | 書きました | 書いた | 님이 작성 | 작성: | 쓴 글 | 썼습니다 | เขียน
`);

/** How an attribution that leads with its date opens. */
export const attributionOpeners: readonly string[] = phrases(`
  on | am | le | el | il | in data | em | no dia | op | den | d. | på | w dniu | dnia | dne | dňa | dana
  u | at | la | pe data | în | στις | на | в | от | vào | pada | בתאריך | في | 在 | 于 | 於 | el día
`);

/** `-----Original Message-----`, without its dashes. */
export const originalMessageLines: ReadonlySet<string> = new Set(
  phrases(`
  original message | original e-mail | original email | reply message | original appointment
  ursprüngliche nachricht | ursprüngliche mail | ursprüngliche e-mail | originalnachricht
  original-nachricht | original nachricht | message d'origine | message original | message initial
  mensaje original | messaggio originale | messaggio originario | mensagem original
  oorspronkelijk bericht | origineel bericht | ursprungligt meddelande | originalmeddelande
  oprindelig meddelelse | original meddelelse | oprindelig besked | oprindelig mail | opprinnelig melding
  original melding | alkuperäinen viesti | wiadomość oryginalna | oryginalna wiadomość
  pierwotna wiadomość | původní zpráva | původní e-mail | pôvodná správa | исходное сообщение
  оригинальное сообщение | первоначальное сообщение | оригінальне повідомлення | orijinal ileti
  orijinal mesaj | özgün ileti | 原始邮件 | 原邮件 | 原始郵件 | 原始信件 | 原始消息 | 元のメッセージ | 元メッセージ | オリジナルメッセージ | 원본 메시지
  원본 메일 | 원본메일 | eredeti üzenet | mesaj original | αρχικό μήνυμα | הודעה מקורית
`),
);

/** `---------- Forwarded message ---------` and `Begin forwarded message:`, without dashes and colon. */
export const forwardedMessageLines: ReadonlySet<string> = new Set(
  phrases(`
  forwarded message | begin forwarded message | begin forwarded text | forwarded mail | forwarded email
  start of forwarded message | weitergeleitete nachricht | anfang der weitergeleiteten nachricht
  anfang der weitergeleiteten e-mail | weitergeleitete e-mail | message transféré | message transmis
  message réexpédié | début du message réexpédié | début du message transféré | mensaje reenviado
  inicio del mensaje reenviado | mensaje reenviado inicio | messaggio inoltrato
  inizio messaggio inoltrato | inizio del messaggio inoltrato | mensagem encaminhada
  mensagem reencaminhada | mensagem reenviada | início da mensagem encaminhada
  início da mensagem reencaminhada | doorgestuurd bericht | begin doorgestuurd bericht
  begin van doorgestuurd bericht | vidarebefordrat meddelande | vidarebefordrat brev
  vidarebefordrat mejl | start på vidarebefordrat meddelande | videresendt meddelelse | videresendt besked
  videresendt e-mail | start på videresendt besked | påbegyndt videresendt besked | videresendt melding
  start på videresendt melding | välitetty viesti | välitetty viesti alkaa | edelleenlähetetty viesti
  przekazana wiadomość | wiadomość przekazana | początek przekazywanej wiadomości
  treść przekazanej wiadomości | přeposlaná zpráva | přeposlaný e-mail | začátek přeposílané zprávy
  začátek přeposlané zprávy | preposlaná správa | пересылаемое сообщение | пересланное сообщение
  переслане повідомлення | начало переадресованного сообщения | начало пересылаемого сообщения
  yönlendirilmiş ileti | yönlendirilen ileti | yönlendirilen mesaj | iletilen mesaj | i̇letilen mesaj
  iletilmiş mesaj | iletilen ileti | 転送されたメッセージ | 転送メッセージ | 以下、転送メッセージ | 転送メール | 转发的邮件 | 转发邮件 | 转发邮件信息
  已转发邮件 | 以下是转发的邮件 | 开始转发的邮件 | 轉寄郵件 | 轉寄的郵件 | 已轉寄的郵件 | 開始轉寄郵件 | 전달된 메시지 | 전달된 메시지 시작 | továbbított üzenet
  mesaj redirecționat
`),
);

/** How the line opens that a phone or a mail program adds below a text; a possessive or a product name must follow. */
export const deviceLineOpenings: readonly string[] = phrases(`
  sent from | sent via | sent with | sent using | sent by | von mein | gesendet | verschickt von
  versendet mit | diese nachricht wurde | envoyé | enviado | enviada | inviato | inviata | verstuurd
  verzonden | skickat | skickad | sendt | lähetetty | wysłane | wysłano | odesláno | odoslané | отправлено
  надіслано | 发自 | 發自 | 从我的 | 從我的 | 傳送自 | 发送自 | 寄自 | 나의 | 내 | elküldve | küldve | trimis | poslano
  saadetud | στάλθηκε
`);

/** `Get Outlook for iOS`: the verb, before or after; Outlook and the system must both be named. */
export const downloadWords: readonly string[] = phrases(`
  get | download | holen | hol | laden | beziehen | abrufen | obtenir | obtenez | télécharger | téléchargez | obtener | obtenga
  descargar | ottieni | scarica | obter | obtenha | baixe | hämta | skaffa | hent | få | skaff | hanki
  pobierz | získat | získejte | stáhnout | получить | скачать | отримати | 获取 | 取得 | 下載 | 下载 | を入手 | を取得
  edinin | indirin | downloaden | 다운로드 | outlook beszerzése | obțineți | αποκτήστε
`);

/** "from my", right after the opening: enough of a sign without a product name. */
export const devicePossessives: readonly string[] = phrases(`
  from my | via my | with my | using my | by my | von meinem | von meiner | mit meinem | de mon | de ma
  depuis mon | depuis ma | à partir de mon | à partir de ma | avec mon | desde mi | con mi | dal mio
  dalla mia | con il mio | do meu | da minha | pelo meu | a partir do meu | a partir da minha | vanaf mijn
  met mijn | via mijn | van mijn | från min | från mitt | med min | fra min | fra mit | fra mitt
  z mojego | z mojej | z mého | z mojí | z môjho | с моего | с моей | з мого
`);

/** Product and device names that such a line bears, in any language. */
export const deviceNames: readonly string[] = phrases(`
  iphon | ipad | ipod | android | outlook | windows | samsung | galaxy | huawei | xiaomi | redmi
  oneplus | pixel | motorola | nokia | blackberry | sony | xperia | htc | lg | wiko | honor | oppo | yahoo
  gmail | proton | gmx | web.de | t-online | mail.ru | yandex | aol | zoho | tutanota | tuta | typeapp
  bluemail | aqua | nine | spark | newton | sparrow | postbox | k-9 | fairemail | thunderbird | airmail
  canary | missive | superhuman | front | mobile | mobil | móvil | celular | cellulare | téléphone
  telefon | telefoon | puhelin | телефон | 手机 | 手機 | smartphone | tablet | handy | workspace | mail app
  mail-app | mailbird | siri
`);

/** The same line where the device comes first: `Von meinem iPhone gesendet`, `iPhoneから送信`. */
export const deviceLineEndings: readonly string[] = phrases(`
  gesendet | versendet | gönderildi | から送信 | から送信されました | で送信 | 发送 | 傳送 | 보냄 | küldve
`);

/** How people end a letter, alone on its line. */
export const signOffs: readonly string[] = phrases(`
  regards | kind regards | best regards | warm regards | many regards | with kind regards | with best regards | best wishes
  best | kind wishes | sincerely | yours sincerely | yours faithfully | yours truly | cheers | thanks | many thanks
  thanks and regards | thanks & regards | thank you | thank you and regards | thanks in advance | kind regards and thanks
  mit freundlichen grüßen | mit freundlichen grüssen | mit freundlichem gruß | mit freundlichem gruss | mit besten grüßen
  mit besten grüssen | freundliche grüße | freundliche grüsse | freundlicher gruss | viele grüße | viele grüsse | beste grüße
  beste grüsse | liebe grüße | herzliche grüße | schöne grüße | grüße | gruß | mfg | vg | vielen dank | besten dank | danke
  cordialement | bien cordialement | bien à vous | cordiales salutations | meilleures salutations | salutations | merci
  merci d'avance | saludos | saludos cordiales | un saludo | un cordial saludo | atentamente | gracias | muchas gracias
  cordiali saluti | distinti saluti | saluti | grazie | met vriendelijke groet | met vriendelijke groeten
  vriendelijke groet | vriendelijke groeten | groet | groeten | mvg | alvast bedankt | bedankt | atenciosamente
  cumprimentos | com os melhores cumprimentos | obrigado | obrigada
`);

/** Words of which one stands in nearly every job title. */
export const titleWords: ReadonlySet<string> = new Set(
  phrases(`
  ceo | cto | cfo | coo | cio | ciso | cmo | president | vice-president | vp | chairman | chairwoman | founder | co-founder
  owner | partner | director | manager | head | lead | officer | executive | supervisor | coordinator | administrator | admin
  assistant | secretary | receptionist | accountant | bookkeeper | controller | consultant | specialist | analyst | engineer
  technician | developer | architect | designer | solicitor | attorney | paralegal | buyer | geschäftsführer
  geschäftsführerin | geschäftsführung | geschäftsleitung | inhaber | inhaberin | prokurist | prokuristin | vorstand | leiter
  leiterin | leitung | teamleiter | teamleiterin | abteilungsleiter | abteilungsleiterin | sachbearbeiter | sachbearbeiterin
  assistenz | assistentin | sekretariat | buchhaltung | berater | beraterin | techniker | technikerin | ingenieur | ingenieurin
  entwickler | entwicklerin | steuerberater | steuerberaterin | rechtsanwalt | rechtsanwältin | it-leiter | it-leiterin
  directeur | directrice | responsable | gérant | gérante | chef | cheffe | ingénieur | technicien | technicienne | comptable
  assistante | gerente | jefe | jefa | directora | ingeniero | ingeniera | técnico | contable | administrativa | direttore
  direttrice | responsabile | titolare | amministratore | ingegnere | impiegata | hoofd | medewerker | beheerder | directie
  diretor | diretora | engenheiro | engenheira | coordenador | coordenadora
`),
);
