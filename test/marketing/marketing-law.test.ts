import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agesFile, channelsFile, marketingLawFile } from '../../src/config/policy.js';
import { PolicyFileError } from '../../src/lib/policy-file.js';
import { loadChannels } from '../../src/services/marketing/channel.js';
import { loadOptOutCountries } from '../../src/services/marketing/marketing-law.js';
import { read } from '../repo/source-files.js';

const EU = 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' ');
const OTHERS_THAT_ASK = 'IS LI NO GB CH CA AU'.split(' ');

describe('the data about marketing', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marketing-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function errorsOf(load: (path: string) => Promise<unknown>, content: unknown) {
    const path = join(folder, 'file.json');
    await writeFile(path, JSON.stringify(content));
    try {
      await load(path);
    } catch (error) {
      if (error instanceof PolicyFileError) return error.errors;
      throw error;
    }
    return [];
  }

  it('requires consent in the EU, the EEA, the United Kingdom and Switzerland, and names the law', async () => {
    const law = JSON.parse(read('policy/marketing-law.json'));
    for (const country of [...EU, ...OTHERS_THAT_ASK]) {
      expect(law[country], country).toEqual({
        consent: 'opt-in',
        readOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
        source: expect.stringMatching(/\d/) as string,
      });
    }
    const optOut = await loadOptOutCountries(marketingLawFile);
    expect(optOut).toContain('US');
    expect(optOut.filter((country) => [...EU, ...OTHERS_THAT_ASK].includes(country))).toEqual([]);
  });

  it('names only existing countries', async () => {
    const countries = Object.keys(JSON.parse(read(`policy/${agesFile.split('/').at(-1)}`)));
    const named = Object.keys(JSON.parse(read('policy/marketing-law.json')));
    expect(named.filter((country) => !countries.includes(country))).toEqual([]);
  });

  it('is refused with every error and its place', async () => {
    const law = {
      Germany: { consent: 'opt-in', source: 'x', readOn: '2026-11-27' },
      US: { consent: 'yes', source: '', readOn: '2026-02-30' },
    };
    expect(await errorsOf(loadOptOutCountries, law)).toEqual([
      'file.json: Germany: must be a code of ISO 3166-1 alpha-2',
      'file.json: US.consent: must be "opt-in" or "opt-out"',
      'file.json: US.source: must name the law',
      'file.json: US.readOn: must be a day: YYYY-MM-DD',
    ]);
    const channel = { id: 'search', name: 'Search' };
    const channels = { channels: [channel, channel], platforms: [{ id: 'i OS', name: '' }] };
    expect(await errorsOf(loadChannels, channels)).toEqual([
      'file.json: channels: must not have an id twice',
      'file.json: platforms[0].id: must be lower-case words with single hyphens between',
      'file.json: platforms[0].name: must not be empty',
    ]);
  });

  it('has no channel or platform named “other”', async () => {
    const { channels, platforms } = await loadChannels(channelsFile);
    expect([...channels, ...platforms]).not.toContain('other');
  });
});
