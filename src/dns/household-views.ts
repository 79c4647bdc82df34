// Live counts of one household while somebody watches them: a fixed buffer per view in memory that all threads share.

import type { Catalogue } from '../catalogue/catalogue.js';
import { mix } from '../lib/hash.js';
import type { Address } from '../lib/ip.js';
import { KINDS, type Kind } from './tally.js';
import { TRANSPORTS, type Transport } from './transport/transports.js';
import { TYPE } from './wire/wire.js';

/** The types of queries that are counted apart. */
const TYPES = ['A', 'AAAA', 'HTTPS', 'other'] as const;

/** Open views of all sources, and of one IPv4 address or IPv6 /64. Those of unlisted clients may be half of all. */
const MAX_VIEWS = 64;
const MAX_PER_SOURCE = 2;

/** Services of the catalogue that are counted; those beyond are not. */
const MAX_SERVICES = 512;

// Words of a view.
const OPEN = 0;
const FAMILY = 1;
const SOURCE = 2;
const CATALOGUE = 4;
const AT_TRANSPORTS = 5;
const AT_TYPES = AT_TRANSPORTS + TRANSPORTS.length;
const AT_KINDS = AT_TYPES + TYPES.length;
const AT_SERVICES = AT_KINDS + KINDS.length;
const VIEW_WORDS = AT_SERVICES + MAX_SERVICES;

/** Before the views stands the number of open ones. */
const FIRST_VIEW = 1;

/** Counts of queries, without those that are zero. */
export interface HouseholdCounts {
  readonly transports: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
  /** As the kinds of dns_answers_total. */
  readonly kinds: Readonly<Record<string, number>>;
  /** By the id of the service. */
  readonly services: Readonly<Record<string, number>>;
}

export interface HouseholdView {
  read(): HouseholdCounts;
  /** To be called once. Leaves nothing of the counts in memory. */
  close(): void;
}

export function createViewMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((FIRST_VIEW + MAX_VIEWS * VIEW_WORDS) * Int32Array.BYTES_PER_ELEMENT);
}

/** Counts the queries that one thread answers. While no view is open, it reads one word. */
export class HouseholdCounter {
  private readonly words: Int32Array;
  private readonly catalogue: number;

  /** `services`: their ids, by whose positions queries are counted. */
  constructor(memory: SharedArrayBuffer, services: readonly string[]) {
    this.words = new Int32Array(memory);
    this.catalogue = fingerprint(services);
  }

  /** Whether any view is open. */
  get isWatching(): boolean {
    return this.words[0] !== 0;
  }

  /**
   * Counts a query in the views of its source. `type`: null when the query could not be read. `service`: the position of the
   * service to whose relay it leads; -1: none.
   */
  count(
    { family, words: source }: Address,
    transport: Transport,
    type: number | null,
    kind: Kind,
    service: number,
  ): void {
    const { words } = this;
    for (let at = FIRST_VIEW; at < words.length; at += VIEW_WORDS) {
      if (words[at + OPEN] === 0 || words[at + FAMILY] !== family) continue;
      if (words[at + SOURCE] !== (source[0]! | 0)) continue;
      if (family === 6 && words[at + SOURCE + 1] !== (source[1]! | 0)) continue;
      Atomics.add(words, at + AT_TRANSPORTS + TRANSPORTS.indexOf(transport), 1);
      if (type !== null) Atomics.add(words, at + AT_TYPES + typeIndex(type), 1);
      Atomics.add(words, at + AT_KINDS + KINDS.indexOf(kind), 1);
      if (service < 0 || service >= MAX_SERVICES || words[at + CATALOGUE] !== this.catalogue) continue;
      Atomics.add(words, at + AT_SERVICES + service, 1);
    }
  }
}

/** Opens and closes views, on the main thread. */
export class HouseholdViews {
  private readonly words: Int32Array;
  /** By slot: the source's words as text, and whether it was listed when the view was opened. */
  private readonly open = new Map<number, { readonly source: string; readonly isListed: boolean }>();
  /** Slots are used in turn, so that a thread that is late counts into no view that has just been opened. */
  private next = 0;
  private services: readonly string[] = [];

  constructor(memory: SharedArrayBuffer, catalogue: Pick<Catalogue, 'services'>) {
    this.words = new Int32Array(memory);
    this.useCatalogue(catalogue);
  }

  /** Open views. */
  get size(): number {
    return this.open.size;
  }

  /** For views that are opened from now on. */
  useCatalogue({ services }: Pick<Catalogue, 'services'>): void {
    this.services = services.map(({ id }) => id);
  }

  /** Counts what the IPv4 address or IPv6 /64 sends from now on. Null: too many views are open. */
  watch({ family, words: address }: Address, isListed: boolean): HouseholdView | null {
    const household = address.slice(0, family === 4 ? 1 : 2);
    const source = `${family} ${household}`;
    const others = [...this.open.values()];
    if (others.length >= MAX_VIEWS) return null;
    if (others.filter((each) => each.source === source).length >= MAX_PER_SOURCE) return null;
    if (!isListed && others.filter((each) => !each.isListed).length >= MAX_VIEWS / 2) return null;
    while (this.open.has(this.next)) this.next = (this.next + 1) % MAX_VIEWS;
    const slot = this.next;
    this.next = (slot + 1) % MAX_VIEWS;
    this.open.set(slot, { source, isListed });
    const { words, services } = this;
    const at = FIRST_VIEW + slot * VIEW_WORDS;
    words.fill(0, at, at + VIEW_WORDS);
    words[at + FAMILY] = family;
    for (const [index, word] of household.entries()) words[at + SOURCE + index] = word;
    words[at + CATALOGUE] = fingerprint(services);
    Atomics.store(words, at + OPEN, 1);
    Atomics.add(words, 0, 1);
    return {
      read: () => this.countsAt(at, services),
      close: () => {
        Atomics.sub(words, 0, 1);
        Atomics.store(words, at + OPEN, 0);
        words.fill(0, at, at + VIEW_WORDS);
        this.open.delete(slot);
      },
    };
  }

  private countsAt(at: number, services: readonly string[]): HouseholdCounts {
    const counts = (first: number, names: readonly string[]) =>
      Object.fromEntries(
        names
          .slice(0, MAX_SERVICES)
          .map((name, index) => [name, Atomics.load(this.words, at + first + index)] as const)
          .filter(([, count]) => count !== 0),
      );
    return {
      transports: counts(AT_TRANSPORTS, TRANSPORTS),
      types: counts(AT_TYPES, TYPES),
      kinds: counts(AT_KINDS, KINDS),
      services: counts(AT_SERVICES, services),
    };
  }
}

function typeIndex(type: number): number {
  return type === TYPE.A ? 0 : type === TYPE.AAAA ? 1 : type === TYPE.HTTPS ? 2 : 3;
}

/** Distinguishes lists of services: a thread that has another catalogue than the view counts no service. */
function fingerprint(services: readonly string[]): number {
  let hash = 1;
  for (const character of services.join('\n')) hash = mix(character.charCodeAt(0), hash);
  return hash | 0;
}
