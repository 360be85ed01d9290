import { domainToUnicode } from "node:url";
import { keysOf, slipsBetween } from "../../desk/search/near-words.ts";
import { asSeen } from "./look-alikes.ts";
import { ownedDomain } from "./web-address.ts";

/** How a domain resembles another one without being it. */
export type Likeness = "looks" | "within" | "hyphen" | "letter" | "ending";

/** Letters and their doubles among the Latin ones, brought to one spelling. */
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
  readonly #exact = new Map<string, Owner>();
  readonly #bySpelling = new Map<string, { readonly domain: string; readonly owner: Owner }>();

  /** @param domain as it is owned, `contoso.example`; the first owner of a spelling counts */
  add(domain: string, owner: Owner): void {
    if (!this.#exact.has(domain)) this.#exact.set(domain, owner);
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

  /** One of these domains among the labels of somebody else's: `contoso.example.login.test`, `contoso-example.test`. */
  within(domain: string): { readonly domain: string; readonly owner: Owner; readonly how: Likeness } | null {
    const labels = domain.split(".").slice(0, MOST_LABELS);
    for (let start = 0; start < labels.length - 1; start += 1) {
      for (let end = start + 2; end < labels.length; end += 1) {
        const known = labels.slice(start, end).join(".");
        const owner = this.#exact.get(known);
        // `contoso.com.au` is no subdomain of somebody's `com.au`.
        if (owner !== undefined && !ownedDomain(domain).startsWith(`${known}.`))
          return { domain: known, owner, how: "within" };
      }
      const hyphened = (labels[start] ?? "").replaceAll("-", ".");
      const owner = hyphened === labels[start] ? undefined : this.#exact.get(hyphened);
      if (owner !== undefined) return { domain: hyphened, owner, how: "within" };
    }
    return null;
  }
}

/** Of a long name the first labels: that is what a reader sees on a telephone. */
const MOST_LABELS = 8;

/** `contoso.co.example` → `contoso` and `co.example`: of an owned domain, the first label is the name. */
function parted(domain: string): { readonly label: string; readonly ending: string } {
  const dot = domain.indexOf(".");
  return dot < 0
    ? { label: domain, ending: "" }
    : { label: domain.slice(0, dot), ending: domain.slice(dot + 1) };
}

const skeletonOf = (label: string): string =>
  LOOK_ALIKES.reduce((text, [pattern, letter]) => text.replace(pattern, letter), asSeen(shown(label)));

/** RFC 5890 §2.3.2.1: mail programs show `xn--…` as the letters that it stands for. */
const shown = (label: string): string => (label.startsWith("xn--") ? domainToUnicode(label) || label : label);

/** Two names that are one slip apart share one of these. RFC 1035 §2.3.4: a label has at most 63 letters. */
const lettersOf = (label: string): readonly string[] => keysOf(label.slice(0, 63));

function spellingsOf(label: string): readonly string[] {
  return [
    `skeleton ${skeletonOf(label)}`,
    `bare ${label.replaceAll("-", "")}`,
    ...(label.length < SHORTEST_FOR_A_LETTER ? [] : lettersOf(label).map((key) => `letter ${key}`)),
  ];
}
