import { type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { PlanCache } from '../../src/graphql/execution/plan-cache.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';

const schema = buildOpenSchema();

function plan(plans: PlanCache<unknown>, text: string): void {
  const document = parse(text);
  plans.plan(text, undefined, document, document.definitions[0] as OperationDefinitionNode);
}

/** Documents of one field that take memory in other ways, each with its estimate in bytes. */
const COSTLY: readonly [string, (index: number) => string, number][] = [
  ['a long comment', (index) => `{ language } #${index}${'A'.repeat(16_000)}`, 32_000],
  ['many comments', (index) => `{ language } #${index}${'\n#'.repeat(1000)}`, 400_000],
  [
    'a long string',
    (index) => `{ rightsRequest(reference: "${index}${'A'.repeat(16_000)}") { id } }`,
    32_000,
  ],
  [
    'conditions, which have plans of their own',
    (index) =>
      `query Q${index}($a: Boolean = true, $b: Boolean = true) {
        a: language @skip(if: $a) b: language @skip(if: $b) ${'language '.repeat(100)} }`,
    4 * 100 * 2000,
  ],
];

describe('the plan cache', () => {
  it.each(COSTLY)('is bounded in bytes, also for %s', (_what, text, bytes) => {
    const known = new PlanCache(schema, bytes * 3.9);
    for (let index = 0; index < 10; index += 1) plan(known, text(index));
    const kept = Array.from({ length: 10 }, (_, index) => known.has(text(index)));
    expect(kept.lastIndexOf(false)).toBeGreaterThanOrEqual(6);
    expect(kept.at(-1)).toBe(true);
  });

  it('evicts the plan that was used the longest ago', () => {
    const known = new PlanCache(schema, 3 * 32_000 + 20_000);
    const text = (name: string) => `{ language } #${name}${'A'.repeat(16_000)}`;
    for (const name of ['a', 'b', 'c']) plan(known, text(name));
    known.find(text('a'), undefined);
    plan(known, text('d'));
    expect(['a', 'b', 'c', 'd'].map((name) => known.has(text(name)))).toEqual([true, false, true, true]);
  });
});
