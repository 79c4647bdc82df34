import { expect, it } from 'vitest';
import { dataInventoryFile, privacyLawsFile, processorsFile } from '../../src/config/policy.js';
import { loadDataInventory } from '../../src/services/data-inventory/data-inventory.js';
import { loadPrivacyLaws } from '../../src/services/policy/laws.js';
import { loadProcessors } from '../../src/services/policy/processors.js';
import { read } from './source-files.js';

const kept = await loadDataInventory(dataInventoryFile, await loadPrivacyLaws(privacyLawsFile));

it('the data inventory has words for everything that people read in a data export', () => {
  expect(Object.keys(kept.page.tables)).toEqual(
    expect.arrayContaining(kept.exported().map(({ table }) => table)),
  );
});

it('the register of what is kept is what docs/what-we-keep.md shows', () => {
  const sections = {
    'In Postgres': 'postgres',
    'In the mail queue': 'queue',
    'In Redis': 'redis',
    'In the ephemeral Redis': 'ephemeral',
    'What the stores keep for their own sake': 'machinery',
  } as const;
  const document = read('docs/what-we-keep.md');
  for (const [heading, store] of Object.entries(sections)) {
    const section = document.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(`${rows.join('\n')}\n`).toBe(kept.rows(store));
  }
});

it('the register of processors is sound', async () => {
  expect((await loadProcessors(processorsFile)).processors.length).toBeGreaterThan(0);
});
