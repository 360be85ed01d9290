/** Signs that a mail system, not a person, wrote a mail about delivery. Shared by `automatic` and `delivery-status`. */

import { phrases } from "../reply/phrases.ts";

/** Local parts of mail systems; `postmaster` is also a person's mailbox, so it needs a second sign. */
const daemonLocalParts =
  /^(?:mailer-?daemon|mail-?daemon|mmdf|maildelivery|microsoftexchange[0-9a-f]{8,40}|double-bounce)$/;

export function isMailDaemon(address: string): boolean {
  return daemonLocalParts.test(localPart(address));
}

export function isPostmaster(address: string): boolean {
  return /^(?:postmaster|mail-?administrator|mailadmin|mail\.administrator)$/.test(localPart(address));
}

function localPart(address: string): string {
  return address
    .slice(0, address.lastIndexOf("@") < 0 ? address.length : address.lastIndexOf("@"))
    .toLowerCase();
}

/** How mail systems begin the subject of a notice: Exchange, Postfix, Exim, sendmail, qmail, Gmail, Notes, GroupWise. */
const subjectOpenings: readonly string[] = phrases(`
  undeliverable: | undeliverable mail | undeliverable message | undeliverable
  undelivered mail returned to sender | undelivered mail | delivery status notification | delivery failure
  delivery failed | delivery notification: | delivery report | mail delivery failed
  mail delivery failure | mail delivery problem | mail delivery error | mail system error
  message delivery failure | message delivery has failed | message delivery delayed
  message undeliverable | message not delivered | mail could not be delivered | mail not delivered
  failure notice | failed delivery | failed mail | returned mail | returned email | non delivery report
  non-delivery report | nondeliverable mail | unable to deliver | could not send message
  warning: could not send message | warning: message | delayed mail | delayed: | delivery delayed
  delivery delay | mail status report | address not found | message blocked
  message status - undeliverable | bounce notification | smtp delivery failure
  postmaster] email delivery failure | email delivery failure
  your message could not be delivered | your message wasn't delivered | your mail could not be delivered
  your email could not be delivered | your e-mail could not be delivered | rejected mail | rejected:
  notice: message delivery | unzustellbar | nicht zugestellt | verzögert: | zustellung fehlgeschlagen
  mail konnte nicht zugestellt | übermittlungsbericht | non remis | échec de la remise | échec de remise
  remise différée | non distribuable | notification d'échec | no se puede entregar | no entregado
  error de entrega | retrasado: | non recapitabile | mancato recapito | consegna non riuscita
  não é possível entregar | não entregue | falha na entrega | onbestelbaar | niet bezorgd
  kan inte levereras | olevererbart | kan ikke leveres | ikke levert | ei voida toimittaa
  toimittaminen epäonnistui | niedostarczalne | nie można dostarczyć | niedostarczona | nedoručitelné
  недоставлено | недоставленное | не удалось доставить | teslim edilemedi | teslim edilemiyor | 无法送达
  无法投递 | 退信 | 系统退信 | 無法傳遞 | 配信不能 | 配信エラー | 送信エラー | 전송 실패 | 배달되지 않음
`);

export function isBounceSubject(subject: string): boolean {
  const start = subject
    .slice(0, 80)
    .trim()
    .toLowerCase()
    .replace(/^[*[(\s]+/, "");
  return subjectOpenings.some((opening) => start.startsWith(opening));
}

/** Sentences with which mail systems open the body; a person who pastes one writes something above it. */
const bodyOpenings: readonly string[] = phrases(`
  hi. this is the qmail-send program | a message from you could not be delivered
  an error occurred while trying to deliver | this message was created automatically by mail delivery software
  this message was created automatically by the | a message that you sent could not be delivered
  this is the mail system at host | this is the postfix program | this is the mail delivery
  this is the mail system | this is an automatically generated delivery status notification
  delivery has failed to these recipients | delivery has failed to the following recipients
  delivery to the following recipient | the following message to | your message to
  your message did not reach some or all | your message wasn't delivered
  your message could not be delivered | your message couldn't be delivered
  your message was not delivered | your email to | the original message was received at
  sorry, we were unable to deliver your message | sorry your message to | unable to deliver message to
  i'm sorry to have to inform you | i'm afraid i wasn't able to deliver your message | address not found
  message blocked | delivery incomplete | recipient inbox full
  your e-mail is being returned to you
  the message that you sent | the message you sent to | this is a permanent error
  this message has not yet been delivered | this message has been delayed
  this is a delivery status notification | this report relates to a message you sent
  a mail message was not sent due to a protocol error | failed to deliver to
  the attached message had permanent fatal delivery errors | failed recipient | fehler bei der zustellung
  ihre nachricht | diese nachricht wurde automatisch | die folgende nachricht | folgende empfänger
  échec de la remise | votre message n'a pas | le message n'a pas pu | votre message à
  la remise a échoué | error de entrega | no se pudo entregar | su mensaje no | recapito non riuscito
  impossibile recapitare | il messaggio non | falha na entrega | a sua mensagem | sua mensagem não
  de bezorging | uw bericht | leveransen till | levering til
`);

/** Whether a mail system's sentence stands within the first lines of the text. */
export function isBounceText(text: string): boolean {
  const start = openingWords(text);
  return bodyOpenings.some((opening) => start.includes(opening));
}

/** Whether the text begins with such a sentence: nobody who pastes one leaves out "Hello". */
export function opensAsBounce(text: string): boolean {
  const start = openingWords(text);
  return bodyOpenings.some((opening) => start.startsWith(opening));
}

function openingWords(text: string): string {
  const plain = text.slice(0, 700).toLowerCase().replaceAll("’", "'").replace(/[*_#]/g, "");
  return plain.replace(/\s+/g, " ").trim().slice(0, 400);
}

/** RFC 3464 notices of success: no bounce, though of the same media type. */
export function tellsSuccess(subject: string, text: string): boolean {
  const start = subject.trim().toLowerCase();
  if (
    /^(?:delivered|relayed|zugestellt|weitergeleitet|remis|transmis|entregado|successful mail delivery report)\b/.test(
      start,
    )
  )
    return true;
  const words = text.slice(0, 700).toLowerCase().replace(/\s+/g, " ");
  return /was successfully delivered|has been successfully delivered|delivery to these recipients or groups is complete|successfully relayed/.test(
    words,
  );
}
