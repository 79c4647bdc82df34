import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import type { KnownSetting } from '../../src/config/known/known-setting.js';
import { SETTING_GROUPS, SETTINGS } from '../../src/config/known-settings.js';
import { referencePages } from '../../src/reference/pages.js';
import { read, repositoryFiles } from './source-files.js';

const generated = await referencePages();
const code = repositoryFiles()
  .filter((path) => path.startsWith('src/config/'))
  .map(read)
  .join('\n');

/** The arguments after the name, where a setting is read with this method. */
function readings(method: string): { name: string; rest: string }[] {
  const pattern = new RegExp(`\\bread\\.${method}\\(\\s*'([A-Z0-9_]+)',\\s*([^;]*?)\\)[,; ]`, 'g');
  return [...code.matchAll(pattern)].map(([, name, rest]) => ({ name: name!, rest: rest! }));
}

function described(name: string): KnownSetting {
  const all: Readonly<Record<string, KnownSetting>> = Object.assign(
    {},
    ...SETTING_GROUPS.map(({ settings }) => settings),
  );
  return all[name]!;
}

describe('the reference', () => {
  it.each(Object.entries(generated))('has %s as `npm run reference` writes it', (name, text) => {
    expect(read(`docs/reference/${name}`)).toBe(text);
  });

  it('has a link to each page in its index, and no page beside those', () => {
    const pages = repositoryFiles()
      .map((path) => /^docs\/reference\/(.+\.md)$/.exec(path)?.[1])
      .filter((name) => name !== undefined && name !== 'README.md');
    expect(pages.sort()).toEqual(Object.keys(generated).sort());
    const index = read('docs/reference/README.md');
    expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });
});

describe('the description of settings', () => {
  it('has every setting that the code reads, and no other', () => {
    const inCode = [...code.matchAll(/\bread\.\w+\(\s*'([A-Z0-9_]+)'/g)].map(([, name]) => name!);
    expect([...SETTINGS].sort()).toEqual([...new Set(inCode)].sort());
    expect(new Set(SETTINGS).size).toBe(SETTINGS.length);
  });

  it('names the default with which the code reads a setting', () => {
    const literals = ['host', 'port', 'boolean', 'whole', 'text'].flatMap((method) =>
      readings(method).flatMap(({ name, rest }) => {
        const [, literal] = /^('[^']+'|\d[\d_]*|true|false)(?:,|$)/.exec(rest) ?? [];
        return literal === undefined ? [] : [{ name, literal: literal.replaceAll(/['_]/g, '') }];
      }),
    );
    expect(literals.length).toBeGreaterThan(15);
    const wrong = literals.filter(
      ({ name, literal }) => !described(name).default.startsWith(`\`${literal}\``),
    );
    expect(wrong).toEqual([]);
  });

  it('names the bounds of a whole number', () => {
    const bounds = readings('whole').flatMap(({ name, rest }) => {
      const numbers = rest
        .split(',')
        .slice(1)
        .map((each) => each.trim().replaceAll('_', ''));
      return numbers.every((each) => /^\d+$/.test(each)) ? [{ name, text: numbers.join(' to ') }] : [];
    });
    expect(bounds.length).toBeGreaterThan(4);
    expect(bounds.filter(({ name, text }) => !described(name).description.includes(text))).toEqual([]);
  });
});
