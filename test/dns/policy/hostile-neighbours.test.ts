import { afterEach, describe, expect, it } from 'vitest';
import { askAll } from '../../../bench/neighbours/asker.js';
import { type Neighbourhood, startNeighbourhood } from '../../../bench/neighbours/neighbourhood.js';
import { Turns } from '../../../src/dns/policy/turns.js';
import { ForwardQueue } from '../../../src/dns/upstream/forward-queue.js';
import { parseAddress } from '../../../src/lib/ip.js';

let neighbourhood: Neighbourhood | undefined;
afterEach(async () => {
  await neighbourhood?.close();
});

/** What each attack makes the edge count: before all of it is there, nothing would have been tried. */
const TRACES = {
  'an unlisted client that pipelines gets REFUSED':
    /^dns_answers_total\{kind="refused",rcode="REFUSED"\} [1-9]/m,
  'forged datagrams are over the limit': /^dns_answers_total\{kind="rate-limited",rcode="NONE"\} [1-9]/m,
  'a customer who asks for random names is over the rate':
    /^dns_answers_total\{kind="rate-limited",rcode="SERVFAIL"\} [1-9]/m,
  'names of a broken zone time out': /^dns_upstream_attempts_total\{outcome="timeout"\} [1-9]/m,
  'the upstream refuses TCP': /^dns_upstream_attempts_total\{outcome="unreachable"\} [1-9]/m,
  'idle connections of unlisted clients are evicted': /^dns_tcp_evicted_total [1-9]/m,
  'who sends WINDOW_UPDATE without an end is shunned': /^dns_tcp_rejected_total [1-9]/m,
};

describe('while every hostile source is at work', () => {
  it('a customer gets every response over UDP, TCP, DoT and DoH, and an unlisted client reaches the portal', {
    timeout: 120_000,
  }, async () => {
    neighbourhood = await startNeighbourhood();
    const { metrics: read } = neighbourhood;
    const end = await neighbourhood.attack();
    const missing = async () => {
      const metrics = await read();
      return Object.entries(TRACES).flatMap(([attack, trace]) => (trace.test(metrics) ? [] : [attack]));
    };
    await expect.poll(missing, { timeout: 60_000 }).toEqual([]);
    const { signal } = new AbortController();
    const asked = await askAll(neighbourhood.ports, { rounds: 10, label: 'suite', signal });
    const metrics = await read();
    await end();
    expect(asked.lost).toEqual([]);
    expect([...asked.times.values()].map(({ length }) => length)).toEqual(Array(13).fill(10));
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)![1]);
    // The half of unlisted clients, three of the customer, and five of the client that pipelines.
    expect(value('dns_tcp_connections')).toBeLessThanOrEqual(510);
  });
});

describe('cache misses of UDP workers', () => {
  const answered: string[] = [];
  const fetches = () => {
    answered.length = 0;
    return new ForwardQueue(new Turns(), (query) => {
      answered.push(String.fromCharCode(query[0]!));
      return Buffer.from(query);
    });
  };
  const [many, one] = ['192.0.2.1', '192.0.2.2'].map((text) => ({ source: parseAddress(text)! }));

  it('take turns by their source', async () => {
    const turns = fetches();
    const asked = Array.from({ length: 200 }, () => turns.ask(Buffer.from('m'), many!));
    await turns.ask(Buffer.from('o'), one!);
    expect(answered.indexOf('o')).toBeLessThan(80);
    expect((await Promise.all(asked)).every((answer) => answer?.toString() === 'm')).toBe(true);
  });

  it('are dropped when too many of one source are waiting', async () => {
    const turns = fetches();
    const asked = Array.from({ length: 1000 }, () => turns.ask(Buffer.from('m'), many!));
    expect((await turns.ask(Buffer.from('o'), one!))?.toString()).toBe('o');
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer !== null)).toHaveLength(answered.length - 1);
    expect(answered.length).toBeLessThan(400);
  });
});
