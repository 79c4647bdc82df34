// The threat model names a test for each guarantee, and each of these tests exists.
import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const document = read('docs/threat-model.md');
const files = new Set(repositoryFiles());

/** The rows of guarantees: the id, and the tests as pairs of a file and a name. */
const guarantees = [...document.matchAll(/^\| ([A-Z]\d+) \| ([^|]+) \| (.+) \|$/gm)].map(
  ([, id, promise, held]) => ({
    id: id!,
    promise: promise!,
    tests: [...held!.matchAll(/`(test\/[^`]+)`((?: “[^”]+”)+)/g)].flatMap(([, path, names]) =>
      [...names!.matchAll(/“([^”]+)”/g)].map(([, name]) => ({ path: path!, name: name! })),
    ),
  }),
);

/** Whether a file has a suite or a test of each part of a name such as `suite › test`. */
function holds({ path, name }: { path: string; name: string }): boolean {
  if (!files.has(path)) return false;
  const source = read(path);
  return name
    .split(' › ')
    .every((part) => ["'", '"', '`'].some((quote) => source.includes(`${quote}${part}${quote}`)));
}

describe('the threat model', () => {
  it('has guarantees, each with a number of its own and a test', () => {
    expect(guarantees.length).toBeGreaterThan(30);
    expect(new Set(guarantees.map(({ id }) => id)).size).toBe(guarantees.length);
    expect(guarantees.filter(({ tests }) => tests.length === 0)).toEqual([]);
  });

  it('names tests that exist: a test that is renamed is renamed there, too', () => {
    expect(
      guarantees.flatMap(({ id, tests }) =>
        tests.filter((test) => !holds(test)).map((test) => ({ id, ...test })),
      ),
    ).toEqual([]);
  });

  it('names guarantees that exist wherever it refers to one', () => {
    const ids = guarantees.map(({ id }) => id);
    const duties = document.split('\n## What operators must do\n')[1] ?? '';
    const named = [...duties.matchAll(/\b[A-Z]\d+\b/g)].map(([id]) => id);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });
});
