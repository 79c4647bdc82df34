import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.js';

/** A connection to the gateway, on which `text` has been sent. */
async function connection(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

it('a gateway that stops does not wait for connections on which nothing, or not all, has been asked', async () => {
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
