// The lists of v2fly/domain-list-community: one rule a line, such as `example.com`, `full:www.example.com @ads`, `include:other`.

export interface Rule {
  readonly kind: 'domain' | 'full' | 'keyword' | 'regexp';
  readonly value: string;
  /** As in the list, without attributes and without `domain:`. */
  readonly text: string;
}

const KINDS: readonly string[] = ['domain', 'full', 'keyword', 'regexp'] satisfies readonly Rule['kind'][];

/** A name has 253 bytes at most. */
const MAX_LENGTH = 300;

/**
 * The list's own rules, without those of lists that it includes, and without advertising (`@ads`). `unread` are lines of a
 * form that is not known here.
 */
export function parseList(text: string): { rules: Rule[]; unread: number } {
  const rules: Rule[] = [];
  let unread = 0;
  for (const line of text.split('\n')) {
    const [rule, ...attributes] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!rule || rule.startsWith('include:') || attributes.includes('@ads')) continue;
    const [, kind = 'domain', value] = /^(?:([a-z]+):)?(\S+)$/.exec(rule) ?? [];
    if (value === undefined || value.length > MAX_LENGTH || !KINDS.includes(kind)) unread += 1;
    else rules.push({ kind: kind as Rule['kind'], value, text: kind === 'domain' ? value : rule });
  }
  return { rules, unread };
}
