// One question over UDP: whether a server is up, and whether what it answers is what is to be measured.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import dnsPacket from 'dns-packet';
import { OperatorError } from '../../src/lib/operator-error.js';
import type { RunningProcess } from '../process.js';
import { CACHED } from './names.js';

const ANSWER_MS = 500;
const BETWEEN_MS = 50;
const UP_MS = 120_000;

/** Waits until the server answers, for which any answer counts. Throws OperatorError when it ends, or never does. */
export async function untilUp(
  { name, port, process }: { name: string; port: number; process: RunningProcess },
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + UP_MS;
  while ((await ask(port, CACHED[0]!)) === null) {
    signal.throwIfAborted();
    process.mustRun();
    if (performance.now() > deadline) throw new OperatorError(`${name} does not answer`);
    await delay(BETWEEN_MS);
  }
}

/** Throws OperatorError unless the server has an address for the name, in an answer that is not cut off. */
export async function mustResolve(server: string, port: number, name: string): Promise<void> {
  const answer = await ask(port, name);
  if (answer?.flag_tc || !answer?.answers?.some(({ type }) => type === 'A')) {
    throw new OperatorError(`${server} does not answer what is to be measured`);
  }
}

async function ask(port: number, name: string): Promise<dnsPacket.DecodedPacket | null> {
  const socket = createSocket('udp4');
  // A port that nothing listens on yet says so, which is no answer either.
  socket.on('error', () => {});
  try {
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const questions = [{ type: 'A' as const, name }];
    socket.send(dnsPacket.encode({ type: 'query', flags: dnsPacket.RECURSION_DESIRED, questions }));
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
    return dnsPacket.decode(answer as Buffer);
  } catch {
    return null;
  } finally {
    socket.close();
  }
}
