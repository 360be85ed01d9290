import { keysOf, slipsBetween } from "../../desk/search/near-words.ts";

/** How a domain resembles another one without being it. */
export type Likeness = "looks" | "hyphen" | "letter" | "ending";

/** Letters and their doubles that a reader takes for one another, brought to one spelling. */
const LOOK_ALIKES: readonly (readonly [RegExp, string])[] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
  [/cl/g, "d"],
  [/0/g, "o"],
  [/[1i|]/g, "l"],
  [/5/g, "s"],
  [/3/g, "e"],
];

/** Shorter names are one letter away from too many honest ones. */
const SHORTEST_FOR_A_LETTER = 6;
const SHORTEST_FOR_AN_ENDING = 5;
/** Words that fraud hangs on a name: `contoso-support.test`. */
const HUNG_ON =
  "support|helpdesk|it|mail|login|secure|security|portal|billing|invoice|account|accounts|online|team|group|office|hr|payroll";

/** Names of owners, by the spellings under which a look-alike would be asked for. */
export class LikeDomains<Owner> {
  readonly #exact = new Set<string>();
  readonly #bySpelling = new Map<string, { readonly domain: string; readonly owner: Owner }>();

  /** @param domain as it is owned, `contoso.example`; the first owner of a spelling counts */
  add(domain: string, owner: Owner): void {
    this.#exact.add(domain);
    const { label } = parted(domain);
    for (const key of spellingsOf(label))
      if (!this.#bySpelling.has(key)) this.#bySpelling.set(key, { domain, owner });
  }

  /** `null` for one of these domains itself, and for what is like none of them. */
  like(domain: string): { readonly domain: string; readonly owner: Owner; readonly how: Likeness } | null {
    if (domain === "" || this.#exact.has(domain)) return null;
    const { label, ending } = parted(domain);
    const found = (key: string) => this.#bySpelling.get(key);
    const looks = found(`skeleton ${skeletonOf(label)}`);
    if (looks !== undefined && parted(looks.domain).label !== label) return { ...looks, how: "looks" };
    const bare = label.replace(new RegExp(`^(?:${HUNG_ON})-|-(?:${HUNG_ON})$`), "").replaceAll("-", "");
    const hyphen = found(`bare ${bare}`);
    if (hyphen !== undefined && parted(hyphen.domain).label !== label) return { ...hyphen, how: "hyphen" };
    if (label.length >= SHORTEST_FOR_A_LETTER)
      for (const key of lettersOf(label)) {
        const near = found(`letter ${key}`);
        if (near !== undefined && slipsBetween(parted(near.domain).label, label) === 1)
          return { ...near, how: "letter" };
      }
    const same = label.length < SHORTEST_FOR_AN_ENDING ? undefined : found(`bare ${label}`);
    return same === undefined || parted(same.domain).ending === ending ? null : { ...same, how: "ending" };
  }
}

/** `contoso.co.example` → `contoso` and `co.example`: of an owned domain, the first label is the name. */
function parted(domain: string): { readonly label: string; readonly ending: string } {
  const dot = domain.indexOf(".");
  return dot < 0
    ? { label: domain, ending: "" }
    : { label: domain.slice(0, dot), ending: domain.slice(dot + 1) };
}

const skeletonOf = (label: string): string =>
  LOOK_ALIKES.reduce((text, [pattern, letter]) => text.replace(pattern, letter), label);

/** Two names that are one slip apart share one of these. RFC 1035 §2.3.4: a label has at most 63 letters. */
const lettersOf = (label: string): readonly string[] => keysOf(label.slice(0, 63));

function spellingsOf(label: string): readonly string[] {
  return [
    `skeleton ${skeletonOf(label)}`,
    `bare ${label.replaceAll("-", "")}`,
    ...(label.length < SHORTEST_FOR_A_LETTER ? [] : lettersOf(label).map((key) => `letter ${key}`)),
  ];
}
