import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.js';

/** Of four seconds: a look for background work and one at rights requests each second, and the four workers of the mail queue. */
const MOST_STATEMENTS = 18;
/** The gateway's pulse, each two seconds. */
const PULSE = 'transaction_read_only';

const SYNC = 'S'.charCodeAt(0);
const QUERY = 'Q'.charCodeAt(0);

/** Passes bytes on to Postgres, and emits `statement` for each that a client sends, and `pulse` for some of them. */
async function countingWay(storeUrl: string) {
  const events = new EventEmitter();
  const sockets = new Set<Socket>();
  const { hostname, port } = new URL(storeUrl);
  const server = createServer((socket) => {
    const store = connect(Number(port), hostname);
    for (const each of [socket, store]) sockets.add(each.on('error', () => socket.destroy()));
    store.on('close', () => socket.destroy());
    socket.on('close', () => store.destroy());
    store.pipe(socket);
    socket.pipe(store);
    let waiting = Buffer.alloc(0);
    // The first message has no type, only a length (PostgreSQL, 55.7).
    let typeBytes = 0;
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= typeBytes + 4) {
        const length = typeBytes + waiting.readUInt32BE(typeBytes);
        if (waiting.length < length) return;
        const message = waiting.subarray(0, length);
        if (typeBytes === 1 && [SYNC, QUERY].includes(message[0]!)) events.emit('statement');
        if (message.includes(PULSE)) events.emit('pulse');
        waiting = waiting.subarray(length);
        typeBytes = 1;
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(storeUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    events,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

it('an idle gateway sends Postgres only a few statements a second', async () => {
  let way: Awaited<ReturnType<typeof countingWay>> | undefined;
  const gateway = await startTestGateway({
    async through(url) {
      if (!url.startsWith('postgres')) return url;
      way = await countingWay(url);
      return way.url;
    },
  });
  const { events } = way!;
  // What the start has to do is done before the second.
  for (let pulses = 0; pulses < 2; pulses += 1) await once(events, 'pulse');
  let statements = 0;
  events.on('statement', () => {
    statements += 1;
  });
  for (let pulses = 0; pulses < 2; pulses += 1) await once(events, 'pulse');
  expect(statements).toBeGreaterThan(2);
  expect(statements).toBeLessThanOrEqual(MOST_STATEMENTS);
  await gateway.stop();
  way!.close();
});
