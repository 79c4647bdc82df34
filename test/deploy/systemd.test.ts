// The units as systemd itself reads and judges them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPackage } from '../support/debian.js';
import { run, shipped } from './shipped.js';

let folder: string;
let analyze: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-units-'));
  analyze = await debianPackage('systemd');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The unit on a machine that has this Node and this folder. */
async function placed(name: string, replaced: Readonly<Record<string, string>>): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, shipped(`systemd/${name}`, replaced));
  return file;
}

/** From 0, held in on all sides, to 10. */
async function exposure(file: string): Promise<number> {
  const { stdout } = await run(analyze, ['security', '--offline=true', '--no-pager', file]);
  return Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
}

const servers = ['gateway.service', 'dns-node.service'] as const;
const server = (name: string) =>
  placed(name, {
    '/opt/gateway/node_modules/.bin/node': process.execPath,
    'WorkingDirectory=/opt/gateway': `WorkingDirectory=${folder}`,
  });

describe('the units', () => {
  it.each(servers)('are sound, and hold %s in', async (name) => {
    const file = await server(name);
    expect(await run(analyze, ['verify', '--man=no', file])).toEqual({ stdout: '', stderr: '' });
    expect(await exposure(file)).toBeLessThanOrEqual(2);
  });

  it.each(servers)('start %s again for as long as it takes, and wait for its stop', (name) => {
    const unit = shipped(`systemd/${name}`, {});
    for (const line of ['StartLimitIntervalSec=0', 'Restart=always', 'RestartSec=2', 'Type=notify']) {
      expect(unit.split('\n')).toContain(line);
    }
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(15);
  });

  it('rewrite a replica’s file each minute', async () => {
    const service = await placed('replica-rewrite.service', { '/usr/bin/redis-cli': '/bin/true' });
    const timer = await placed('replica-rewrite.timer', {});
    expect(await run(analyze, ['verify', '--man=no', timer])).toEqual({ stdout: '', stderr: '' });
    expect(await exposure(service)).toBeLessThanOrEqual(2);
  });
});
