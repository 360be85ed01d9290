import type { Example } from "./example.ts";

const FORWARDED = /^[^\S\n\r\u2028\u2029]*(?:from|sent|to|von|gesendet|an|de|enviado|para|envoyé|à)\s*:/im;
const SENDER = /\b(?:received from|von|from)\s*:\s*\S+@\S+/i;
const GREETING =
  /^[^\S\n\r\u2028\u2029]*(?:hi|hello|dear|hey|good (?:morning|afternoon|day)|hallo|guten (?:tag|morgen)|sehr geehrte|moin|bonjour|hola|buenos)\b/im;

/**
 * What the form of a text tells beside its words: how long it is, whether the body only says the subject again, whether
 * it was forwarded, greets, asks, holds a picture, is made of numbers. Short tokens, as other facts.
 */
export function formOf(
  { subject, body }: Example,
  subjectTokens: readonly string[],
  bodyTokens: readonly string[],
): readonly string[] {
  const head = body.slice(0, 3000);
  const form = [`form:length:${sizeOf(bodyTokens.length)}`, `form:subject:${sizeOf(subjectTokens.length)}`];
  const again = subject.trim() !== "" && body.trim().startsWith(subject.trim());
  if (again) form.push(body.trim() === subject.trim() ? "form:same" : "form:again");
  if (FORWARDED.test(head)) form.push("form:forwarded");
  if (SENDER.test(head)) form.push("form:sender");
  if (GREETING.test(head)) form.push("form:greeting");
  if (head.includes("?")) form.push("form:question");
  if (head.includes("[cid:") || head.includes("image0")) form.push("form:picture");
  if (/\n[^\S\n]*[-*•]/.test(head)) form.push("form:list");
  const numbers = bodyTokens.filter((token) => token.includes("0")).length;
  form.push(`form:numbers:${Math.round((4 * numbers) / Math.max(1, bodyTokens.length))}`);
  return form;
}

/** 0, 1, 2, 4, 8, … as 0, 1, 2, 3, 4, …: twice as long is one more. */
const sizeOf = (count: number): number => (count === 0 ? 0 : Math.min(10, Math.floor(Math.log2(count)) + 1));
