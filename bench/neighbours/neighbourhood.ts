// An edge with its upstream, and attackers that come and go: each in a process of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Ports } from './sources.js';

/** Built programs stand beside this file, or in dist when this file runs as it is. */
const PROGRAMS = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/bench/neighbours/', import.meta.url)
  : new URL('./', import.meta.url);

/** Longer than the edge waits for an upstream, as many broken zones of the internet take. */
const SLOW_MS = 2400;

export interface Neighbourhood {
  readonly ports: Ports;
  /** In the text form of Prometheus. */
  metrics(): Promise<string>;
  /** Resolves when all of them have begun, with what ends them. */
  attack(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export async function startNeighbourhood(): Promise<Neighbourhood> {
  const upstream = await startUpstream();
  const edge = run('edge.js', String(upstream.port));
  const [{ ports }] = (await firstMessage(edge)) as [{ ports: Ports }];
  return {
    ports,
    async metrics() {
      edge.send('metrics');
      const [{ metrics }] = (await once(edge, 'message')) as [{ metrics: string }];
      return metrics;
    },
    async attack() {
      const attackers = run('attackers.js', JSON.stringify(ports));
      await firstMessage(attackers);
      return () => end(attackers);
    },
    async close() {
      await end(edge);
      upstream.close();
    },
  };
}

function run(program: string, argument: string): ChildProcess {
  return fork(new URL(program, PROGRAMS), [argument], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function firstMessage(child: ChildProcess): Promise<unknown[]> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the neighbourhood has ended');
  });
  ended.catch(() => {});
  return await Promise.race([once(child, 'message'), ended]);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Answers over UDP; over TCP nobody listens. */
async function startUpstream(): Promise<{ port: number; close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const text = query.toString('latin1').toLowerCase();
    const send = (message: Buffer) => {
      try {
        socket.send(message, port, address);
      } catch {
        // Closed while a slow answer waited.
      }
    };
    if (text.includes('\x09truncated')) send(answerTo(query, true));
    else if (text.includes('\x04slow')) setTimeout(() => send(answerTo(query, false)), SLOW_MS).unref();
    else send(answerTo(query, false));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

/** One A record; none when it is cut. */
function answerTo(query: Buffer, isCut: boolean): Buffer {
  let end = 12;
  while (query[end] !== 0) end += query[end]! + 1;
  const question = Buffer.from(query.subarray(0, end + 5));
  question.writeUInt16BE(isCut ? 0x8380 : 0x8180, 2);
  question.writeUInt16BE(isCut ? 0 : 1, 6);
  question.writeUInt32BE(0, 8);
  if (isCut) return question;
  return Buffer.concat([question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 53])]);
}
