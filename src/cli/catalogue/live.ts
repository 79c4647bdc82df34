// Checks the names of the catalogue against the world: names that are gone or parked, and domains in certificates that it lacks.
import { Coverage, type CoveringName } from '../../catalogue/coverage.js';
import { registeredDomain, sharedSuffixOf } from '../../catalogue/domain.js';
import { isAmong, type KnownDifferences } from '../../catalogue/known-differences.js';
import type { Service } from '../../catalogue/services.js';
import { contains, type Prefix, parseAddress } from '../../lib/ip.js';
import { CommandError } from '../errors.js';
import type { Progress } from '../progress.js';
import type { Lookup, Lookups } from './lookups.js';
import { inParallel } from './parallel.js';
import { parkingSign } from './parking.js';

/** A certificate with more domains is one that a CDN shares among its customers. */
const MAX_DOMAINS_OF_A_CERTIFICATE = 20;

export interface LiveFinding {
  readonly name: string;
  /** The service's id. */
  readonly service: string;
  readonly place: string;
  /** What shows it: words, a name server or an address; for `unanswered` the resolver's code. */
  readonly sign: string;
}

export interface Sibling {
  readonly domain: string;
  readonly service: string;
  /** The names whose certificates have it. */
  readonly certificatesOf: string[];
}

export interface LiveReport {
  checked: number;
  readonly gone: LiveFinding[];
  readonly parked: LiveFinding[];
  readonly siblings: Sibling[];
  /** Nothing could be learned about them. */
  readonly unanswered: LiveFinding[];
  /** The time was over before their turn. */
  readonly left: string[];
}

export interface LiveOptions {
  readonly lookups: Lookups;
  readonly atOnce: number;
  readonly tlsPort: number;
  readonly siblings: KnownDifferences['siblings'];
  /** The addresses of all relays: a resolver that answers with them is one of ours, and shows nothing of the world. */
  readonly relays: readonly Prefix[];
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  readonly progressOf: (total: number) => Progress;
}

/** Patterns are left out: they name no host. Throws CommandError when the resolver answers with relays. */
export async function checkLive(services: readonly Service[], options: LiveOptions): Promise<LiveReport> {
  const run = new LiveCheck(new Coverage(services), options);
  return run.all();
}

class LiveCheck {
  private readonly report: LiveReport = {
    checked: 0,
    gone: [],
    parked: [],
    siblings: [],
    unanswered: [],
    left: [],
  };
  private readonly zones = new Map<string, Promise<Lookup>>();
  private answersWithRelays = false;
  private readonly registered: ReadonlySet<string>;

  constructor(
    private readonly coverage: Coverage,
    private readonly options: LiveOptions,
  ) {
    this.registered = new Set(coverage.names.map(({ value }) => registeredDomain(value)));
  }

  async all(): Promise<LiveReport> {
    const { signal, lookups, atOnce, progressOf } = this.options;
    const names = this.coverage.names.filter(({ kind }) => kind !== 'pattern');
    const progress = progressOf(names.length);
    const done = new Set<CoveringName>();
    const cancel = () => lookups.cancel();
    signal.addEventListener('abort', cancel);
    await inParallel(names, atOnce, signal, async (name) => {
      await this.one(name);
      // What the end of the time has interrupted counts as not reached.
      if (signal.aborted || this.answersWithRelays) return;
      done.add(name);
      progress.update(done.size);
    });
    signal.removeEventListener('abort', cancel);
    progress.stop();
    if (this.answersWithRelays) {
      throw new CommandError(
        'the resolver answers with relays, so it is a dns-node: name another one with --resolver',
      );
    }
    this.report.checked = done.size;
    this.report.left.push(...names.filter((name) => !done.has(name)).map(({ value }) => value));
    return inOrder(this.report);
  }

  private async one(name: CoveringName): Promise<void> {
    if (this.answersWithRelays) return;
    const { lookups, signal } = this.options;
    const zone = registeredDomain(name.value);
    const servers = await this.zone(zone);
    const addresses = 'records' in servers ? await lookups.addresses(name.value) : servers;
    if (signal.aborted) return;
    const gone = goneSign(name, zone, servers, addresses);
    if ('failed' in addresses) this.report.unanswered.push(finding(name, addresses.failed));
    else if (gone !== null) this.report.gone.push(finding(name, gone));
    else await this.existing(name, recordsOf(servers), recordsOf(addresses));
  }

  /** A name that exists, though a domain may have no address. */
  private async existing(
    name: CoveringName,
    servers: readonly string[],
    addresses: readonly string[],
  ): Promise<void> {
    if (addresses.some((address) => this.isRelay(address))) {
      this.answersWithRelays = true;
      return;
    }
    const sign = parkingSign(servers, addresses);
    if (sign !== null) this.report.parked.push(finding(name, sign));
    else if (name.kind === 'domain' && sharedSuffixOf(name.value) === null) {
      await this.certificate(name, addresses);
    }
  }

  private isRelay(text: string): boolean {
    const address = parseAddress(text);
    return address !== null && this.options.relays.some((relay) => contains(relay, address));
  }

  private zone(name: string): Promise<Lookup> {
    const lookup = this.zones.get(name) ?? this.options.lookups.nameServers(name);
    this.zones.set(name, lookup);
    return lookup;
  }

  /** At the name itself, or at its `www.` when it has no address. */
  private async certificate(name: CoveringName, addresses: readonly string[]): Promise<void> {
    const { lookups, tlsPort } = this.options;
    const host = addresses.length > 0 ? name.value : `www.${name.value}`;
    const other = addresses.length > 0 ? { records: addresses } : await lookups.addresses(host);
    if (!('records' in other)) return;
    const names = await lookups.certificateNames(other.records[0]!, tlsPort, host);
    const domains = new Set(names?.map((each) => registeredDomain(each.replace(/^\*\./, ''))));
    if (domains.size > MAX_DOMAINS_OF_A_CERTIFICATE) return;
    for (const domain of domains) if (this.isSibling(domain)) this.addSibling(domain, name);
  }

  /** A domain of which the catalogue has no name. Of the others it has those that were chosen. */
  private isSibling(domain: string): boolean {
    return (
      !this.registered.has(domain) &&
      sharedSuffixOf(domain) === null &&
      !this.options.siblings.some(({ names }) => isAmong(domain, names))
    );
  }

  private addSibling(domain: string, { service, value }: CoveringName): void {
    const before = this.report.siblings.find((each) => each.domain === domain && each.service === service.id);
    if (before === undefined)
      this.report.siblings.push({ domain, service: service.id, certificatesOf: [value] });
    else before.certificatesOf.push(value);
  }
}

function recordsOf(lookup: Lookup): readonly string[] {
  return 'records' in lookup ? lookup.records : [];
}

/** What shows that the name is gone, or null. A domain may have no address, and names below it. */
function goneSign({ kind }: CoveringName, zone: string, servers: Lookup, addresses: Lookup): string | null {
  if ('missing' in servers) {
    return `${zone} ${servers.missing === 'no-name' ? 'is not registered' : 'has neither NS nor SOA'}`;
  }
  if (!('missing' in addresses)) return null;
  if (addresses.missing === 'no-name') return 'no such name';
  return kind === 'host' ? 'no address' : null;
}

function finding({ value, service, place }: CoveringName, sign: string): LiveFinding {
  return { name: value, service: service.id, place, sign };
}

/** Answers come in any order, and two reports of the same state are to be the same. */
function inOrder(report: LiveReport): LiveReport {
  for (const list of [report.gone, report.parked, report.unanswered]) {
    list.sort((a, b) => a.place.localeCompare(b.place, 'en', { numeric: true }));
  }
  report.siblings.sort((a, b) => a.domain.localeCompare(b.domain, 'en'));
  for (const { certificatesOf } of report.siblings) certificatesOf.sort();
  return report;
}
