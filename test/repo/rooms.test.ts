import { describe, expect, it } from 'vitest';
import { importsOf, read, repositoryFiles } from './source-files.js';

const files = repositoryFiles();
const sources = files.filter((path) => path.startsWith('src/') && path.endsWith('.ts'));

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

/** The rooms, the lowest first, each with the rooms that it may import. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  entities: ['lib'],
  secrets: [],
  config: ['lib', 'secrets'],
  runtime: ['lib', 'config'],
  catalogue: ['lib', 'runtime'],
  input: ['lib', 'catalogue'],
  jobs: ['lib', 'runtime'],
  db: ['lib', 'runtime', 'jobs'],
  mail: ['lib', 'secrets', 'runtime', 'input', 'jobs', 'db'],
  redis: ['lib', 'runtime'],
  allowlist: ['lib', 'runtime', 'jobs', 'redis'],
  dns: ['lib', 'config', 'runtime', 'catalogue', 'allowlist'],
  ephemeral: ['lib', 'secrets', 'db', 'redis'],
  'usage-reporter': ['lib'],
  services: [
    'lib',
    'entities',
    'secrets',
    'config',
    'runtime',
    'catalogue',
    'input',
    'jobs',
    'db',
    'mail',
    'redis',
    'allowlist',
    'ephemeral',
    'usage-reporter',
  ],
  dev: ['lib', 'secrets', 'config', 'runtime', 'catalogue', 'db', 'redis', 'allowlist', 'services'],
  cli: [
    'lib',
    'secrets',
    'config',
    'runtime',
    'catalogue',
    'input',
    'db',
    'mail',
    'redis',
    'allowlist',
    'usage-reporter',
    'services',
    'dev',
  ],
  http: ['lib', 'entities', 'config', 'runtime', 'input', 'db', 'redis', 'allowlist', 'services'],
  graphql: ['lib', 'entities', 'runtime', 'db', 'services', 'http'],
  schema: ['lib', 'entities', 'input', 'allowlist', 'services', 'graphql'],
  resolvers: ['lib', 'input', 'allowlist', 'services', 'graphql', 'schema'],
  app: [
    'lib',
    'entities',
    'secrets',
    'config',
    'runtime',
    'catalogue',
    'input',
    'jobs',
    'db',
    'mail',
    'redis',
    'allowlist',
    'dns',
    'ephemeral',
    'services',
    'http',
    'graphql',
    'schema',
    'resolvers',
  ],
  bin: ['config', 'runtime', 'dev', 'cli', 'graphql', 'resolvers', 'app'],
  reference: ['lib', 'config', 'runtime', 'mail', 'allowlist', 'dns', 'cli', 'http', 'schema', 'app'],
};

/** Longer than 300 lines, with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'bench/soak/drill.ts': 'the steps of one soak in their order; each is a few lines',
  'src/lib/error-codes.ts': 'one list of all error codes, a few lines for each',
};

function roomOf(path: string): string {
  return path.split('/')[1]!;
}

/** The layer and the capability of a file, or null when it belongs to no capability. */
function capabilityOf(path: string): { layer: string; capability: string } | null {
  const [, layer, capability] = /^src\/(schema|resolvers|services|entities)\/([a-z-]+)\//.exec(path) ?? [];
  return layer === undefined || capability === undefined ? null : { layer, capability };
}

/** Groups of files that import each other, directly or through others: Tarjan's strongly connected components. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): number => {
    const own = order.size;
    order.set(path, own);
    lowest.set(path, own);
    stack.push(path);
    for (const target of graph.get(path) ?? []) {
      if (!order.has(target)) lowest.set(path, Math.min(lowest.get(path)!, visit(target)));
      else if (stack.includes(target)) lowest.set(path, Math.min(lowest.get(path)!, order.get(target)!));
    }
    if (lowest.get(path) === own) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return lowest.get(path)!;
  };
  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return circles;
}

describe('the rooms of the house', () => {
  it('import no room that is not listed for them', () => {
    const between = everyImport.filter(({ from, to }) => roomOf(from) !== roomOf(to));
    expect(between.length).toBeGreaterThan(500);
    expect(
      between
        .filter(({ from, to }) => !ROOMS[roomOf(from)]?.includes(roomOf(to)))
        .map(({ from, to }) => `${from} → ${to}`),
    ).toEqual([]);
  });

  it('are listed with nothing that they do not import', () => {
    const used = new Set(everyImport.map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`));
    const listed = Object.entries(ROOMS).flatMap(([room, others]) =>
      others.map((other) => `${room} → ${other}`),
    );
    expect(listed.filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  it('form no circle', () => {
    expect(circlesOf(new Map(Object.entries(ROOMS)))).toEqual([]);
  });
});

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

describe('the files', () => {
  it('import each other in no circle, not even for types', () => {
    expect(circlesOf(imports)).toEqual([]);
  });

  it('stand in folders of at most 20', () => {
    const counts = new Map<string, number>();
    for (const path of files) {
      if (!/^(?:src|test|bench|client|scripts)\/.*\.(?:ts|mjs)$/.test(path)) continue;
      const folder = path.slice(0, path.lastIndexOf('/'));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
  });

  it('have at most 300 lines, or a reason to be longer', () => {
    const long = files
      .filter((path) => /^(?:src|bench|scripts)\/.*\.(?:ts|mjs)$/.test(path))
      .filter((path) => read(path).trimEnd().split('\n').length > 300);
    expect(long).toEqual(Object.keys(LONG_FILES));
  });
});
