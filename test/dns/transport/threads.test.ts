import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { serviceWith } from '../../support/catalogue.js';
import { askOnce, UdpDevice } from '../support/device.js';
import { decode, query } from '../support/messages.js';
import { CATALOGUE, startTestEdge, type TestEdge } from '../support/test-edge.js';

const ALLOWED = '127.0.0.7';
const RELAYED = 'www.stream.example';

let edge: TestEdge;
afterEach(async () => {
  await edge?.close();
});

const ask = async (source: string, name: string) =>
  decode(await askOnce({ port: edge.port, source, transport: 'udp' }, query({ name })));
/** Devices on ports of their own, which the system deals out to all threads. */
const many = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 24 }, work));

describe('UDP workers', () => {
  it('all apply a change of the allowlist and a new catalogue at once', async () => {
    edge = await startTestEdge({ workers: 3 });
    expect(edge.udpTransport).toBe('batches');
    const outcomes = async () =>
      new Set((await many(() => ask('127.0.0.55', RELAYED))).map(({ rcode }) => rcode));
    expect(await outcomes()).toEqual(new Set(['REFUSED']));
    edge.list('127.0.0.55', 'a-new-region');
    expect(await outcomes()).toEqual(new Set(['NOERROR']));
    edge.unlist('127.0.0.55');
    expect(await outcomes()).toEqual(new Set(['REFUSED']));
    edge.useCatalogue({ ...CATALOGUE, services: [serviceWith({ id: 'new', domains: ['new.example'] })] });
    const answers = await many(() => ask(ALLOWED, 'www.new.example'));
    expect(new Set(answers.flatMap(({ answers: each }) => each))).toEqual(new Set(['A 198.51.100.10']));
  });

  it('all answer by the profile that a network has now, a new one and a known one', async () => {
    edge = await startTestEdge({ workers: 3 });
    const answers = async () =>
      new Set((await many(() => ask('127.0.0.55', RELAYED))).flatMap(({ answers: each }) => each));
    for (let round = 0; round < 3; round++) {
      edge.list('127.0.0.55', `46;us;never-seen-${round}=us`);
      expect(await answers()).toEqual(new Set(['A 198.51.100.10']));
      edge.list('127.0.0.55', `46;us;never-seen-${round}=us;stream=br`);
      expect(await answers()).toEqual(new Set(['A 198.51.100.30']));
      edge.list('127.0.0.55', '6;us');
      expect(await answers()).toEqual(new Set());
      edge.list('127.0.0.55', 'br');
      expect(await answers()).toEqual(new Set(['A 198.51.100.30']));
    }
  });

  it('count their responses separately, and metrics show the sum', async () => {
    edge = await startTestEdge({ workers: 2 });
    await many(() => ask(ALLOWED, RELAYED));
    await ask('127.0.0.66', RELAYED);
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain('dns_queries_total{transport="udp"} 25');
    expect(metrics).toContain('dns_answers_total{kind="relayed",rcode="NOERROR"} 24');
    expect(metrics).toContain('dns_answers_total{kind="refused",rcode="REFUSED"} 1');
  });

  it('are restarted when they die, and queries that came meanwhile are answered', async () => {
    edge = await startTestEdge({ workers: 1 });
    const device = await UdpDevice.at(ALLOWED, edge.port);
    expect(decode(await device.ask(query({ name: RELAYED }))).rcode).toBe('NOERROR');
    await edge.killThread(0);
    device.send(query({ name: RELAYED, id: 77 }));
    expect(decode(await device.next())).toMatchObject({ id: 77, answers: ['A 198.51.100.10'] });
    expect(await edge.registry.metrics()).toContain('dns_workers_lost_total 1');
    device.close();
  });

  it('respond from the address to which a query was sent when they listen on all', async () => {
    edge = await startTestEdge({ workers: 1, listen: { host: '0.0.0.0', port: 0 } });
    const socket = createSocket('udp4');
    socket.bind(0, ALLOWED);
    await once(socket, 'listening');
    // A connected socket takes no answer from anywhere else.
    socket.connect(edge.port, '127.9.9.9');
    await once(socket, 'connect');
    socket.send(query({ name: RELAYED }));
    const [message] = await once(socket, 'message', { signal: AbortSignal.timeout(5000) });
    expect(decode(message).answers).toEqual(['A 198.51.100.10']);
    socket.close();
  });

  it('serve IPv4 and IPv6 on ::', async () => {
    edge = await startTestEdge({ workers: 1, listen: { host: '::', port: 0 } });
    edge.list('::1', 'us');
    expect((await ask('::1', RELAYED)).answers).toEqual(['A 198.51.100.10']);
    expect((await ask(ALLOWED, RELAYED)).answers).toEqual(['A 198.51.100.10']);
    expect((await ask('127.0.0.66', RELAYED)).rcode).toBe('REFUSED');
  });

  it('report which port is in use', async () => {
    edge = await startTestEdge();
    const other = startTestEdge({ workers: 1, listen: { host: '127.0.0.1', port: edge.port } });
    await expect(other).rejects.toMatchObject({ listener: 'dns', cause: { code: 'EADDRINUSE' } });
  });
});
