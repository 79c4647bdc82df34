// What is wrong with the services as a whole: ids and names that occur twice or cover each other.
import { type Coverage, type CoveringName, namesOf } from './coverage.js';
import { sharedSuffixOf } from './domain.js';
import { repeated } from './placed.js';
import { patternParts, type Service } from './services.js';

/** Errors as `<place>: <what is wrong>`. */
export function serviceErrors(services: readonly Service[], coverage: Coverage): string[] {
  return [
    ...repeated(services.map(({ id }, index) => ({ place: `services[${index}].id`, value: id }))),
    ...groupErrors(services),
    ...namesOf(services).flatMap((each) => overlapError(each, coverage) ?? []),
    ...riskErrors(services),
  ];
}

/** A pattern below a shared suffix has its reason in `risks`, and `risks` has no other key. */
function riskErrors(services: readonly Service[]): string[] {
  const names = namesOf(services);
  return services.flatMap((service, index) => {
    const shared = names.flatMap(({ kind, value, place, service: owner }) => {
      const suffix =
        kind === 'pattern' && owner === service ? sharedSuffixOf(patternParts(value).zone) : null;
      return suffix === null ? [] : [{ value, place, suffix }];
    });
    return [
      ...shared
        .filter(({ value }) => !Object.hasOwn(service.risks, value))
        .map(
          ({ value, place, suffix }) =>
            `${place}: "${value}" lies below "${suffix}", where a stranger can take such a name; services[${index}].risks must say why it is relayed`,
        ),
      ...Object.keys(service.risks)
        .filter((key) => !shared.some(({ value }) => value === key))
        .map((key) => `services[${index}].risks: "${key}" is not one of its patterns below a shared suffix`),
    ];
  });
}

/** A profile names a service by its group or its id, so a group is not called like a service outside it. */
function groupErrors(services: readonly Service[]): string[] {
  const outside = new Map(
    services.flatMap(({ id, group }, index) => (group === id ? [] : [[id, { index, group }] as const])),
  );
  return services.flatMap(({ group }, index) => {
    const other = group === null ? undefined : outside.get(group);
    if (other === undefined || other.group === group) return [];
    return [
      `services[${index}].group: "${group}" is the id of a service outside the group, services[${other.index}]`,
    ];
  });
}

/** The error of a name that another name covers already. */
function overlapError(each: CoveringName, coverage: Coverage): string | null {
  const { place, value, kind } = each;
  if (kind === 'pattern') return patternOverlapError(each, coverage);
  const domain = coverage.domainAt(value);
  const same = domain?.value === value ? domain : coverage.host(value);
  if (same !== null && same.place !== place) return `${place}: "${value}" is already at ${same.place}`;
  const above = coverage.domainAt(kind === 'domain' ? value.slice(value.indexOf('.') + 1) : value);
  if (above !== null && above.place !== place) {
    return `${place}: "${value}" lies below "${above.value}" at ${above.place}`;
  }
  const pattern = coverage.patternFor(value);
  return pattern && `${place}: "${value}" matches "${pattern.value}" at ${pattern.place}`;
}

function patternOverlapError({ place, value }: CoveringName, coverage: Coverage): string | null {
  const { before, after, zone } = patternParts(value);
  const domain = coverage.domainAt(zone);
  if (domain !== null) return `${place}: "${value}" lies below "${domain.value}" at ${domain.place}`;
  const inZone = coverage.patternsIn(zone);
  const earlier = inZone.slice(
    0,
    inZone.findIndex((each) => each.place === place),
  );
  const other = earlier.find((each) => {
    const parts = patternParts(each.value);
    return isSame(parts.before, before, 'startsWith') && isSame(parts.after, after, 'endsWith');
  });
  if (other === undefined) return null;
  if (other.value === value) return `${place}: "${value}" is already at ${other.place}`;
  return `${place}: "${value}" and "${other.value}" at ${other.place} match the same names`;
}

/** Whether one label can have both texts at this end. */
function isSame(a: string, b: string, end: 'startsWith' | 'endsWith'): boolean {
  return a[end](b) || b[end](a);
}
