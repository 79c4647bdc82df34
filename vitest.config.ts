import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const REPOSITORY = ['test/repo/**/*.test.ts'];

/** Files that replace a module get a process of their own: in a shared one, others have loaded that module already. */
const REPLACING = globSync('test/**/*.test.ts').filter((file) =>
  /^vi\.mock\(/m.test(readFileSync(file, 'utf8')),
);

/** Vitest begins with the largest files; a small one that runs for long would run alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      /\/test\/(?:dns\/fuzz\/|smoke\/|drill\/drill\.)/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
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
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'dist/test-report.json' },
    retry: 0,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Needs no service, so `npm run check` runs it too.
      { extends: true, test: { name: 'repository', include: REPOSITORY } },
      { extends: true, test: { name: 'replacing', include: REPLACING, isolate: true } },
      {
        extends: true,
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...REPOSITORY, ...REPLACING],
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/differential.ts'],
        },
      },
    ],
  },
});
