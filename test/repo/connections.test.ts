import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const sources = repositoryFiles().filter((path) => /^(?:src\/.*|ormconfig)\.ts$/.test(path));
const having = (pattern: RegExp) => sources.filter((path) => pattern.test(read(path)));

describe('connections to the stores', () => {
  it('are made in one place for each store, so that none is kept when it is dead', () => {
    // A follower reads all the time, and its one connection is closed when nothing comes.
    const follower = /^src\/allowlist\//;
    expect(having(/\bnew Redis\(|\.duplicate\(/).filter((path) => !follower.test(path))).toEqual([
      'src/operations/redis.ts',
    ]);
    expect(having(/\bnew (?:pg\.)?(?:Client|Pool)\(|extends Client\b/)).toEqual([
      'src/operations/postgres.ts',
    ]);
  });

  it('of TypeORM are made there, too, and its logger writes nothing', () => {
    expect(having(/\bnew DataSource\(/)).toEqual(['ormconfig.ts']);
    expect(read('ormconfig.ts')).toMatch(/\bextra: \{ \.\.\.POOLED,/);
    expect(read('ormconfig.ts')).toMatch(/\blogger: SILENT\b/);
  });

  it('of a follower end when the store is silent', () => {
    const followers = having(/\bnew Redis\(/).filter((path) => path.startsWith('src/allowlist/'));
    for (const path of followers) expect(read(path)).toMatch(/\b(?:socketTimeout|commandTimeout): /);
  });
});
