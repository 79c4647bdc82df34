// The names of a catalogue in one table: what the edge knows about a name, or about the names below it.
import type { Catalogue } from '../../catalogue/catalogue.js';
import { type Names, patternParts, type Service, serviceKey } from '../../catalogue/services.js';
import type { HashKey } from '../../lib/siphash.js';
import { wireName } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import type { CatalogueNumbers } from './client-profiles.js';
import { NameTable } from './name-table.js';
import { type PortalReplies, portalReplies } from './portal-replies.js';
import { CANARIES, SPECIAL_USE, type Treatment } from './special-use.js';

/** A service whose names lead to relays. */
export interface StreamingService {
  /** The position in the catalogue. */
  readonly position: number;
  /** The number by which profiles name the service, or its group. */
  readonly key: number;
  /** The only region in which it is licensed; -1: there are more or none, or this installation does not have it. */
  readonly licensedRegion: number;
  /** False: its names are not relayed, although they lie below others that are. */
  readonly isRelayed: boolean;
}

/** What the table knows about a name. */
export interface NameEntry {
  /** Of this name and all names below. */
  domain: StreamingService | null;
  /** Of this name only. */
  host: StreamingService | null;
  /** Of the names with one label more. */
  patterns: LabelPattern[] | null;
  /** Of this name only. */
  portal: PortalReplies | null;
  /** Of this name and all names below. */
  treatment: Treatment | null;
}

/** A label of one or more bytes between two fixed parts. */
interface LabelPattern {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly service: StreamingService;
}

export interface NameOptions {
  /** Of the queries' hashes. */
  readonly key: HashKey;
  /** Whether the canary names of Private Relay and Firefox are answered here. */
  readonly answersCanaries: boolean;
  /** Whether the names that carry bytes only are relayed, too. */
  readonly relaysCdn: boolean;
}

export class CatalogueNames {
  private readonly table: NameTable;
  /** By the values in the table, from 1. */
  private readonly entries: NameEntry[] = [];

  constructor({ services, portal }: Catalogue, options: NameOptions, numbers: CatalogueNumbers) {
    const names = new NameCollection();
    for (const [position, service] of services.entries()) {
      const relayed = streamingService(service, position, numbers);
      names.addAll(service, relayed);
      names.addAll(service.cdn, options.relaysCdn ? relayed : { ...relayed, isRelayed: false });
    }
    const replies = portalReplies(portal);
    for (const name of portal.names) names.at(wireName(name)).portal = replies.both;
    for (const name of portal.ipv4Names) names.at(wireName(name)).portal = replies.ipv4;
    for (const name of portal.ipv6Names) names.at(wireName(name)).portal = replies.ipv6;
    for (const [name, treatment] of SPECIAL_USE) names.at(name).treatment = treatment;
    for (const name of options.answersCanaries ? CANARIES : []) names.at(name).treatment = 'canary';
    this.table = new NameTable(options.key);
    const values = new Map<NameEntry, number>();
    for (const [name, entry] of names.distinct()) {
      const value = values.get(entry) ?? this.entries.push(entry);
      values.set(entry, value);
      this.table.add(name, value);
    }
    this.table.seal();
  }

  /** What the table knows about the name that begins at a label of the query's name; null: nothing. */
  get(query: Query, label: number): NameEntry | null {
    const value = this.table.get(query, label);
    return value === 0 ? null : this.entries[value - 1]!;
  }
}

/** What is known about each name, while a table is built. */
class NameCollection {
  private readonly entries = new Map<string, { name: Uint8Array; entry: NameEntry }>();

  addAll({ domains, hosts, patterns }: Names, service: StreamingService): void {
    for (const name of domains) this.at(wireName(name)).domain = service;
    for (const name of hosts) this.at(wireName(name)).host = service;
    for (const pattern of patterns) {
      const { before, after, zone } = patternParts(pattern);
      const entry = this.at(wireName(zone));
      entry.patterns ??= [];
      entry.patterns.push({ before: Buffer.from(before), after: Buffer.from(after), service });
    }
  }

  at(name: Uint8Array): NameEntry {
    const text = Buffer.from(name).toString('latin1');
    const known = this.entries.get(text);
    if (known !== undefined) return known.entry;
    const entry = { domain: null, host: null, patterns: null, portal: null, treatment: null };
    this.entries.set(text, { name, entry });
    return entry;
  }

  /** The domains of one service share an entry where nothing else is known about them: most names do, and it stays in the CPU cache. */
  distinct(): (readonly [Uint8Array, NameEntry])[] {
    const shared = new Map<StreamingService, NameEntry>();
    return [...this.entries.values()].map(({ name, entry }) => {
      const { domain, host, patterns, portal, treatment } = entry;
      if (domain === null || host !== null || patterns !== null || portal !== null || treatment !== null) {
        return [name, entry];
      }
      const first = shared.get(domain) ?? entry;
      shared.set(domain, first);
      return [name, first];
    });
  }
}

function streamingService(
  service: Service,
  position: number,
  { regions, services }: CatalogueNumbers,
): StreamingService {
  const [region, ...others] = service.regions;
  const isOnly = region !== undefined && others.length === 0;
  return {
    position,
    key: services.get(serviceKey(service))!,
    licensedRegion: isOnly ? (regions.get(region) ?? -1) : -1,
    isRelayed: true,
  };
}

/** The service whose pattern the first label of the query's name matches; null: none. */
export function matchLabel(patterns: readonly LabelPattern[], { name }: Query): StreamingService | null {
  const length = name[0]!;
  for (let i = 0; i < patterns.length; i++) {
    const { before, after, service } = patterns[i]!;
    if (length <= before.length + after.length) continue;
    if (has(name, 1, before) && has(name, 1 + length - after.length, after)) return service;
  }
  return null;
}

function has(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}
