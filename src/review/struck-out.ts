import type { Mailbox, ParsedMessage } from "../mail/message.ts";
import { withoutTokens } from "./token.ts";

/**
 * A message as engines and drafts may see it, its tokens struck out of all that is shown or kept: people quote digests, and
 * programs put addresses into names of people and files (threat 68). Its recipients stay, since by them the desk tells its own address.
 */
export function struckOut(message: ParsedMessage): ParsedMessage {
  return {
    ...message,
    from: message.from.map(withoutTokenInName),
    to: message.to.map(withoutTokenInName),
    cc: message.cc.map(withoutTokenInName),
    replyTo: message.replyTo.map(({ name, address }) => ({
      name: withoutTokens(name),
      address: withoutTokens(address),
    })),
    subject: withoutTokens(message.subject),
    text: withoutTokens(message.text),
    html: message.html === null ? null : withoutTokens(message.html),
    newText: withoutTokens(message.newText),
    quotedText: withoutTokens(message.quotedText),
    attachments: message.attachments.map((file) => ({ ...file, filename: withoutTokens(file.filename) })),
  };
}

const withoutTokenInName = ({ name, address }: Mailbox): Mailbox => ({ name: withoutTokens(name), address });
