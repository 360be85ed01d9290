import type { ParsedMessage } from "../../mail/message.ts";
import type { Evidence } from "./evidence.ts";

/** Characters looked at. */
const LOOKED_AT = 5000;

/** A share of damaged characters above this leaves words that nobody can trust. */
const GARBLED = 0.03;

/**
 * UTF-8 read as Windows-1252 ("Ã¼", "â€™"), as Windows-1251 ("Р°"), and what no charset could read.
 * Each stands for one letter of the sender's.
 */
const DAMAGED =
  /\ufffd|[ÃÂ][\u0080-\u00bf\u2018-\u201e€™šœžŸƒˆ]|â€[\u0080-\u00bf™œ\u009d“”¢¦]?|Ð[\u0080-\u00bf°±²µ¸º¾]|[РС][\u0080-\u00bf°±µ№ѓѕђ‚ё]/gu;

/** Words that stand beside a picture without saying what it shows. */
const POINTING =
  /^(?:see|please|pls|find|attached|attachment|screenshot|screen ?shot|picture|photo|image|below|above|here|fyi|the|a|an|is|siehe|s|anhang|bild|foto|bildschirmfoto|anbei|im|den|das|voir|ci|joint|jointe|capture|pi[eè]ce|image|adjunto|ver|captura|zie|bijlage|allegato|vedi|anexo|help|hilfe|aide|hi|hello|hallo|thanks|danke|merci|img|png|jpg|jpeg|\d+)$/iu;

/**
 * Why nothing can be known from this mail's words, as a phrase for people; `null` where they can be read. A person looks
 * at it then: a guess with a straight face would be worse.
 */
export function whyUnreadable(
  message: Pick<ParsedMessage, "newText" | "attachments">,
  evidence: Evidence,
): string | null {
  const { words, subject, letter } = evidence;
  const shows = message.attachments.some((one) => one.contentType.toLowerCase().startsWith("image/"));
  const saying = words.filter((word) => !POINTING.test(word.text));
  if (saying.length === 0) {
    if (shows) return "the mail is only a picture";
    return message.attachments.length > 0 ? "the mail is only an attachment" : "the mail says nothing";
  }
  const text = `${subject}\n${letter.body}`.slice(0, LOOKED_AT);
  const damaged = text.match(DAMAGED)?.length ?? 0;
  return damaged > 2 && damaged / text.length > GARBLED ? "the text is garbled" : null;
}
