/** Something in a mail that says one thing to the reader and does another. */
export interface Deception {
  /** `link`: its body leads astray. `sender`: it says it is from somebody else. `person`: from somebody whom the desk knows. */
  readonly kind: "link" | "sender" | "person";
  /** 1 (many honest mails do it) to 4 (hardly any). */
  readonly weight: number;
  /** A sentence for a technician: `the link shows microsoft.com and leads to evil.test`. */
  readonly sentence: string;
}

/** From this weight on a body leads astray on purpose. */
export const ON_PURPOSE = 3;

/** From this weight on who imitates a person or a domain is a matter of security, not of a private address. */
export const IMITATES = 2;
