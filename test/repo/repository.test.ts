import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const files = repositoryFiles();
/** A test's context can skip, too; what has an at sign is GraphQL's directive. */
const MARK = /\b(?:it|test|describe)\.(?:skip|skipIf|runIf|only|todo|fails)\b|(?<!@)\bskip\(/;
const text = (path: string) => /\.(ts|mjs|json|md|graphql|yml|sh)$/.test(path) || path === '.ci/run';

describe('the repository', () => {
  it('skips no test, focuses none and plans none', () => {
    const marked = files
      .filter((path) => path.startsWith('test/') && path.endsWith('.ts'))
      .filter((path) => MARK.test(read(path)));
    expect(marked).toEqual([]);
  });

  it('retries no test', () => {
    const retried = files
      .filter(
        (path) => path.startsWith('test/') && path.endsWith('.ts') && path !== 'test/repo/repository.test.ts',
      )
      .filter((path) => /\bretry: [1-9]\b/.test(read(path)));
    expect(retried).toEqual([]);
    expect(read('vitest.config.ts')).toContain('retry: 0');
  });

  it('pins every dependency to one version and names no registry in the lock file', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(String(version)))).toEqual([]);
    expect(read('package-lock.json')).not.toMatch(/"resolved": "http/);
  });

  it('has one graphql, as the packages that share its classes need', () => {
    const { packages } = JSON.parse(read('package-lock.json'));
    expect(Object.keys(packages).filter((path) => path.endsWith('node_modules/graphql'))).toHaveLength(1);
  });

  it('locks the packages of every platform, without which npm ci refuses the lock file', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const named = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(named.filter((name) => packages[`node_modules/${name}`] === undefined)).toEqual([]);
  });

  it('opens every source file with its one promise', () => {
    const silent = files
      .filter((path) => /^(?:src|bench|scripts)\/.*\.(?:ts|mjs)$/.test(path))
      .filter((path) => !/^(?:#!.*\n)?(?:\/\/ |\/\*\* ?)/.test(read(path)));
    expect(silent).toEqual([]);
  });

  it('leaves nothing open in its code and has no drawer for leftovers', () => {
    const marker = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X\\b|HA', 'CK'].join(''));
    expect(
      files.filter(
        (path) => /^(?:src|bench|scripts|test)\//.test(path) && text(path) && marker.test(read(path)),
      ),
    ).toEqual([]);
    expect(files.filter((path) => /(?:^|\/)(?:utils?|helpers?|misc)(?:\.|\/)/.test(path))).toEqual([]);
  });

  it('answers the commands that README, CONTRIBUTING and the documents name', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => [...read(path).matchAll(/npm (?:(start|test)\b|run ([a-z:]+))/g)])
      .map((match) => match[1] ?? match[2] ?? '');
    expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(['start', 'test', 'cli', 'check']));
  });
});
