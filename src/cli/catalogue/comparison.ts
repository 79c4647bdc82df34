// Compares the services with public lists: names that only one side has, and exceptions that nothing needs any more.
import { Coverage, type CoveringName } from '../../catalogue/coverage.js';
import { isAmong, type KnownDifferences, matches } from '../../catalogue/known-differences.js';
import { patternParts, type Service, withParents } from '../../catalogue/services.js';
import type { Rule } from './v2fly-list.js';

export interface Difference {
  /** `theirs`: a list has the name alone. `ours`: the catalogue has it alone. `unused`: an exception that nothing needs. */
  readonly kind: 'theirs' | 'ours' | 'unused';
  /** The service's id; null for an exception of all services. */
  readonly service: string | null;
  /** The name of the list, or null. */
  readonly list: string | null;
  readonly name: string;
}

export type Lists = ReadonlyMap<string, readonly Rule[]>;

/** Only services with a list are compared. An exception counts as used when it covers a name that would be a difference. */
export function compare(services: readonly Service[], known: KnownDifferences, lists: Lists): Difference[] {
  const coverage = new Coverage(services);
  const theirs = [...lists].flatMap(([list, rules]) =>
    rules
      .filter((rule) => !isCovered(rule, coverage))
      .map(({ text }): Difference => ({ kind: 'theirs', service: known.lists[list]!, list, name: text })),
  );
  const compared = new Set(Object.values(known.lists));
  const all = [...lists.values()].flat();
  const ours = coverage.names
    .filter(({ service }) => compared.has(service.id))
    .filter((name) => !isListed(name, all))
    .map(
      ({ service, value }): Difference => ({ kind: 'ours', service: service.id, list: null, name: value }),
    );
  return [
    ...theirs.filter(
      ({ list, name }) =>
        !known.theirs.some((each) => (each.list ?? list) === list && isAmong(name, each.names)),
    ),
    ...ours.filter(
      ({ service, name }) =>
        !known.ours.some((each) => (each.service ?? service) === service && isAmong(name, each.names)),
    ),
    ...unused(known, theirs, ours),
  ];
}

function unused(
  known: KnownDifferences,
  theirs: readonly Difference[],
  ours: readonly Difference[],
): Difference[] {
  const without = (texts: readonly string[], names: readonly Difference[]) =>
    texts.filter((text) => !names.some(({ name }) => matches(name, text)));
  return [
    ...known.theirs.flatMap(({ list = null, names }) => {
      const of = theirs.filter((each) => list === null || each.list === list);
      const service = list === null ? null : (known.lists[list] ?? null);
      return without(names, of).map((name) => ({ kind: 'unused' as const, service, list, name }));
    }),
    ...known.ours.flatMap(({ service = null, names }) => {
      const of = ours.filter((each) => service === null || each.service === service);
      return without(names, of).map((name) => ({ kind: 'unused' as const, service, list: null, name }));
    }),
  ];
}

/** Whether the catalogue has the name. Keywords and expressions are never covered. The lists write hosts as domains, too. */
function isCovered({ kind, value }: Rule, coverage: Coverage): boolean {
  return (kind === 'full' || kind === 'domain') && coverage.find(value) !== null;
}

/** Whether one of the rules covers the name. Expressions are not applied: they are a stranger's, and can take for ever. */
function isListed({ kind, value }: CoveringName, rules: readonly Rule[]): boolean {
  const above = withParents(kind === 'pattern' ? patternParts(value).zone : value);
  return rules.some(
    (rule) =>
      (rule.kind === 'domain' && above.includes(rule.value)) ||
      (rule.kind === 'full' && rule.value === value),
  );
}
