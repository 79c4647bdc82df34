import { describe, expect, it } from 'vitest';
import { importsOf, repositoryFiles } from './source-files.js';

const sources = repositoryFiles().filter((path) => path.startsWith('src/') && path.endsWith('.ts'));

/** What each file imports from src, types included. */
const imports = new Map(
  sources.map((path) => [
    path,
    importsOf(path, { types: true }).filter((target) => target.startsWith('src/')),
  ]),
);

interface Import {
  readonly from: string;
  readonly to: string;
}

const everyImport: readonly Import[] = [...imports].flatMap(([from, targets]) =>
  targets.map((to) => ({ from, to })),
);

/**
 * The capabilities, in the order in which they build on each other. Each may import those before it. What one needs of a later
 * one is handed over by src/app.
 */
const CAPABILITIES = [
  'account',
  'consent',
  'marketing',
  'sign-in',
  'policy',
  'usage',
  'media-streamer',
  'data-inventory',
  'rights',
  'erasure',
  'staff',
  'live',
  'installation',
] as const;

/** The layer and the capability of a file, or null when it belongs to no capability. */
function capabilityOf(path: string): { layer: string; capability: string } | null {
  const [, layer, capability] = /^src\/(schema|resolvers|services|entities)\/([a-z-]+)\//.exec(path) ?? [];
  return layer === undefined || capability === undefined ? null : { layer, capability };
}

describe('the capabilities', () => {
  it('are the second level of each layer', () => {
    const found = new Set(sources.flatMap((path) => capabilityOf(path)?.capability ?? []));
    expect([...found].sort()).toEqual([...CAPABILITIES].sort());
  });

  it('import only those before them; tables of the database are open to every service', () => {
    const position = (capability: string) =>
      CAPABILITIES.indexOf(capability as (typeof CAPABILITIES)[number]);
    const upwards = everyImport.filter(({ from, to }) => {
      const [importer, imported] = [capabilityOf(from), capabilityOf(to)];
      if (importer === null || imported === null) return false;
      if (imported.layer === 'entities' && importer.layer !== 'entities') return false;
      return position(imported.capability) > position(importer.capability);
    });
    expect(upwards.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });
});
