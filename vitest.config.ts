import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const REPOSITORY = ['test/repo/**/*.test.ts'];

/**
 * Files that need a process of their own: they replace a module, which others have loaded in a shared one, or measure the
 * memory of the process.
 */
const ALONE = globSync('test/**/*.test.ts').filter((file) =>
  /^vi\.mock\(|memoryUsage\(|'node:inspector/m.test(readFileSync(file, 'utf8')),
);

/** Vitest begins with the largest files; a small one that runs for long would run alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // What starts processes, or makes many thousand requests or packets.
    const rooms = [
      'smoke/benches',
      'drill/',
      'dns/fuzz/',
      'smoke/',
      'cli/',
      'dev/',
      'privacy/',
      'deploy/',
      '',
    ];
    const room = ({ moduleId }: TestSpecification) =>
      rooms.findIndex((path) => moduleId.includes(`/test/${path}`));
    // Of a room those that share a process stay together, so that it goes on from one to the next.
    return (await super.sort(files)).sort((one, other) => room(one) - room(other));
  }
}

export default defineConfig({
  // Vite would take graphql's index.mjs: a second copy beside the one that packages load, with classes of its own.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    pool: 'forks',
    // Files share a few processes, which load the product once instead of 280 times. What a file starts, it ends.
    isolate: false,
    // One more than CI has cores: much of what tests do is to wait.
    maxWorkers: 3,
    // Limits for what hangs, not for what is slow on a machine with other work.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', 'json'],
    outputFile: { json: 'dist/test-report.json' },
    retry: 0,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Needs no service, so `npm run check` runs it too.
      { extends: true, test: { name: 'repository', include: REPOSITORY } },
      { extends: true, test: { name: 'alone', include: ALONE, isolate: true } },
      {
        extends: true,
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...REPOSITORY, ...ALONE],
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/differential.ts'],
        },
      },
    ],
  },
});
