import type { Answer } from 'dns-packet';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UpstreamState } from '../../../src/dns/upstream/upstreams.js';
import { makeCertificate, type TestCertificate } from '../../support/network/certificate.js';
import { UdpDevice } from '../support/device.js';
import { decode, query } from '../support/messages.js';
import { startTestEdge, type TestEdge, type TestEdgeOptions } from '../support/test-edge.js';
import { startTlsUpstream } from '../support/tls-upstream-server.js';
import {
  type AskedQuestion,
  answerTo,
  startUpstream,
  type TestUpstream,
  usualAnswers,
} from '../support/upstream-server.js';

const VICTIM = '127.0.0.7';
const ATTACKER = '127.0.0.8';
const NO_REACHABLE_AUTHORITY = 22;
/** As long as a name takes whose servers are broken. */
const SLOW_MS = 2400;
const STEP_MS = 100;

let certificate: TestCertificate;
beforeAll(() => {
  certificate = makeCertificate({ name: 'resolver.example' });
});

const open: { close(): unknown }[] = [];
function closedLater<T extends { close(): unknown }>(part: T): T {
  open.push(part);
  return part;
}
afterEach(async () => {
  const parts = open.splice(0).reverse();
  const closed = (async () => {
    for (const part of parts) await part.close();
  })();
  // What is still being looked for ends by timers.
  const isClosed = closed.then(() => true);
  while (!(await Promise.race([isClosed, new Promise((resolve) => setImmediate(resolve, false))]))) {
    if (vi.isFakeTimers()) vi.advanceTimersByTime(STEP_MS);
  }
  vi.useRealTimers();
});

/** Time is the test's: timers and the edge's clock go on together, and sockets are real. */
function virtualTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const time = {
    ms: 0,
    now: () => time.ms,
    pass(ms: number) {
      time.ms += ms;
      vi.advanceTimersByTime(ms);
    },
  };
  return time;
}

const isDead = ({ name }: { name: string }) => name.toLowerCase().endsWith('.dead.example');

/** A healthy resolver: a name of a broken zone takes its time, and every other one none. */
async function resolver(asked: AskedQuestion): Promise<Buffer | null> {
  if (isDead(asked)) await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  return (await usualAnswers(asked)) as Buffer;
}

const cut = (asked: AskedQuestion) => answerTo(asked, { flags: 0x0380 });

const plain = async () => closedLater(await startUpstream(resolver));
const byTcp = async () =>
  closedLater(await startUpstream((asked) => (asked.transport === 'udp' ? cut(asked) : resolver(asked))));
const byTls = async () => {
  const upstream = closedLater(await startTlsUpstream(certificate));
  upstream.script = resolver;
  return upstream;
};

async function startEdge(kinds: readonly (() => Promise<{ port: number }>)[], options: TestEdgeOptions = {}) {
  const upstreams = [];
  for (const kind of kinds) {
    const endpoint = { host: '127.0.0.1', port: (await kind()).port };
    upstreams.push(
      kind === byTls
        ? ({ kind: 'tls', endpoint, authName: certificate.name } as const)
        : ({ kind: 'plain', endpoint } as const),
    );
  }
  return closedLater(
    await startTestEdge({ upstreams, upstreamAuthorities: [certificate.cert.toString()], ...options }),
  );
}

/** Of ten cache misses per second of one customer, those that are lost while another one asks for names of a broken zone. */
async function lostNames(edge: TestEdge, time: ReturnType<typeof virtualTime>, attack: 'once' | 'steady') {
  const victim = closedLater(await UdpDevice.at(VICTIM, edge.port));
  const attacker = closedLater(await UdpDevice.at(ATTACKER, edge.port));
  const lost: string[] = [];
  for (let second = 0; second < 20; second++) {
    const queries = attack === 'steady' ? 6 : second === 0 ? 10 : 0;
    for (let index = 0; index < queries; index++) {
      attacker.send(query({ name: `name-${second}-${index}.dead.example`, type: index % 2 ? 28 : 1 }));
    }
    for (let step = 0; step < 1000 / STEP_MS; step++) {
      const name = `cold-${second}-${step}.example.org`;
      const answer = decode(await victim.ask(query({ name })));
      if (answer.rcode !== 'NOERROR') lost.push(`${name}: ${answer.rcode}`);
      time.pass(STEP_MS);
    }
  }
  return lost;
}

describe('a client that asks for names of a broken zone', () => {
  const kinds = [
    ['without TLS', plain],
    ['over TCP, since UDP cuts', byTcp],
    ['over TLS', byTls],
  ] as const;
  const rows = kinds.flatMap(([transport, kind]) =>
    ([1, 2] as const).flatMap((count) =>
      (['once', 'steady'] as const).map((attack) => ({ transport, kind, count, attack })),
    ),
  );
  it.each(rows)(
    'does not stop the forwarding for other clients: $attack, of $count upstreams, $transport',
    async (row) => {
      const time = virtualTime();
      const edge = await startEdge(
        Array.from({ length: row.count }, () => row.kind),
        { now: time.now },
      );
      expect(await lostNames(edge, time, row.attack)).toEqual([]);
    },
  );
});

/** The names that a resolver has been asked for; probes ask for the root. */
const namesOf = ({ asked }: { asked: readonly AskedQuestion[] }) =>
  asked.map(({ name }) => name.toLowerCase()).filter((name) => name !== '.');
const probesOf = ({ asked }: { asked: readonly AskedQuestion[] }) => asked.filter(({ name }) => name === '.');

async function ask(edge: TestEdge, name: string) {
  const device = await UdpDevice.at(VICTIM, edge.port);
  try {
    return decode(await device.ask(query({ name, edns: {} })));
  } finally {
    device.close();
  }
}

/** Lets time go on until the answer is there. */
async function askInTime(edge: TestEdge, time: ReturnType<typeof virtualTime>, name: string) {
  const answer = ask(edge, name).then((found) => ({ found }));
  for (;;) {
    const settled = await Promise.race([answer, new Promise<null>((resolve) => setImmediate(resolve, null))]);
    if (settled !== null) return settled.found;
    time.pass(10);
  }
}

/** Lets time go on, a moment of it for what comes by sockets. */
async function wait(time: ReturnType<typeof virtualTime>, ms: number) {
  for (let passed = 0; passed < ms; passed += 50) {
    time.pass(50);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

const upOf = async (edge: TestEdge) =>
  (await edge.registry.metrics()).split('\n').filter((line) => line.startsWith('dns_upstream_up{'));

describe('an upstream that sends no responses', () => {
  it('delays one query, and then gets only probes at growing intervals until it answers one', async () => {
    const time = virtualTime();
    const [first, second] = [
      closedLater(await startUpstream(() => null)),
      closedLater(await startUpstream()),
    ];
    const changes: UpstreamState[] = [];
    const edge = closedLater(
      await startTestEdge({
        upstreams: [first, second].map(({ port }) => ({ host: '127.0.0.1', port })),
        now: time.now,
        onUpstream: (change) => changes.push(change),
      }),
    );
    expect((await askInTime(edge, time, 'one.example.org')).rcode).toBe('NOERROR');
    expect(time.ms).toBeGreaterThanOrEqual(750);
    const before = time.ms;
    await wait(time, 4000);
    expect(changes).toEqual([{ position: 1, path: 'udp', state: 'down' }]);
    expect(await upOf(edge)).toContain('dns_upstream_up{upstream="1",transport="udp"} 0');
    expect(await upOf(edge)).toContain('dns_upstream_up{upstream="2",transport="udp"} 1');
    for (let index = 0; index < 20; index++) {
      expect((await ask(edge, `name-${index}.example.org`)).rcode).toBe('NOERROR');
    }
    expect(time.ms).toBe(before + 4000);
    expect(namesOf(first)).toEqual(['one.example.org']);
    await wait(time, 60_000);
    // Ten or so a minute, when each waits 1.5 s for its answer and the next one follows 5 s later.
    expect(probesOf(first).length).toBeGreaterThan(8);
    expect(probesOf(first).length).toBeLessThan(20);

    first.script = usualAnswers;
    await wait(time, 7000);
    expect(changes.slice(1)).toEqual([{ position: 1, path: 'udp', state: 'up' }]);
    expect((await ask(edge, 'two.example.org')).rcode).toBe('NOERROR');
    expect(namesOf(first)).toEqual(['one.example.org', 'two.example.org']);
    expect(await upOf(edge)).toContain('dns_upstream_up{upstream="1",transport="udp"} 1');
  });

  it('is still asked when it is the only one, and is up again with the first answer', async () => {
    const time = virtualTime();
    const changes: UpstreamState[] = [];
    const gone = await startUpstream();
    await gone.close();
    const edge = closedLater(
      await startTestEdge({
        upstreams: [{ host: '127.0.0.1', port: gone.port }],
        now: time.now,
        onUpstream: (change) => changes.push(change),
      }),
    );
    for (let index = 0; index < 5; index++) {
      const answer = await ask(edge, `lost-${index}.example.org`);
      expect(answer).toMatchObject({ rcode: 'SERVFAIL', extendedErrors: [NO_REACHABLE_AUTHORITY] });
      await wait(time, 100);
    }
    await wait(time, 10_000);
    await gone.reopen();
    closedLater(gone);
    expect((await ask(edge, 'found.example.org')).rcode).toBe('NOERROR');
    expect(changes.map(({ state }) => state)).toEqual(['down', 'up']);
    expect(probesOf(gone)).toEqual([]);
  });

  it('delays a query by one round when all upstreams are down', async () => {
    const time = virtualTime();
    const silent = [
      closedLater(await startUpstream(() => null)),
      closedLater(await startUpstream(() => null)),
    ];
    const edge = closedLater(
      await startTestEdge({
        upstreams: silent.map(({ port }) => ({ host: '127.0.0.1', port })),
        now: time.now,
      }),
    );
    expect((await askInTime(edge, time, 'one.example.org')).rcode).toBe('SERVFAIL');
    await wait(time, 4000);
    const before = time.ms;
    expect((await askInTime(edge, time, 'two.example.org')).rcode).toBe('SERVFAIL');
    expect(time.ms - before).toBeGreaterThanOrEqual(1500);
    expect(time.ms - before).toBeLessThan(2000);
    for (const upstream of silent) {
      expect(namesOf(upstream).filter((name) => name === 'two.example.org')).toHaveLength(1);
    }
  });
});

describe('an upstream that fails over TCP', () => {
  const LONG = 'long.example.org';
  const longIsCut = (asked: AskedQuestion) => {
    if (asked.name.toLowerCase() !== LONG) return usualAnswers(asked);
    return asked.transport === 'udp' ? cut(asked) : null;
  };
  const ways: readonly [string, (upstream: TestUpstream) => void][] = [
    ['refuses connections', (upstream) => upstream.refuseTcp()],
    [
      'resets them',
      (upstream) => {
        upstream.script = (asked) => {
          asked.connection?.resetAndDestroy();
          return longIsCut(asked);
        };
      },
    ],
    [
      'closes them',
      (upstream) => {
        upstream.script = (asked) => {
          asked.connection?.end();
          return longIsCut(asked);
        };
      },
    ],
    [
      'is silent on them',
      (upstream) => {
        upstream.script = (asked) => (asked.transport === 'tcp' ? null : longIsCut(asked));
      },
    ],
  ];
  it.each(ways)('is still asked over UDP, and large responses come from another one: %s', async (_, fail) => {
    const time = virtualTime();
    const first = closedLater(await startUpstream(longIsCut));
    const second = closedLater(await startUpstream());
    fail(first);
    const changes: UpstreamState[] = [];
    const endpoint = ({ port }: { port: number }) => ({ host: '127.0.0.1', port });
    const options = { now: time.now, onUpstream: (change: UpstreamState) => changes.push(change) };
    const alone = closedLater(await startTestEdge({ upstreams: [endpoint(first)], ...options }));
    for (let second = 0; second < 10; second++) {
      expect((await askInTime(alone, time, LONG)).rcode).toBe('SERVFAIL');
      for (let index = 0; index < 5; index++) {
        expect((await ask(alone, `name-${second}-${index}.example.org`)).rcode).toBe('NOERROR');
      }
      await wait(time, 1000);
    }
    expect(changes).toEqual([{ position: 1, path: 'tcp', state: 'down' }]);
    expect(await upOf(alone)).toEqual([
      'dns_upstream_up{upstream="1",transport="udp"} 1',
      'dns_upstream_up{upstream="1",transport="tcp"} 0',
    ]);
    const both = closedLater(
      await startTestEdge({ upstreams: [endpoint(first), endpoint(second)], ...options }),
    );
    expect(await askInTime(both, time, LONG)).toMatchObject({
      rcode: 'NOERROR',
      answers: ['A 192.0.2.53'],
    });
  });
});

describe('a response that is truncated although it came over a connection', () => {
  const cutWith = (asked: AskedQuestion, answers: readonly Answer[]) =>
    answerTo(asked, { flags: 0x0380, answers });
  const whole = (asked: AskedQuestion): Answer => ({
    type: 'A',
    name: asked.name,
    ttl: 300,
    data: '192.0.2.53',
  });
  const kinds: readonly [string, (asked: AskedQuestion) => Buffer][] = [
    ['with records', (asked) => cutWith(asked, [whole(asked)])],
    ['without a record', (asked) => cutWith(asked, [])],
  ];
  describe.each([
    ['TCP', false],
    ['TLS', true],
  ])('over %s', (_, isSecure) => {
    it.each(kinds)(
      '%s, is not passed on and not kept: another upstream is asked, else it is SERVFAIL',
      async (_, reply) => {
        const upstream = closedLater(isSecure ? await startTlsUpstream(certificate) : await startUpstream());
        upstream.script = reply;
        const other = closedLater(await startUpstream());
        const endpoint = { host: '127.0.0.1', port: upstream.port };
        const one = isSecure
          ? ({ kind: 'tls', endpoint, authName: certificate.name } as const)
          : ({ kind: 'plain', endpoint } as const);
        const upstreamAuthorities = [certificate.cert.toString()];
        const alone = closedLater(await startTestEdge({ upstreams: [one], upstreamAuthorities }));
        expect(await ask(alone, 'www.example.org')).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
        expect(await alone.registry.metrics()).toContain('dns_upstream_attempts_total{outcome="truncated"}');
        upstream.script = usualAnswers;
        expect((await ask(alone, 'other.example.org')).answers).toEqual(['A 192.0.2.53']);
        upstream.script = reply;
        const both = closedLater(
          await startTestEdge({
            upstreams: [one, { host: '127.0.0.1', port: other.port }],
            upstreamAuthorities,
          }),
        );
        expect((await ask(both, 'www.example.org')).answers).toEqual(['A 192.0.2.53']);
        // What is kept is the other one's.
        expect((await ask(both, 'www.example.org')).answers).toEqual(['A 192.0.2.53']);
        expect(other.asked).toHaveLength(1);
      },
    );
  });
});

describe('a response over UDP without its question', () => {
  const bare = (asked: AskedQuestion, rcode: number) => {
    const header = Buffer.from(asked.bytes.subarray(0, 12));
    for (const [index, field] of [0x8180 | rcode, 0, 0, 0, 0].entries())
      header.writeUInt16BE(field, 2 + index * 2);
    return header;
  };
  it.each([
    ['NOERROR', 0, 'malformed'],
    ['FORMERR', 1, 'refused'],
    ['SERVFAIL', 2, 'refused'],
  ])('ends the attempt at once, and counts as a response of the upstream: %s', async (_, rcode, outcome) => {
    const time = virtualTime();
    const first = closedLater(await startUpstream((asked) => bare(asked, rcode)));
    const second = closedLater(await startUpstream());
    const edge = closedLater(
      await startTestEdge({
        upstreams: [first, second].map(({ port }) => ({ host: '127.0.0.1', port })),
        now: time.now,
      }),
    );
    for (let index = 0; index < 5; index++) {
      expect((await ask(edge, `name-${index}.example.org`)).rcode).toBe('NOERROR');
    }
    // No time has gone by, nobody was suspected, and so nobody probed.
    expect(namesOf(first)).toHaveLength(5);
    expect(probesOf(first)).toEqual([]);
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain(`dns_upstream_attempts_total{outcome="${outcome}"} 5`);
  });
});
