// The streaming services, as the file of services states them.

/** Names in lower-case A-labels without a trailing dot. */
export interface Names {
  /** Each matches the name itself and every name below it. */
  readonly domains: readonly string[];
  /** Each matches this name only. */
  readonly hosts: readonly string[];
  /**
   * Host names with one `*` inside their first label, for one or more characters: `api-*.eu.example.com`. The labels after it
   * are the pattern's zone.
   */
  readonly patterns: readonly string[];
}

export interface Service extends Names {
  readonly id: string;
  readonly name: string;
  /** Services of one group share names, so they have one region. Null: the service is alone. */
  readonly group: string | null;
  /** Ids of the regions where it is licensed; this installation need not have them. Empty: in many, or not known. */
  readonly regions: readonly string[];
  /** The names that carry bytes only, and do not ask where a viewer is. */
  readonly cdn: Names;
  /**
   * Patterns below a suffix that many sites share, where a stranger can take a matching name, each with the reason to relay it all
   * the same.
   */
  readonly risks: Readonly<Record<string, string>>;
  /** Where its names come from. */
  readonly source: readonly string[];
}

/** What a network's profile calls the service: one region is chosen for all services of a group. */
export function serviceKey({ id, group }: Pick<Service, 'id' | 'group'>): string {
  return group ?? id;
}

/** `api-` and `.eu.example.com` of `api-*.eu.example.com`: the two sides of the `*`, and the zone below which it matches. */
export function patternParts(pattern: string): { before: string; after: string; zone: string } {
  const star = pattern.indexOf('*');
  const dot = pattern.indexOf('.');
  return {
    before: pattern.slice(0, star),
    after: pattern.slice(star + 1, dot),
    zone: pattern.slice(dot + 1),
  };
}

/** Whether the name is one of those that the pattern stands for. */
export function matchesPattern(name: string, pattern: string): boolean {
  const dot = name.indexOf('.');
  const { before, after, zone } = patternParts(pattern);
  const label = name.slice(0, dot);
  return (
    name.slice(dot + 1) === zone &&
    label.length > before.length + after.length &&
    label.startsWith(before) &&
    label.endsWith(after)
  );
}

/** The name and each name above it: `a.b.c`, `b.c`, `c`. */
export function withParents(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
