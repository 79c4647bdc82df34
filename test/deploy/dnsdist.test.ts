// dnsdist with the shipped file, in front of two dns-nodes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { askOnce } from '../dns/support/device.js';
import { decode, query } from '../dns/support/messages.js';
import { startTestEdge, type TestEdge } from '../dns/support/test-edge.js';
import { debianPackage } from '../support/debian.js';
import { type Program, run, shipped, startProgram } from './shipped.js';

let edges: TestEdge[];
let folder: string;
let dnsdist: Program | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-dnsdist-'));
  const balancers = [parsePrefix('127.0.0.1') as Prefix];
  edges = await Promise.all([1, 2].map(() => startTestEdge({ workers: 1, balancers })));
});
afterAll(async () => {
  await dnsdist?.stop();
  for (const edge of edges ?? []) await edge.close();
  await rm(folder, { recursive: true, force: true });
});

it('dnsdist brings each node the address that asks', async () => {
  const program = await debianPackage('dnsdist');
  const port = await freePort();
  const file = join(folder, 'dnsdist.conf');
  const config = shipped('dnsdist/dnsdist.conf', {
    '192.0.2.53:53': `127.0.0.1:${port}`,
    '[2001:db8::53]:53': `[::1]:${port}`,
    '10.0.2.1:53': `127.0.0.1:${edges[0]!.tcpPort}`,
    '10.0.2.2:53': `127.0.0.1:${edges[1]!.tcpPort}`,
  });
  await writeFile(file, config);
  await run(program, ['--check-config', '-C', file]);
  dnsdist = startProgram(program, ['--supervised', '-C', file]);
  const rcode = async (source: string) =>
    decode(await askOnce({ port, source, transport: 'udp' }, query({ name: 'www.stream.example' }))).rcode;
  await expect.poll(() => rcode('127.0.0.7').catch(() => ''), { timeout: 20_000 }).toBe('NOERROR');
  for (let count = 0; count < 8; count += 1) {
    expect(await rcode('127.0.0.7')).toBe('NOERROR');
    expect(await rcode('127.0.0.66')).toBe('REFUSED');
  }
});
