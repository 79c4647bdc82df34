import { describe, expect, it } from 'vitest';
import { Coverage } from '../../src/catalogue/coverage.js';
import { matchesPattern, serviceKey } from '../../src/catalogue/services.js';
import { serviceWith } from '../support/catalogue.js';

describe('a pattern', () => {
  it.each([
    ['api-1.eu.example.com', true],
    ['api-a-b.eu.example.com', true],
    ['api-.eu.example.com', false],
    ['api.eu.example.com', false],
    ['x.api-1.eu.example.com', false],
    ['api-1.x.eu.example.com', false],
    ['eu.example.com', false],
    ['api-1.example.com', false],
  ])('stands for one or more characters of one label: %s is %s', (name, expected) => {
    expect(matchesPattern(name, 'api-*.eu.example.com')).toBe(expected);
  });

  it('may have its * between texts, which do not overlap in a name', () => {
    expect(matchesPattern('aba.example.com', 'ab*ba.example.com')).toBe(false);
    expect(matchesPattern('abba.example.com', 'ab*ba.example.com')).toBe(false);
    expect(matchesPattern('ab-ba.example.com', 'ab*ba.example.com')).toBe(true);
  });
});

describe('a name', () => {
  const video = serviceWith({
    id: 'video',
    domains: ['video.example'],
    hosts: ['video.shared.example'],
    patterns: ['video-*.shared.example'],
    cdn: { domains: ['bytes.example'], hosts: [], patterns: [] },
  });
  const coverage = new Coverage([serviceWith({ id: 'other', domains: ['other.example'] }), video]);

  it.each([
    ['video.example', 'services[1].domains[0]', false],
    ['a.b.video.example', 'services[1].domains[0]', false],
    ['video.shared.example', 'services[1].hosts[0]', false],
    ['video-7.shared.example', 'services[1].patterns[0]', false],
    ['a.bytes.example', 'services[1].cdn.domains[0]', true],
  ])('belongs to the entry that covers it: %s', (name, place, isCdn) => {
    expect(coverage.find(name)).toMatchObject({ place, isCdn, service: video });
  });

  it.each([
    'shared.example',
    'a.video.shared.example',
    'notvideo.example',
    'example',
    'a.video-7.shared.example',
  ])('belongs to no service: %s', (name) => {
    expect(coverage.find(name)).toBeNull();
  });
});

describe('the key of a service', () => {
  it('is its group, or else its id', () => {
    expect(serviceKey(serviceWith({ id: 'a' }))).toBe('a');
    expect(serviceKey(serviceWith({ id: 'a', group: 'b' }))).toBe('b');
  });
});
