import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { root } from '../repo/source-files.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { startStores } from '../support/stores/stores.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanUps.splice(0).reverse()) await each();
});

it.each([[['127.0.0.1']], [['127.0.0.1', '127.0.0.2']]])(
  'a gateway whose connections to %j reach the limit of open files logs it once, and still serves its metrics',
  async (hosts) => {
    const stores = await startStores({ initialised: false });
    cleanUps.push(() => stores.stop());
    const [port, metricsPort] = [await freePort(), await freePort()];
    // The program of util-linux, which every Debian has.
    const command = ['--nofile=300:300', process.execPath, `${root}dist/src/bin/gateway.js`];
    const child = spawn('prlimit', command, {
      env: {
        ...GATEWAY_SETTINGS,
        GATEWAY_HOST: hosts.join(','),
        GATEWAY_PORT: String(port),
        GATEWAY_METRICS_PORT: String(metricsPort),
        ...stores.settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const lines: string[] = [];
    const served = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"process.started"')) served.resolve();
    });
    cleanUps.push(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    await Promise.race([served.promise, ended]);

    const sockets: Socket[] = [];
    cleanUps.push(() => sockets.map((socket) => socket.destroy()));
    let closed = 0;
    for (let count = 0; count < 400; count += 1) {
      const socket = connect(port, hosts[count % hosts.length]);
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        closed += 1;
      });
      await once(socket, 'connect');
    }
    await expect.poll(() => closed, { timeout: 20_000 }).toBe(250);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status).toBe(200);
    const exhausted = lines.filter((line) => line.includes('"connections.exhausted"'));
    expect(exhausted).toHaveLength(1);
    expect(JSON.parse(exhausted[0]!)).toMatchObject({
      level: 'warn',
      part: 'http',
      count: 150 / hosts.length,
    });
  },
);
