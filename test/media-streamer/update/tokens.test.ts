import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newUpdateToken, updateTokenDigest } from '../../../src/services/media-streamer/update-tokens.js';
import { updateUrls } from '../../../src/services/media-streamer/update-urls.js';

describe('an update token', () => {
  it('has 26 characters of a–z and 2–7, of which 128 bits are random', () => {
    const tokens = Array.from({ length: 2000 }, newUpdateToken);
    for (const token of tokens) expect(token).toMatch(/^[a-z2-7]{26}$/);
    expect(new Set(tokens).size).toBe(tokens.length);
    // 26 characters hold 130 bits: the last two are zero.
    const last = new Set(tokens.map((token) => token.at(-1)));
    expect([...last].sort().join('')).toBe('4aeimquy');
    for (const position of [0, 12, 24]) {
      expect(new Set(tokens.map((token) => token[position])).size).toBe(32);
    }
  });

  it('is stored as its SHA-256 digest, whatever case a box makes of it', () => {
    const token = newUpdateToken();
    const digest = createHash('sha256').update(`update-token/${token}`).digest('hex');
    expect(updateTokenDigest(token)).toBe(digest);
    expect(updateTokenDigest(` ${token.toUpperCase()}\n`)).toBe(digest);
    expect(updateTokenDigest(token.slice(0, -1))).not.toBe(digest);
  });

  it('has no digest when it is empty or longer than any token', () => {
    for (const text of ['', ' ', 'a'.repeat(65), 'a'.repeat(8000)])
      expect(updateTokenDigest(text)).toBeNull();
  });
});

describe('the URLs of a token', () => {
  it('are those of each name that there is, the name of both families first', () => {
    const hosts = { any: 'https://update.example', ipv4: 'https://update4.example', ipv6: null };
    expect(updateUrls(hosts, 'abc')).toEqual([
      { family: null, dyndns2: 'https://update.example/nic/update', link: 'https://update.example/u/abc' },
      { family: 4, dyndns2: 'https://update4.example/nic/update', link: 'https://update4.example/u/abc' },
    ]);
  });
});
