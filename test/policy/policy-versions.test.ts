import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Day, today } from '../../src/lib/calendar.js';
import { PolicyFileError } from '../../src/lib/policy-file.js';
import { createLogger } from '../../src/runtime/log.js';
import { loadPolicyVersions, openPolicyVersions } from '../../src/services/policy/policy-versions.js';
import { read } from '../repo/source-files.js';
import { type PolicyFolder, policyFolder } from '../support/policy.js';

const NOW = '2026-06-15' as Day;
const first = { version: '1', effectiveOn: '2026-01-01' };
const second = { version: '2', effectiveOn: '2026-07-01' };

let folder: PolicyFolder;
beforeEach(async () => {
  folder = await policyFolder();
});
afterEach(() => folder.remove());

async function faults(): Promise<readonly string[]> {
  const error = await loadPolicyVersions(folder.file, NOW).then(
    () => expect.unreachable('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PolicyFileError);
  return (error as PolicyFileError).errors;
}

/** Changes the list after it was written. */
async function edit(change: (entries: Record<string, unknown>[]) => void): Promise<void> {
  const entries = JSON.parse(await readFile(folder.file, 'utf8'));
  change(entries);
  await writeFile(folder.file, JSON.stringify(entries));
}

describe('the versions of the privacy policy', () => {
  it('are read with their texts, and each with its changes as a unified diff', async () => {
    const old = 'Privacy\n\nWe keep little.\nWe keep it briefly.\n\nWrite to us.\n';
    const next = 'Privacy\n\nWe keep nothing.\nWe keep it briefly.\n\nWrite to us.\nOr call.\n';
    await folder.write({ ...first, text: old }, { ...second, text: next, material: true });
    const [one, two, ...more] = await loadPolicyVersions(folder.file, NOW);
    expect(more).toEqual([]);
    expect(one).toEqual({
      version: '1',
      effectiveOn: '2026-01-01',
      language: 'en',
      material: false,
      sha256: createHash('sha256').update(old).digest('hex'),
      text: old,
      summary: { en: '1 in English', de: '1 auf Deutsch', es: '1 en español' },
      diff: null,
    });
    expect(two).toMatchObject({ version: '2', material: true, text: next });
    expect(two?.diff).toBe(`--- 1
+++ 2
@@ -1,6 +1,7 @@
 Privacy
 
-We keep little.
+We keep nothing.
 We keep it briefly.
 
 Write to us.
+Or call.
`);
  });

  it('are refused when a text does not match its hash, and the error names the actual hash', async () => {
    await folder.write(first, second);
    await writeFile(join(dirname(folder.file), '2.txt'), '2, and a word more\n');
    const actual = createHash('sha256').update('2, and a word more\n').digest('hex');
    expect(await faults()).toEqual([`versions.json: [1].sha256: is not the file's, which is ${actual}`]);
  });

  it('are refused with all errors at once', async () => {
    await folder.write(first, { ...second, version: '3' }, { ...second, effectiveOn: '2026-03-01' });
    await edit((entries) => {
      entries[2]!.version = '1';
    });
    await rm(join(dirname(folder.file), '3.txt'));
    expect(await faults()).toEqual([
      'versions.json: [2].version: "1" is already at [0]',
      'versions.json: [2].effectiveOn: must be later than that of the version before',
      'versions.json: [1].file: cannot be read (ENOENT)',
    ]);
  });

  it('are refused when a text is not UTF-8', async () => {
    const bytes = Buffer.from([0x50, 0xff]);
    await folder.write(first);
    await writeFile(join(dirname(folder.file), '1.txt'), bytes);
    await edit((entries) => {
      entries[0]!.sha256 = createHash('sha256').update(bytes).digest('hex');
    });
    expect(await faults()).toEqual(['versions.json: [0].file: is not UTF-8']);
  });

  it('are refused when none is in force', async () => {
    await folder.write(second);
    expect(await faults()).toEqual(['versions.json: [0].effectiveOn: no version is in force today (UTC)']);
    await writeFile(folder.file, '[]');
    expect(await faults()).toEqual(['versions.json: must list at least one version']);
  });

  it.each([
    ['a file elsewhere', { file: '../1.txt' }, 'file: must be the name of a file in the same folder'],
    ['a day that is none', { effectiveOn: '2026-02-30' }, 'effectiveOn: must be a day: YYYY-MM-DD'],
    ['a hash that is none', { sha256: 'abc' }, 'sha256: must be 64 hexadecimal digits in lower case'],
    ['a language left out', { summary: { en: 'x', de: 'x' } }, 'summary.es: is missing'],
    ['a key too many', { date: 'x' }, 'has a key that is not known here: "date"'],
  ])('are refused with %s', async (_what, change, fault) => {
    await folder.write(first);
    await edit((entries) => Object.assign(entries[0]!, change));
    const place = fault.startsWith('has') ? '[0]: ' : '[0].';
    expect(await faults()).toEqual([`versions.json: ${place}${fault}`]);
  });
});

describe('the version in force', () => {
  const lines: string[] = [];
  const log = createLogger('gateway', (line) => lines.push(JSON.parse(line).event));
  beforeEach(() => {
    lines.length = 0;
  });

  it('changes at midnight in UTC by itself', async () => {
    await folder.write(first, second);
    let now = Date.parse('2026-06-30T23:59:59.999Z');
    const versions = await openPolicyVersions(folder.file, log, () => now);
    expect(versions.current().version).toBe('1');
    now += 1;
    expect(versions.current().version).toBe('2');
  });

  it('changes when the files are read again, and stays when they are invalid', async () => {
    const now = () => Date.parse('2026-08-01');
    await folder.write(first);
    const versions = await openPolicyVersions(folder.file, log, now);
    await folder.write(first, second);
    await versions.reload();
    expect(versions.current().version).toBe('2');
    await writeFile(folder.file, '{}');
    await versions.reload();
    expect(versions.current().version).toBe('2');
    expect(lines).toEqual(['policy.loaded', 'policy.refused']);
  });
});

describe('the privacy policy that is shipped', () => {
  it('is valid and in force', async () => {
    const versions = await loadPolicyVersions(`${import.meta.dirname}/../../policy/versions.json`);
    const { text, effectiveOn } = versions[0];
    expect(text).toBe(read('policy/privacy-policy-2026-11-01.txt'));
    expect(text).toContain('Even if the government');
    expect(effectiveOn <= today()).toBe(true);
  });
});
