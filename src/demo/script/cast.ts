import type { Correspondent } from "../../mail-program/letter.ts";
import type { KeptMail } from "../mailboxes.ts";
import { replyTo, type Posting } from "../../mail-program/reply.ts";
import type { Stage } from "../stage.ts";
import { isDigest, itemsOf } from "./digest-reading.ts";
import type { Narrator } from "./narrator.ts";
import type { Patience } from "./waiting.ts";

/** Everybody's hands: they read their mailboxes and write mail, and can do nothing else. */
export interface Cast {
  readonly stage: Stage;
  readonly tell: Narrator;
  readonly patience: Patience;
  /** The number of the ticket that this client's first mail opened. */
  ticketOf(address: string): number;
  /** The newest digest in the technician's inbox that asks about a ticket; waits for one that is newer than `after`. */
  digestAbout(
    technician: string,
    ticketNumber: number,
    after?: number,
  ): Promise<{ readonly mail: KeptMail; readonly item: number }>;
  /** Press Reply, write, send. `edit` changes the quote; `says` tells the audience how. */
  reply(
    mail: KeptMail,
    words: string,
    options?: {
      readonly posting?: Posting;
      readonly from?: Correspondent;
      edit?(text: string): string;
      readonly says?: string;
    },
  ): Promise<KeptMail>;
  /** The desk's answer to a review reply. */
  transcriptOf(sent: KeptMail): Promise<KeptMail>;
  /** The next mail to somebody that fits. */
  mailTo(address: string, what: string, fits: (mail: KeptMail) => boolean): Promise<KeptMail>;
  /** A mail from the desk to a client about a ticket that is no acknowledgement. */
  answerTo(address: string, ticketNumber: number, after?: number): Promise<KeptMail>;
  person(address: string): Correspondent;
}

export function createCast(
  stage: Stage,
  tell: Narrator,
  patience: Patience,
  tickets: ReadonlyMap<string, number>,
): Cast {
  const { mailboxes } = stage;
  const person = (address: string): Correspondent => ({
    name: stage.players.find((player) => player.address === address)?.name ?? "",
    address,
  });
  const nameOf = (address: string): string => person(address).name || address;

  const mailTo: Cast["mailTo"] = (address, what, fits) =>
    patience.until(what, () => mailboxes.inbox(address).find(fits));

  return {
    stage,
    tell,
    patience,
    person,
    mailTo,
    ticketOf(address) {
      const number = tickets.get(address);
      if (number === undefined) throw new Error(`no ticket of ${address} is known`);
      return number;
    },
    async digestAbout(technician, ticketNumber, after = 0) {
      const asks = (mail: KeptMail): boolean =>
        mail.id > after && isDigest(mail) && itemsOf(mail).some((item) => item.ticketNumber === ticketNumber);
      const mail = await mailTo(technician, `${nameOf(technician)} was asked about #${ticketNumber}`, asks);
      return { mail, item: itemsOf(mail).find((item) => item.ticketNumber === ticketNumber)?.number ?? 0 };
    },
    async reply(mail, words, options = {}) {
      const from = options.from ?? person(mail.owner);
      const writing = replyTo(mail.letter, from, words, options.posting);
      const sent = await stage.post.send({ ...writing, text: options.edit?.(writing.text) ?? writing.text });
      const known = stage.players.some((player) => player.address === from.address);
      const shownFrom = known ? sent.letter.from : { name: "", address: `${from.name} <${from.address}>` };
      tell.mail(
        { ...sent.letter, from: shownFrom, text: words || options.says || "" },
        stage.desk.settings.name,
      );
      return sent;
    },
    transcriptOf: (sent) =>
      mailTo(
        sent.owner,
        `the desk answered the reply of ${nameOf(sent.owner)}`,
        (mail) => mail.letter.inReplyTo === sent.letter.messageId,
      ),
    answerTo: (address, ticketNumber, after = 0) =>
      mailTo(
        address,
        `${nameOf(address)} got a reply on #${ticketNumber}`,
        (mail) =>
          mail.id > after && !mail.letter.automatic && mail.letter.subject.includes(`[#${ticketNumber}]`),
      ),
  };
}
