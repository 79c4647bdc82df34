// A setup file of all tests: every operation that a gateway of the tests runs is run by graphql-js, too, and a test whose
// answers differ fails. Nothing is imported from it.
import { afterEach, expect, vi } from 'vitest';
import type * as plans from '../../src/graphql/execution/plan.js';
import { takeDifferences } from './compared-plans.js';

vi.mock('../../src/graphql/execution/plan.js', async (original) => {
  const { comparedWithGraphqlJs } = await import('./compared-plans.js');
  const { planOperation } = await original<typeof plans>();
  return { planOperation: comparedWithGraphqlJs(planOperation) };
});

afterEach(() => {
  expect(takeDifferences()).toEqual([]);
});
