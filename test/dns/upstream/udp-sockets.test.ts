import { Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UdpSockets } from '../../../src/dns/upstream/udp-sockets.js';

const READY = 16;
const READY_MS = 5000;

let sockets: UdpSockets;
const taken: Socket[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  sockets = new UdpSockets({ host: '127.0.0.1', port: 9 });
});
afterEach(() => {
  vi.useRealTimers();
  sockets.close();
  for (const socket of taken.splice(0)) socket.close();
});

/** Whether one was ready. */
async function take(): Promise<boolean> {
  const socket = sockets.take();
  taken.push(await socket);
  return socket instanceof Socket;
}

describe('sockets to an upstream', () => {
  it('are opened in advance after the first query, each with its own port', async () => {
    expect(await take()).toBe(false);
    for (let count = 0; count < 3 * READY; count++) await expect.poll(take).toBe(true);
    const ports = taken.map((socket) => socket.address().port);
    expect(new Set(ports).size).toBe(ports.length);
    const steps = ports.slice(1).map((port, index) => port - ports[index]!);
    expect(new Set(steps).size).toBeGreaterThan(READY);
  });

  it('are replaced after five seconds without use', async () => {
    await take();
    await expect.poll(take).toBe(true);
    vi.advanceTimersByTime(READY_MS);
    // What was still being made then is ready later.
    expect(await take()).toBe(false);
  });

  it('are closed with the upstream, also those that are being opened', async () => {
    await take();
    await expect.poll(take).toBe(true);
    const closed = vi.spyOn(Socket.prototype, 'close');
    sockets.close();
    expect(await take()).toBe(false);
    closed.mockRestore();
  });
});
