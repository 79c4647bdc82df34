import { describe, expect, it } from 'vitest';
import { Keyring } from '../../src/secrets/keyring.js';
import { StepUpService } from '../../src/services/sign-in/step-up.js';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const stepUp = new StepUpService(new Keyring(Buffer.alloc(32, 1)));

describe('the proof of a fresh factor', () => {
  it('is valid for ten minutes', () => {
    const proof = stepUp.issue('session', NOW);
    expect(stepUp.isFresh('session', proof, NOW + 599_000)).toBe(true);
    expect(stepUp.isFresh('session', proof, NOW + 600_000)).toBe(false);
  });

  it('is good with its own session only', () => {
    expect(stepUp.isFresh('another', stepUp.issue('session', NOW), NOW)).toBe(false);
  });

  it('is made here and nowhere else', () => {
    expect(stepUp.isFresh('session', 'made up', NOW)).toBe(false);
    const foreign = new StepUpService(new Keyring(Buffer.alloc(32, 2)));
    expect(stepUp.isFresh('session', foreign.issue('session', NOW), NOW)).toBe(false);
  });
});
