import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../support/network/certificate.js';
import { TcpDevice } from '../support/device.js';
import { decode, query } from '../support/messages.js';
import { startTestEdge, type TestEdge, type TestEdgeOptions } from '../support/test-edge.js';
import { startTlsUpstream, type TlsTestUpstream } from '../support/tls-upstream-server.js';
import { startUpstream, type TestUpstream, usualAnswers } from '../support/upstream-server.js';

const CLIENTS = 1000;
const PER_SOURCE = 20;

let upstream: TestUpstream | TlsTestUpstream;
let edge: TestEdge;
const devices: TcpDevice[] = [];
afterEach(async () => {
  for (const device of devices.splice(0)) device.close();
  await edge?.close();
  await upstream?.close();
});

async function startPlain(): Promise<TestEdgeOptions> {
  upstream = await startUpstream();
  return { upstreams: [{ host: '127.0.0.1', port: upstream.port }] };
}

async function startSecure(): Promise<TestEdgeOptions> {
  const certificate = makeCertificate();
  upstream = await startTlsUpstream(certificate);
  const endpoint = { host: '127.0.0.1', port: upstream.port };
  return {
    upstreams: [{ kind: 'tls', endpoint, authName: certificate.name }],
    upstreamAuthorities: [certificate.cert.toString()],
  };
}

async function connectAll(): Promise<void> {
  for (let source = 0; source < CLIENTS / PER_SOURCE; source++) {
    const address = `127.0.2.${source + 1}`;
    edge.list(address, 'us');
    const connecting = Array.from({ length: PER_SOURCE }, () => TcpDevice.at(address, edge.tcpPort));
    devices.push(...(await Promise.all(connecting)));
  }
}

describe('a name that a thousand clients query at the same time', () => {
  it.each([
    ['without TLS', startPlain],
    ['over TLS', startSecure],
  ])('is forwarded once: %s', async (_, start) => {
    const options = await start();
    const release = Promise.withResolvers<void>();
    upstream.script = async (asked: Parameters<typeof usualAnswers>[0]) => {
      await release.promise;
      return (await usualAnswers(asked)) as Buffer;
    };
    edge = await startTestEdge({
      ...options,
      limits: {
        tcp: { connections: CLIENTS, connectionsPerSource: PER_SOURCE, idleMs: 60_000, inFlight: 4 },
        upstreamRoundsMs: [20_000],
      },
    });
    await connectAll();
    // The second question is answered at once, which shows that the first has been taken.
    const taken = devices.map((device, index) => {
      device.send(query({ name: index % 2 ? 'www.example.org' : 'WWW.example.ORG', id: index }));
      return device.ask(query({ name: 'localhost', id: 5000 }));
    });
    for (const answer of await Promise.all(taken)) expect(answer.readUInt16BE(0)).toBe(5000);
    release.resolve();
    const answers = (await Promise.all(devices.map((device) => device.next()))).map(decode);
    expect(answers.map(({ id }) => id)).toEqual(devices.map((_, index) => index));
    expect(new Set(answers.flatMap((answer) => answer.answers))).toEqual(new Set(['A 192.0.2.53']));
    expect(upstream.asked).toHaveLength(1);
  });
});
