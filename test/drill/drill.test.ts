// The failures of docs/operations/failures.md on the whole product, in network namespaces: the short run of `npm run drill`.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../../bench/drill/options.js';
import type { Row } from '../../bench/drill/report.js';
import { runToEnd } from '../../src/dev/embedded/process.js';
import { root } from '../repo/source-files.js';
import { interruptProgram, type Run, runScript } from '../smoke/scripts.js';

const SHORT = FAULTS.filter(({ quick }) => quick).map(({ name }) => name);
const PROGRAM = `${root}dist/bench/drill/drill.js`;
/** Debian's `nobody`. */
const NOBODY = 65534;

describe('npm run drill', { timeout: 120_000 }, () => {
  describe('--quick', () => {
    let run: Run;
    let rows: readonly Row[];
    let exceeded: readonly string[];

    beforeAll(async () => {
      run = await runScript('drill', ['--quick']);
      const last = run.stdout.trimEnd().split('\n').at(-1) ?? '';
      ({ rows, exceeded } = last.startsWith('{') ? JSON.parse(last) : { rows: [], exceeded: [run.stderr] });
    }, 240_000);

    it('injects each fault of the short run, and leaves nothing behind', () => {
      expect(rows.map(({ name }) => name)).toEqual(SHORT);
      expect({ code: run.code, left: run.left }, exceeded.join('\n')).toEqual({ code: 0, left: [] });
    });

    it.each(SHORT)('%s: nothing is lost or wrong, everything recovers, and the fault is reported', (name) => {
      const row = rows.find((each) => each.name === name);
      expect(row).toMatchObject({ lost: 0, wrong: 0, missing: [] });
      expect(exceeded.filter((line) => line.startsWith(`${name}:`))).toEqual([]);
    });
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const interrupt = { signal: 'SIGINT', at: /Redis, 3\.5 s …/ } as const;
    const { code, stderr, left } = await interruptProgram('drill', interrupt);
    expect({ code, left }, stderr).toEqual({ code: 130, left: [] });
  });

  it('lists its faults', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, '--list']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(FAULTS.length);
  });

  it('names its options when it gets an unknown one', async () => {
    const drill = { command: process.execPath, args: [PROGRAM, '--only', 'nothing'] };
    await expect(runToEnd({ name: 'the drill', ...drill })).rejects.toThrow(
      /^the drill failed:\noptions: --quick --list --only NAME/,
    );
  });

  it('states that it needs root', async () => {
    const drill = { command: process.execPath, args: [PROGRAM], asUser: NOBODY };
    await expect(runToEnd({ name: 'the drill', ...drill })).rejects.toThrow(/it needs Linux, and root/);
  });
});
