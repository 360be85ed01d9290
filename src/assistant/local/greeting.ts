import type { Phrases } from "./languages.ts";
import { fold } from "./words.ts";
import { looksLikeName } from "./letter.ts";

/** What stands before a name, folded. */
const TITLES = new Set("dr prof mr mrs ms mx herr frau hr fr ing dipl mag mme m sr sra dhr mevr".split(" "));

/** Names of places, not of people: `Reception Contoso`, `Info`. Folded. */
const ROLES = new Set(
  (
    "reception empfang info office buero buro accounts accounting accountspayable buchhaltung rechnung billing invoices sales " +
    "support helpdesk service it admin administrator team hr personal einkauf purchasing scanner scan printer noreply no-reply " +
    "monitoring alert alerts system mailer backup postmaster webmaster kontakt contact hello sekretariat zentrale lager " +
    "warehouse marketing the department abteilung praxis kanzlei user"
  ).split(" "),
);

/**
 * The name behind the greeting: the contact record's, else the display name's, else the one that the mail is signed
 * with, else the language's neutral word. Only letters get through: a display name is anybody's text.
 */
export function greetingName(
  sources: { readonly contact: string; readonly displayName: string; readonly signedBy: string },
  { greeting, wholeName: isWhole }: Pick<Phrases, "greeting" | "wholeName">,
): string {
  for (const source of [sources.contact, sources.displayName, sources.signedBy]) {
    const name = isWhole ? wholeName(source) : firstName(source);
    if (name !== "") return name;
  }
  return greeting;
}

/** `noreply@`, `do-not-reply@` and their like: what is written there is lost, or bounces. */
export const readsNoReplies = (address: string): boolean =>
  /^(?:(?:no|do-?not|dont)[._-]?reply|nicht-?antworten|ne-?pas-?repondre|no-?responder|mailer-daemon)(?:[._+-][^@]*)?@/i.test(
    address,
  );

const isName = (word: string): boolean =>
  word.length <= 30 && /^\p{L}(?:[\p{L}\p{M}'’-]*\p{L})?$/u.test(word);

/** `Ruiz, Ana` → `Ana Ruiz`; the first name alone where no more of it is a name. */
function wholeName(written: string): string {
  const first = firstName(written);
  if (first === "") return "";
  const bare =
    written
      .slice(0, 120)
      .replaceAll(/\([^()]*\)|\[[^[\]]*\]|["]/g, " ")
      .split(/ - | – | \| |\//u)[0] ?? "";
  const [before = "", after = ""] = bare.split(",");
  const words = (after === "" ? before : `${after} ${before}`)
    .trim()
    .split(/\s+/)
    .filter((word) => !TITLES.has(fold(word.replaceAll(".", ""))));
  const rest = words.slice(1);
  return rest.length > 0 && rest.every(isName) && rest.some((word) => /^\p{Lu}\p{Ll}/u.test(word))
    ? [first, ...rest].join(" ")
    : first;
}

/** `Ruiz, Ana` and `Dr. Ana Ruiz (Contoso)` → `Ana`; "" for what is not a person's name. */
export function firstName(written: string): string {
  const bare = written
    .slice(0, 120)
    .replaceAll(/\([^()]*\)|\[[^[\]]*\]|["]/g, " ")
    .split(/ - | – | \| |\//u)[0]
    ?.trim();
  if (bare === undefined || bare === "" || bare.includes("@")) return "";
  const comma = bare.indexOf(",");
  const ordered = comma > 0 ? bare.slice(comma + 1) : bare;
  const all = ordered.trim().split(/\s+/);
  const words = all.filter((word) => !TITLES.has(fold(word.replaceAll(".", ""))));
  // `Frau Seidel` and `M. Engel` name the family alone.
  if (words.length < all.length && words.length === 1) return "";
  if (words.length > 5 || words.some((word) => ROLES.has(fold(word)))) return "";
  const [first = ""] = words;
  if (first.length < 2 || first.length > 24 || !/^\p{L}[\p{L}\p{M}'’-]*\p{L}$/u.test(first)) return "";
  const cased =
    first === first.toUpperCase() || first === first.toLowerCase()
      ? first.replace(/\p{L}+/gu, (part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
      : first;
  return looksLikeName(cased) || !/\p{Lu}/u.test(cased) ? cased : "";
}
