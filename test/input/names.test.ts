import { describe, expect, it } from 'vitest';
import { isName, nameError, requiredNameError } from '../../src/input/names.js';
import { HOSTILE_NAMES, PLAIN_NAMES } from '../support/http/hostile-names.js';

describe('a name', () => {
  it.each(PLAIN_NAMES)('may be %s', (name) => {
    expect(nameError(name, 'name')).toBeNull();
  });

  it.each(HOSTILE_NAMES)('may not be %j', (name) => {
    expect(isName(name)).toBe(false);
    expect(nameError(name, 'name')?.code).toMatch(/^(INVALID_NAME|INVALID_TEXT|TEXT_TOO_LONG|CARD_NUMBER)$/);
  });

  it('is bounded before it is looked through', () => {
    expect(nameError('4 '.repeat(1_000_000), 'name')).toEqual({ field: 'name', code: 'TEXT_TOO_LONG' });
    expect(isName('4 '.repeat(1_000_000))).toBe(false);
  });

  it('may be left out where it is not required', () => {
    expect(nameError(null, 'name')).toBeNull();
    expect(requiredNameError(null, 'agent.name')).toEqual({ field: 'agent.name', code: 'TEXT_REQUIRED' });
  });
});
