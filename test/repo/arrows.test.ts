import { describe, expect, it } from 'vitest';
import { importsOf, reachableFrom, read, repositoryFiles } from './source-files.js';

const sources = repositoryFiles().filter((path) => path.startsWith('src/') && path.endsWith('.ts'));
const inFolder = (folder: string) => sources.filter((path) => path.startsWith(`src/${folder}/`));

const DATABASE = ['typeorm', 'pg', 'ormconfig.ts', 'src/entities/', 'src/db/'];
const GRAPHQL = ['graphql', 'type-graphql', 'graphql-shield', 'graphql-middleware', '@apollo/server'];
const GATEWAY = ['src/services/', 'src/schema/', 'src/resolvers/', 'src/http/', 'src/graphql/', 'src/mail/'];

/** What can send something to somebody else. Stores are our own, and are reached by clients of their own. */
const NETWORK = [
  'nodemailer',
  'undici',
  'axios',
  'node:child_process',
  'node:dgram',
  'node:dns',
  'node:http',
  'node:http2',
  'node:https',
  'node:net',
  'node:tls',
];

function isAt(target: string, places: readonly string[]): boolean {
  return places.some((place) => target === place || (place.endsWith('/') && target.startsWith(place)));
}

function forbiddenPaths(files: readonly string[], forbidden: readonly string[]): string[] {
  return files.flatMap((file) =>
    [...reachableFrom(file)].filter(([target]) => isAt(target, forbidden)).map(([, path]) => path),
  );
}

function forbiddenImports(files: readonly string[], forbidden: readonly string[]): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((target) => isAt(target, forbidden))
      .map((target) => `${file} → ${target}`),
  );
}

describe('the arrows that must never be', () => {
  it('sees the imports that there are', () => {
    expect([...reachableFrom('src/bin/gateway.ts').keys()]).toEqual(
      expect.arrayContaining(['typeorm', 'graphql', 'ioredis', 'src/allowlist/writer.ts', 'ormconfig.ts']),
    );
    expect([...reachableFrom('src/bin/dns-node.ts').keys()]).toEqual(
      expect.arrayContaining(['dns2', 'ioredis', 'src/allowlist/follower.ts', 'src/dns/chain.ts']),
    );
  });

  it('keep the dns-node, its edge, the allowlist and the catalogue away from Postgres and GraphQL, even through others', () => {
    const edge = [
      ...inFolder('dns'),
      ...inFolder('allowlist'),
      ...inFolder('catalogue'),
      'src/bin/dns-node.ts',
    ];
    expect(forbiddenPaths(edge, [...DATABASE, ...GRAPHQL, ...GATEWAY])).toEqual([]);
  });

  it('keep what runs on VPN nodes away from the stores, the API and whatever writes, even through others', () => {
    const nodes = inFolder('usage-reporter');
    expect(nodes).toContain('src/usage-reporter/accounting.ts');
    const forbidden = [
      'ioredis',
      'src/resolvers/',
      'src/schema/',
      'src/http/',
      'node:fs',
      'node:fs/promises',
    ];
    expect(forbiddenPaths(nodes, [...DATABASE, ...GRAPHQL, ...GATEWAY, ...NETWORK, ...forbidden])).toEqual(
      [],
    );
  });

  it('keep resolvers away from entities, TypeORM and Redis', () => {
    expect(forbiddenImports(inFolder('resolvers'), ['src/entities/', 'typeorm', 'ioredis'])).toEqual([]);
  });

  it('keep services away from resolvers, schema, GraphQL and DNS', () => {
    const forbidden = ['src/resolvers/', 'src/schema/', 'src/dns/', ...GRAPHQL];
    expect(forbiddenPaths(inFolder('services'), forbidden)).toEqual([]);
  });

  it('keep entities to themselves', () => {
    const others = sources
      .map((path) => path.split('/').slice(0, 2).join('/'))
      .filter((path) => path !== 'src/entities');
    const folders = [...new Set(others)].map((path) => (path.endsWith('.ts') ? path : `${path}/`));
    expect(forbiddenImports(inFolder('entities'), folders)).toEqual([]);
  });

  it('keep the logger out of the request path of the edge', () => {
    expect(forbiddenPaths(inFolder('dns'), ['src/runtime/log.ts'])).toEqual([]);
  });

  it('let nothing out of the gateway but mails, through the register of processors, and callbacks to agents', () => {
    // They start servers, ask our own ones how they are, or answer DNS; the gateway reaches none of them.
    const others = ['src/dns/', 'src/cli/', 'src/dev/', 'src/config/dns-node.ts'];
    expect(forbiddenPaths(['src/bin/gateway.ts'], others)).toEqual([]);
    const gateway = sources.filter((path) => !isAt(path, others));
    // Two listen and close listeners, the last serves metrics and health; none sends anything on its own.
    expect(forbiddenImports(gateway, NETWORK)).toEqual([
      'src/app/servers.ts → node:net',
      'src/http/drain.ts → node:net',
      'src/mail/smtp.ts → nodemailer',
      'src/runtime/health.ts → node:http',
      // Statuses of an agent's own requests, at the origin that the register of agents names, and no data of a person.
      'src/services/rights/drp/drp-call.ts → node:dns',
      'src/services/rights/drp/drp-call.ts → node:http',
      'src/services/rights/drp/drp-call.ts → node:https',
    ]);
    expect(
      gateway.filter((path) => /(?<![.\w])fetch\(|\bnew (?:WebSocket|EventSource)\b/.test(read(path))),
    ).toEqual([]);
    expect(forbiddenImports(sources, ['nodemailer'])).toEqual(['src/mail/smtp.ts → nodemailer']);
    expect(read('src/mail/smtp.ts')).toMatch(/\bregister: SharingRegister\b[\s\S]*\bregister\.permitted\(/);
    expect(read('src/app/mail.ts')).toMatch(/new SmtpClient\([^)]*, processors\)/);
    expect(read('src/app/gateway.ts')).toMatch(/\bprocessors: files\.processors,/);
  });

  it('let nobody import a process', () => {
    const elsewhere = sources.filter((path) => !path.startsWith('src/bin/'));
    expect(forbiddenImports(elsewhere, ['src/bin/'])).toEqual([]);
  });

  it('let only src/config read the environment', () => {
    const readers = sources.filter((path) => !path.startsWith('src/config/') && !path.startsWith('src/bin/'));
    expect(readers.filter((path) => /process\.env\b/.test(read(path)))).toEqual([]);
  });
});
