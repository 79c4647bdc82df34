import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/allowlist/address.js';
import { ResponseRateLimiter } from '../../src/dns/rate-limit.js';
import { askOnce, UdpDevice } from './device.js';
import { decode, query } from './messages.js';
import { startTestEdge } from './test-edge.js';

describe('the response rate limit', () => {
  const limit = { perSecond: 10, burst: 5 };
  const address = (text: string) => parseAddress(text)!;
  const allowed = (limiter: ResponseRateLimiter, text: string, tries: number, now = 0) =>
    Array.from({ length: tries }, () => limiter.allows(address(text), now)).filter(Boolean).length;

  it('lets a burst through, and then the steady rate', () => {
    const limiter = new ResponseRateLimiter(limit);
    expect(allowed(limiter, '192.0.2.1', 20, 0)).toBe(5);
    expect(allowed(limiter, '192.0.2.1', 20, 100)).toBe(1);
    expect(allowed(limiter, '192.0.2.1', 20, 400)).toBe(3);
    expect(allowed(limiter, '192.0.2.1', 20, 60_400)).toBe(5);
  });

  it.each([
    ['192.0.2.1', '192.0.2.254', '198.51.100.1'],
    ['2001:db8:1:200::1', '2001:db8:1:2ff:ffff::1', '2001:db8:1:300::1'],
  ])('counts a network as one: %s and %s, but not %s', (one, same, other) => {
    // Two networks share a slot once in 65,536 keys; one try of several tells.
    const separate = Array.from({ length: 5 }, () => {
      const limiter = new ResponseRateLimiter(limit);
      expect(allowed(limiter, one, 3) + allowed(limiter, same, 10)).toBe(5);
      return allowed(limiter, other, 10);
    });
    expect(separate).toContain(5);
  });

  it('silences a network over UDP; listed sources in it and TCP are not limited', async () => {
    const now = 0;
    const edge = await startTestEdge({ limits: { strangers: limit }, now: () => now });
    const refused = query({ name: 'www.example.org', id: 1 });
    const stranger = await UdpDevice.at('127.0.0.66', edge.port);
    for (let count = 0; count < 5; count++) expect(decode(await stranger.ask(refused)).rcode).toBe('REFUSED');

    const neighbour = await UdpDevice.at('127.0.0.67', edge.port);
    neighbour.send(refused);
    stranger.send(query({ name: 'portal.vpn.example' }));
    const tcp = { port: edge.port, source: '127.0.0.66', transport: 'tcp' } as const;
    expect(decode(await askOnce(tcp, refused)).rcode).toBe('REFUSED');
    expect(decode(await askOnce(tcp, query({ name: 'portal.vpn.example' }))).answers).toHaveLength(2);

    const listed = { port: edge.port, source: '127.0.0.7', transport: 'udp' } as const;
    for (let count = 0; count < 20; count++) {
      expect(decode(await askOnce(listed, query({ name: 'www.stream.example' }))).rcode).toBe('NOERROR');
    }
    expect(await edge.registry.metrics()).toContain('dns_answers_total{kind="limited",rcode="NONE"} 2');
    stranger.close();
    neighbour.close();
    await edge.close();
  });
});
