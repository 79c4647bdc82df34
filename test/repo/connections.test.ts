import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const sources = repositoryFiles().filter((path) => /^(?:src\/.*|ormconfig)\.ts$/.test(path));
const having = (pattern: RegExp) => sources.filter((path) => pattern.test(read(path)));

describe('connections to the stores', () => {
  it('are made in one place for each store, so that none is kept when it is dead', () => {
    expect(having(/\bnew Redis\(|\.duplicate\(/)).toEqual(['src/redis/redis.ts']);
    expect(having(/\bnew (?:pg\.)?(?:Client|Pool)\(|extends Client\b/)).toEqual(['src/db/postgres.ts']);
  });

  it('of TypeORM are made there, too, and its logger writes nothing', () => {
    expect(having(/\bnew DataSource\(/)).toEqual(['ormconfig.ts']);
    expect(read('ormconfig.ts')).toMatch(/\bextra: \{ \.\.\.POOLED,/);
    expect(read('ormconfig.ts')).toMatch(/\blogger: SILENT\b/);
  });

  it('that ask nothing of their own accord end when the store is silent, and are not used again', () => {
    const readers = having(/\buse: 'reads',/);
    expect(readers).toEqual(['src/allowlist/follower.ts']);
    for (const path of readers) expect(read(path)).toMatch(/\bretryStrategy: null,[^}]*\bsocketTimeout: /);
  });
});
