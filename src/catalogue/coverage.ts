// The names that services cover: which entry of the catalogue a name belongs to.
import { type Placed, placed } from './placed.js';
import { matchesPattern, type Names, patternParts, type Service, withParents } from './services.js';

export interface CoveringName extends Placed {
  readonly kind: 'domain' | 'host' | 'pattern';
  readonly service: Service;
  /** Whether it carries bytes only. */
  readonly isCdn: boolean;
}

/** All names of the services, in the order of the file. */
export function namesOf(services: readonly Service[]): CoveringName[] {
  return services.flatMap((service, index) => [
    ...kinds(service, `services[${index}]`).map((each) => ({ ...each, service, isCdn: false })),
    ...kinds(service.cdn, `services[${index}].cdn`).map((each) => ({ ...each, service, isCdn: true })),
  ]);
}

function kinds({ domains, hosts, patterns }: Names, place: string) {
  return [
    ...placed(domains, `${place}.domains`).map((each) => ({ ...each, kind: 'domain' as const })),
    ...placed(hosts, `${place}.hosts`).map((each) => ({ ...each, kind: 'host' as const })),
    ...placed(patterns, `${place}.patterns`).map((each) => ({ ...each, kind: 'pattern' as const })),
  ];
}

export class Coverage {
  readonly names: readonly CoveringName[];
  private readonly domains = new Map<string, CoveringName>();
  private readonly hosts = new Map<string, CoveringName>();
  private readonly patternsByZone = new Map<string, CoveringName[]>();

  constructor(services: readonly Service[]) {
    this.names = namesOf(services);
    for (const each of this.names) {
      if (each.kind === 'pattern') {
        const { zone } = patternParts(each.value);
        this.patternsByZone.set(zone, [...this.patternsIn(zone), each]);
      } else {
        const map = each.kind === 'domain' ? this.domains : this.hosts;
        if (!map.has(each.value)) map.set(each.value, each);
      }
    }
  }

  /** The entry to which a host name belongs, or null. */
  find(name: string): CoveringName | null {
    return this.hosts.get(name) ?? this.domainAt(name) ?? this.patternFor(name);
  }

  /** The domain at the name or above it. */
  domainAt(name: string): CoveringName | null {
    const at = withParents(name).find((each) => this.domains.has(each));
    return at === undefined ? null : this.domains.get(at)!;
  }

  host(name: string): CoveringName | null {
    return this.hosts.get(name) ?? null;
  }

  patternFor(name: string): CoveringName | null {
    const zone = name.slice(name.indexOf('.') + 1);
    return this.patternsIn(zone).find(({ value }) => matchesPattern(name, value)) ?? null;
  }

  patternsIn(zone: string): readonly CoveringName[] {
    return this.patternsByZone.get(zone) ?? [];
  }
}
