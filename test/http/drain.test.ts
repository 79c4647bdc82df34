import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Connection, Dropped, Refused } from '../../bench/soak/connection.js';
import { startTestGateway } from '../support/gateway.js';

/** A connection to the gateway, on which `text` has been sent. */
async function connection(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

it('a gateway that stops does not wait for connections without a complete request', async () => {
  const gateway = await startTestGateway();
  const silent = await connection(gateway.url, '');
  const half = await connection(gateway.url, 'POST /graphql HTTP/1.1\r\nhost: x\r\n');
  const ended = Promise.all([once(silent, 'close'), once(half, 'close')]);
  // Both are known to the server when it has answered a third.
  await fetch(new URL('/livez', gateway.url)).then((answer) => answer.text());
  await gateway.stop();
  await ended;
  expect([silent.destroyed, half.destroyed]).toEqual([true, true]);
});

it('a gateway that stops accepts no new connection, and answers every request on existing ones', async () => {
  const gateway = await startTestGateway();
  const port = Number(new URL(gateway.url).port);
  const fields = { 'content-type': 'application/json' };
  let answered = 0;
  let dropped = 0;
  /** Sends the next request when the last is answered, on a new connection whenever the old one ends. */
  async function user(): Promise<void> {
    try {
      for (let connection = await Connection.open(port); ; ) {
        if (connection.isOver) connection = await Connection.open(port);
        const { status } = await connection.ask('POST', '/graphql', fields, '{"query":"{ __typename }"}');
        if (status === 200) answered += 1;
      }
    } catch (error) {
      if (error instanceof Dropped) dropped += 1;
      else if (!(error instanceof Refused)) throw error;
    }
  }
  const users = Array.from({ length: 40 }, user);
  await expect.poll(() => answered, { timeout: 10_000 }).toBeGreaterThan(200);
  const before = answered;
  await gateway.stop();
  await Promise.all(users);
  expect(dropped).toBe(0);
  expect(answered).toBeGreaterThan(before);
});
