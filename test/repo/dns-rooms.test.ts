import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importsOf, read } from './source-files.js';

/** Each room of src/dns, and the rooms whose files it may import. */
const ROOMS = {
  wire: [],
  cache: ['wire'],
  policy: ['wire'],
  transport: ['wire', 'policy'],
  upstream: ['wire', 'policy', 'cache'],
} as const satisfies Record<string, readonly string[]>;

const filesOf = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.ts'));

describe.each(Object.entries(ROOMS))('the room src/dns/%s', (room, allowed) => {
  const folder = `src/dns/${room}`;
  const files = filesOf(folder);

  it('imports only the rooms that its README allows, and no file of src/dns itself', () => {
    const wrong = files.flatMap((file) =>
      importsOf(`${folder}/${file}`, { types: true })
        .filter((target) => target.startsWith('src/dns/'))
        .filter((target) => ![room, ...allowed].some((each) => target.startsWith(`src/dns/${each}/`)))
        .map((target) => `${folder}/${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
    const imports = /\*\*Imports\*\*: ([^.]*)\./.exec(read(`${folder}/README.md`))?.[1];
    expect(imports).toBe(allowed.length === 0 ? 'no other room' : allowed.join(', '));
  });

  it('has a README that names every file', () => {
    const named = [...read(`${folder}/README.md`).matchAll(/`([\w-]+\.ts)`/g)].map(([, file]) => file!);
    expect(files.filter((file) => !named.includes(file))).toEqual([]);
    expect(named.filter((file) => !files.includes(file))).toEqual([]);
  });
});

it('src/dns has a README that names the files that compose the rooms', () => {
  const text = read('src/dns/README.md');
  expect(filesOf('src/dns').filter((file) => !text.includes(`\`${file}\``))).toEqual([]);
});
