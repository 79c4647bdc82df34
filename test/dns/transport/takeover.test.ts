// A new process takes over from the old one on the same ports: it begins before the old one ends.
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../support/network/certificate.js';
import { TcpDevice, UdpDevice } from '../support/device.js';
import { decode, query } from '../support/messages.js';
import { dotDevice } from '../support/stream-devices.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';

const CUSTOMER = '127.0.0.7';
const RELAYED = 'www.stream.example';
const DEVICES = 64;
const AGAIN_MS = 1000;

/** Answers of the edge, by transport. */
async function answers(edge: TestEdge, transport: string): Promise<number> {
  const { values } = await edge.registry.getSingleMetric('dns_queries_total')!.get();
  return values.find(({ labels }) => labels.transport === transport)?.value ?? 0;
}

describe('two edges on one port', () => {
  it('share the queries, and the second one answers all of them after the first has ended', async () => {
    const certificate = makeCertificate();
    const at = (port: number) => ({ host: '127.0.0.1', port });
    const secure = (port: number) => ({ certificate, dot: at(port), doh: null });
    const old = await startTestEdge({ workers: 2, secure: secure(0) });
    const next = await startTestEdge({ workers: 2, listen: at(old.port), secure: secure(old.dotPort!) });
    expect([next.udpPort, next.tcpPort, next.dotPort]).toEqual([old.udpPort, old.tcpPort, old.dotPort]);

    const question = query({ name: RELAYED });
    const devices = await Promise.all(
      Array.from({ length: DEVICES }, () => UdpDevice.at(CUSTOMER, old.port)),
    );
    const overUdp = async (device: UdpDevice) => decode(await device.ask(question)).rcode;
    const overTcp = async () => {
      const device = await TcpDevice.at(CUSTOMER, old.port);
      return decode(await device.ask(question).finally(() => device.close())).rcode;
    };
    const overTls = async () => {
      const device = await dotDevice({ source: CUSTOMER, port: old.dotPort! });
      return decode(await device.ask(question).finally(() => device.close())).rcode;
    };
    // The limits on connections of one source allow so many at a time.
    const each = async (ask: () => Promise<string>) => {
      const rcodes: string[] = [];
      for (let count = 0; count < DEVICES / 2; count++) rcodes.push(await ask());
      return new Set(rcodes);
    };
    const noerror = new Set(['NOERROR']);
    expect(new Set(await Promise.all(devices.map(overUdp)))).toEqual(noerror);
    expect(await each(overTcp)).toEqual(noerror);
    expect(await each(overTls)).toEqual(noerror);
    for (const edge of [old, next]) {
      for (const transport of ['udp', 'tcp', 'dot'])
        expect(await answers(edge, transport)).toBeGreaterThan(0);
    }

    // Devices go on asking while the first ends, and ask again as devices do.
    let isOver = false;
    const asking = devices.map(async (device) => {
      let lost = 0;
      while (!isOver) {
        device.send(question);
        if ((await device.nextWithin(AGAIN_MS)) === null) lost += 1;
      }
      return lost;
    });
    await old.close();
    isOver = true;
    const lost = await Promise.all(asking);
    // What the system had given to a socket of the first that was not read any more: each device had one question under way.
    expect(Math.max(...lost)).toBeLessThanOrEqual(1);
    expect(new Set(await Promise.all(devices.map(overUdp)))).toEqual(noerror);
    expect(await each(overTcp)).toEqual(noerror);
    expect(await each(overTls)).toEqual(noerror);
    for (const device of devices) device.close();
    await next.close();
  });
});
