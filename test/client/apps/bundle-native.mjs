// Bundles a program as React Native's Metro does: `bundle-native.mjs FOLDER ENTRY OUT`.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { argv } from 'node:process';

const require = createRequire(import.meta.url);
const { loadConfig, mergeConfig, runBuild } = require('metro');
const [, , folder, entry, out] = argv;

const folderOf = (file) => dirname(require.resolve(file));

const config = mergeConfig(await loadConfig({ cwd: folder }), {
  projectRoot: folder,
  watchFolders: [folder, ...['metro-runtime/package.json', '@babel/runtime/package.json'].map(folderOf)],
  cacheStores: [],
  maxWorkers: 1,
  reporter: { update() {} },
  // As in React Native's own configuration: its condition, its loading of modules, and what turns modules into its format.
  resolver: {
    unstable_conditionNames: ['react-native'],
    resolverMainFields: ['react-native', 'browser', 'main'],
  },
  transformer: {
    asyncRequireModulePath: require.resolve('metro-runtime/src/modules/asyncRequire'),
    getTransformOptions: async () => ({
      transform: { experimentalImportSupport: true, inlineRequires: false },
    }),
  },
});
await runBuild(config, { entry, out, minify: false, dev: false, platform: 'ios' });
