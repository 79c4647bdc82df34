// Short names for what the tests of the allowlist say often.
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { type Address, type Prefix, parseAddress, parsePrefix } from '../../src/allowlist/address.js';
import type { Entry } from '../../src/allowlist/writer.js';
import type { Day } from '../../src/day.js';

// The same cases in every run; a fault found by chance elsewhere would fail a build that did not cause it.
fc.configureGlobal({ seed: 20_261_122 });

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`);
  return parsed;
}

export function entry(
  prefixText: string,
  rest: { region?: string; label?: string; lastDay?: string | null } = {},
): Entry {
  const { region = 'de', label = '', lastDay = null } = rest;
  return { prefix: prefix(prefixText), region, label, lastDay: lastDay as Day | null };
}

/** Resolves once the condition holds; rejects after ten seconds. For states that announce themselves by no event. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not come true: ${condition}`);
    await delay(5);
  }
}
