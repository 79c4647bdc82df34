// What a valid catalogue has: names by kind, services by region, groups, and the risks that it takes.
import type { Catalogue } from '../../catalogue/catalogue.js';
import { type CoveringName, namesOf } from '../../catalogue/coverage.js';
import { row } from '../output.js';

export interface Summary {
  readonly services: number;
  readonly regions: number;
  readonly relays: number;
  readonly names: Readonly<Record<CoveringName['kind'], { readonly geo: number; readonly cdn: number }>>;
  /** Services by the region where they are licensed; one that is licensed in several counts in each. */
  readonly licensed: Readonly<Record<string, number>>;
  /** Services without a region. */
  readonly everywhere: number;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Patterns below shared suffixes, with their reasons. */
  readonly risks: Readonly<Record<string, string>>;
}

export function summaryOf({ services, regions }: Catalogue): Summary {
  const names = namesOf(services);
  const count = (kind: CoveringName['kind']) => ({
    geo: names.filter((name) => name.kind === kind && !name.isCdn).length,
    cdn: names.filter((name) => name.kind === kind && name.isCdn).length,
  });
  const licensed: Record<string, number> = {};
  for (const id of services.flatMap((service) => service.regions)) licensed[id] = (licensed[id] ?? 0) + 1;
  const groups: Record<string, string[]> = {};
  for (const { id, group } of services) if (group !== null) groups[group] = [...(groups[group] ?? []), id];
  return {
    services: services.length,
    regions: regions.length,
    relays: regions.reduce((sum, region) => sum + region.relays.length, 0),
    names: { domain: count('domain'), host: count('host'), pattern: count('pattern') },
    licensed,
    everywhere: services.filter((service) => service.regions.length === 0).length,
    groups,
    risks: Object.assign({}, ...services.map(({ risks }) => risks)),
  };
}

/** For people. `here`: the ids of this installation's regions. */
export function summaryText(summary: Summary, here: ReadonlySet<string>): string {
  const { services, regions, relays, names, licensed, everywhere, groups, risks } = summary;
  const [domains, hosts, patterns] = [names.domain, names.host, names.pattern].map(
    ({ geo, cdn }) => `${geo + cdn} (${cdn} of CDNs)`,
  );
  const places = Object.entries(licensed)
    .sort(([a, one], [b, other]) => other - one || a.localeCompare(b, 'en'))
    .map(([id, count]) => `${id} ${count}${here.has(id) ? '' : ' (no region here)'}`);
  const rows = [
    ['domains', domains!],
    ['hosts', hosts!],
    ['patterns', patterns!],
    ['licensed in', [...places, `several or unknown ${everywhere}`].join(', ')],
    ...Object.entries(groups).map(([group, ids]) => [`group ${group}`, ids.join(', ')]),
    ...Object.entries(risks).map(([pattern, reason]) => ['risk', `${pattern}: ${reason}`]),
  ];
  const width = Math.max(...rows.map(([name]) => name!.length));
  return [
    `ok: ${services} services, ${regions} regions with ${relays} relays\n`,
    ...rows.map((cells) => row(cells, [width])),
  ].join('');
}
