// The set-up that every script begins with compiles when there is something to compile, and only then.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../repo/source-files.js';

let folder: string;
const file = (name: string) => join(folder, name);
const setup = () => promisify(execFile)(process.execPath, [file('scripts/setup.mjs'), '--quiet']);
/** The arguments of each call of the compiler. */
const builds = async () => (await readFile(file('builds'), 'utf8')).trimEnd().split('\n');

/** An installed tree whose Node notes what it is called with and succeeds when the file `broken` is not there. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-setup-'));
  for (const name of ['scripts', 'src/lib', 'client/dist', 'bench', 'dist', 'node_modules/.bin']) {
    await mkdir(file(name), { recursive: true });
  }
  await cp(`${root}scripts/setup.mjs`, file('scripts/setup.mjs'));
  for (const name of ['ormconfig.ts', 'src/lib/day.ts', 'client/index.ts', 'bench/bench.ts']) {
    await writeFile(file(name), '');
  }
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) {
    await writeFile(file(name), '{}');
  }
  const locked = createHash('sha256').update('{}').update('{}').digest('hex');
  await writeFile(file('node_modules/.installed-lock'), locked);
  await writeFile(file('node_modules/.bin/node'), `#!/bin/sh\necho "$@" >> builds\n! test -e broken\n`);
  await chmod(file('node_modules/.bin/node'), 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('scripts/setup.mjs', () => {
  it('compiles once while nothing changes', async () => {
    await setup();
    await setup();
    expect(await builds()).toEqual([expect.stringMatching(/tsc -p tsconfig\.build\.json$/)]);
  });

  it.each(['ormconfig.ts', 'src/lib/day.ts', 'client/index.ts', 'bench/bench.ts', 'tsconfig.json'])(
    'compiles again when %s changes',
    async (name) => {
      await setup();
      await appendFile(file(name), ' ');
      await setup();
      expect(await builds()).toHaveLength(2);
    },
  );

  it('compiles again when a source is new or gone, or when its output is gone', async () => {
    await setup();
    await writeFile(file('src/lib/hash.ts'), '');
    await setup();
    await rm(file('src/lib/hash.ts'));
    await setup();
    await rm(file('dist'), { recursive: true });
    await mkdir(file('dist'));
    await setup();
    expect(await builds()).toHaveLength(4);
  });

  it('does not compile for the build of the client package', async () => {
    await setup();
    await writeFile(file('client/dist/index.d.ts'), '');
    await setup();
    expect(await builds()).toHaveLength(1);
  });

  it('compiles again after a build that failed', async () => {
    await writeFile(file('broken'), '');
    await expect(setup()).rejects.toThrow(/setup: build failed/);
    await rm(file('broken'));
    await setup();
    expect(await builds()).toHaveLength(2);
  });
});
