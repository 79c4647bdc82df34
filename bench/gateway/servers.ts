// Starts the servers that are compared: the gateway as in production, and its peers, each on the server's core.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/dev/embedded/process.js';
import { OperatorError } from '../../src/lib/operator-error.js';
import { type RunningProcess, SERVER_CORE, startOn } from '../process.js';
import type { Person } from './people.js';

export const PEERS = ['mercurius', 'yoga', 'apollo'] as const;
export const OURS = 'gateway';
export type ServerName = typeof OURS | (typeof PEERS)[number];

export interface Server {
  readonly name: ServerName;
  readonly url: string;
  readonly process: RunningProcess;
  /** The header field that authenticates the client. */
  credential(person: Person): readonly [name: string, value: string];
}

const BETWEEN_MS = 50;
const UP_MS = 60_000;

/** Resolves when the gateway serves. `settings`: all but its ports. */
export async function startOurs(
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Server> {
  const port = await freePort();
  // The shipped regions are an example.
  const example = { ALLOW_PRIVATE_ADDRESSES: 'true' };
  const env = { ...example, ...settings, GATEWAY_PORT: String(port), GATEWAY_METRICS_PORT: '0' };
  return start({ name: OURS, program: '../../src/bin/gateway.js', port, env, signal }, ({ token }) => [
    'authorization',
    `Bearer ${token}`,
  ]);
}

/** Resolves when the peer serves. */
export async function startPeer(
  name: (typeof PEERS)[number],
  databaseUrl: string,
  signal: AbortSignal,
): Promise<Server> {
  const port = await freePort();
  const env = { DATABASE_URL: databaseUrl, PORT: String(port) };
  return start({ name, program: `peer-${name}.js`, port, env, signal }, ({ id }) => ['x-account-id', id]);
}

async function start(
  options: {
    name: ServerName;
    program: string;
    port: number;
    env: Readonly<Record<string, string>>;
    signal: AbortSignal;
  },
  credential: Server['credential'],
): Promise<Server> {
  const { name, program, port, env, signal } = options;
  const command = [process.execPath, fileURLToPath(new URL(program, import.meta.url))];
  const running = startOn(SERVER_CORE, name, command, { NODE_ENV: 'production', ...env });
  const server = { name, url: `http://127.0.0.1:${port}/graphql`, process: running, credential };
  try {
    await untilUp(server, signal);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return server;
}

async function untilUp({ name, url, process }: Server, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + UP_MS;
  while (!(await serves(url))) {
    signal.throwIfAborted();
    process.mustRun();
    if (performance.now() > deadline) throw new OperatorError(`${name} does not answer`);
    await delay(BETWEEN_MS);
  }
}

async function serves(url: string): Promise<boolean> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
