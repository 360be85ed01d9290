import { HashCounts } from "../desk/search/hash-counts.ts";
import { LikenessTo, type Comparable } from "../desk/search/likeness.ts";
import { Rarities, type Corpus } from "../desk/search/rank.ts";
import { WordIndex } from "../desk/search/word-index.ts";

/** Rarity needs something to count in: a desk's first tickets share every word. */
const LEAST_TEXTS = 200;

/** Of other clients' tickets so many of the newest are looked at, and of those so many compared in full, the likeliest ones. */
const LOOKED_AT = 500;
const COMPARED = 40;

/** Tickets are alike from this likeness on. */
const ALIKE = 0.3;

/** A ticket as it was filed: its client, its requester and its words never change. */
export interface RecentTicket {
  readonly id: number;
  readonly number: number;
  readonly clientId: number | null;
  /** addr-spec. */
  readonly requesterAddress: string;
  readonly subject: string;
  readonly createdAt: string;
  readonly words: Comparable;
}

/** A ticket that shares words with another, and how many by the cheap measure. */
interface Sharing {
  readonly ticket: RecentTicket;
  readonly rough: number;
}

/** Where a ticket stands. */
interface Kept {
  readonly ticket: RecentTicket;
  /** Among all that came, from 0. */
  readonly place: number;
  /** When the newest was filed of this one and those before it: mostly it, but not all come in order. */
  readonly newestUntil: string;
}

/**
 * A desk's newest tickets and three ways into them, so that a mail costs the same however many they are: by id, by whose they are, and by
 * word. One that comes where no more are kept puts the oldest out, which is the one that came first.
 */
export class TicketsAtHand {
  readonly #most: number;
  readonly #byId = new Map<number, Kept>();
  /** By place modulo `#most`. */
  readonly #byPlace: (Kept | undefined)[] = [];
  /** Of one client, or of one requester without a client; by id, ascending. */
  readonly #byOwner = new Map<number | string, RecentTicket[]>();
  readonly #byWord: WordIndex;
  /** Word → how many hold it among the words they ask for. */
  readonly #holders = new HashCounts();
  readonly #rarities = new Rarities();
  #newest: Kept | null = null;
  #stems = 0;
  #setAside: ReadonlySet<number> = new Set();

  /** @param most that are kept */
  constructor(most: number) {
    this.#most = most;
    this.#byWord = new WordIndex(most);
  }

  get ids(): Iterable<number> {
    return this.#byId.keys();
  }

  get(id: number): RecentTicket | null {
    return this.#byId.get(id)?.ticket ?? null;
  }

  /** How rare words are among them. */
  get corpus(): Corpus {
    const size = this.#byId.size;
    const texts = Math.max(LEAST_TEXTS, size);
    return {
      rarity: (stem) => this.#rarities.of(this.#holders.get(stem), texts),
      meanLength: size === 0 ? 1 : Math.max(1, this.#stems / size),
    };
  }

  /** These count for nothing: they are spam, or were merged away. */
  setAside(ids: ReadonlySet<number>): void {
    this.#setAside = ids;
  }

  /** One that is here already stays as it is. */
  add(ticket: RecentTicket): void {
    const { id, words, createdAt } = ticket;
    if (this.#byId.has(id)) return;
    if (this.#byId.size === this.#most) this.#dropOldest();
    const place = this.#byWord.add(words.text);
    const before = this.#newest?.newestUntil ?? "";
    const kept = { ticket, place, newestUntil: createdAt > before ? createdAt : before };
    this.#byId.set(id, kept);
    this.#byPlace[place % this.#most] = kept;
    this.#newest = kept;
    this.#count(words, 1);
    const own = this.#byOwner.get(ownerOf(ticket)) ?? [];
    this.#byOwner.set(ownerOf(ticket), own);
    let at = own.length;
    while (at > 0 && (own[at - 1]?.id ?? 0) > id) at -= 1;
    own.splice(at, 0, ticket);
  }

  /**
   * The newest of one client, or, where it is `null`, of one requester, newest first; none that is set aside.
   *
   * @param except a ticket that is left out
   */
  newestOf(
    owner: Pick<RecentTicket, "clientId" | "requesterAddress">,
    limit: number,
    except: number | null,
  ): readonly RecentTicket[] {
    const own = this.#byOwner.get(ownerOf(owner)) ?? [];
    const newest: RecentTicket[] = [];
    for (let at = own.length - 1; at >= 0 && newest.length < limit; at -= 1) {
      const one = own[at];
      if (one !== undefined && one.id !== except && !this.#setAside.has(one.id)) newest.push(one);
    }
    return newest;
  }

  /** Other clients' tickets since then that are alike, of the newest those that share most; none that is set aside or nobody's. */
  alikeElsewhere(words: Comparable, clientId: number | null, since: string): readonly RecentTicket[] {
    const others = this.#others(clientId, since);
    const from = others.at(-1)?.place;
    if (from === undefined) return [];
    const like = new LikenessTo(words, this.corpus);
    const scores = this.#byWord.rough(like.asked, from);
    const sharing: Sharing[] = [];
    for (const { ticket, place } of others) {
      const rough = scores[place % this.#most] ?? 0;
      if (rough > 0 && !this.#setAside.has(ticket.id)) sharing.push({ ticket, rough });
    }
    return best(sharing)
      .filter(({ ticket, rough }) => like.of(ticket.words, rough) >= ALIKE)
      .map(({ ticket }) => ticket);
  }

  /** Other clients' newest tickets since then, the newest first. */
  #others(clientId: number | null, since: string): readonly Kept[] {
    const others: Kept[] = [];
    const end = this.#newest === null ? 0 : this.#newest.place + 1;
    for (let back = 1; back <= this.#byId.size && others.length < LOOKED_AT; back += 1) {
      const one = this.#byPlace[(end - back) % this.#most];
      if (one === undefined || one.newestUntil < since) break;
      const { ticket } = one;
      if (ticket.clientId !== null && ticket.clientId !== clientId && ticket.createdAt >= since)
        others.push(one);
    }
    return others;
  }

  #dropOldest(): void {
    const [oldest] = this.#byId.values();
    if (oldest === undefined) return;
    const { ticket } = oldest;
    this.#byId.delete(ticket.id);
    this.#byWord.drop(ticket.words.text);
    this.#count(ticket.words, -1);
    const owner = ownerOf(ticket);
    const own = this.#byOwner.get(owner) ?? [];
    own.splice(own.indexOf(ticket), 1);
    if (own.length === 0) this.#byOwner.delete(owner);
  }

  #count({ question, text }: Comparable, by: 1 | -1): void {
    this.#stems += by * text.length;
    for (const stem of question.stems) this.#holders.set(stem, this.#holders.get(stem) + by);
  }
}

function ownerOf({ clientId, requesterAddress }: Pick<RecentTicket, "clientId" | "requesterAddress">) {
  return clientId ?? requesterAddress;
}

/** The best `COMPARED`, in no order; of equal ones those that came first. @param sharing the newest first */
function best(sharing: readonly Sharing[]): readonly Sharing[] {
  if (sharing.length <= COMPARED) return sharing;
  const least = leastOfBest(sharing);
  const better = sharing.filter(({ rough }) => rough > least);
  const equal = sharing.filter(({ rough }) => rough === least);
  return [...better, ...equal.slice(better.length - COMPARED)];
}

/** The measure of the last of the best `COMPARED`. Few of hundreds come so far that they are put among them. */
function leastOfBest(sharing: readonly Sharing[]): number {
  const descending = new Float64Array(COMPARED);
  for (const { rough } of sharing) {
    let at = COMPARED - 1;
    if (rough <= (descending[at] ?? 0)) continue;
    for (; at > 0 && rough > (descending[at - 1] ?? 0); at -= 1) descending[at] = descending[at - 1] ?? 0;
    descending[at] = rough;
  }
  return descending[COMPARED - 1] ?? 0;
}
