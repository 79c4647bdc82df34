import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

interface Guarantee {
  readonly id: string;
  readonly tests: readonly { readonly path: string; readonly name: string }[];
}

/** The rows of the tables of guarantees: an id, what is guaranteed, and tests as paths, each followed by names in quotes. */
function guarantees(): Guarantee[] {
  const [, section = ''] = read('docs/threat-model.md').split(/^## Guarantees$/m);
  const rows = (section.split(/^## /m)[0] ?? '').matchAll(/^\| ([A-Z]+\d+) \| (?:.*?) \| (`test\/.*) \|$/gm);
  return [...rows].map(([, id, cells]) => {
    let path = '';
    const tests: { path: string; name: string }[] = [];
    for (const [, file, name] of cells!.matchAll(/`(test\/[^`]+)`|“([^”]+)”/g)) {
      if (file !== undefined) path = file;
      else tests.push({ path, name: name! });
    }
    return { id: id!, tests };
  });
}

/** Quotes and typographic marks are written in several ways in sources. */
function plain(text: string): string {
  return text.replaceAll(/\\(['"`])/g, '$1').replaceAll('’', "'");
}

describe('the threat model', () => {
  it('has a test for each guarantee, once under each id', () => {
    const found = guarantees();
    const rows = read('docs/threat-model.md').match(/^\| [A-Z]+\d+ \| .*`test\/.* \|$/gm) ?? [];
    expect(found.length).toBeGreaterThan(40);
    expect(found).toHaveLength(rows.length);
    expect(found.filter(({ tests }) => tests.length === 0).map(({ id }) => id)).toEqual([]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  });

  it('names tests that there are', () => {
    const files = new Set(repositoryFiles());
    const absent = guarantees().flatMap(({ id, tests }) =>
      tests
        .filter(({ path, name }) => {
          const parts = name.split(' › ').map(plain);
          return !files.has(path) || parts.some((part) => !plain(read(path)).includes(part));
        })
        .map(({ path, name }) => `${id}: ${path} “${name}”`),
    );
    expect(absent).toEqual([]);
  });
});
