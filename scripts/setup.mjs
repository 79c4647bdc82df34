// Makes a clean clone runnable: installs the locked dependencies, the pinned Node among them, and builds.
// Runs on the machine's own Node (20 or newer) with nothing but built-ins, because nothing else is there yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const quiet = process.argv.includes('--quiet');
const stamp = join(root, 'node_modules', '.installed-lock');
const pinnedNode = join(root, 'node_modules', '.bin', 'node');

function say(line) {
  if (!quiet) process.stderr.write(`${line}\n`);
}

function fail(line) {
  process.stderr.write(`setup: ${line}\n`);
  process.exit(1);
}

function run(command, args, problem) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.error) fail(`${problem}: ${result.error.code}`);
  if (result.status !== 0) fail(`${problem}:\n${result.stdout}${result.stderr}`);
}

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Node 20 or newer is needed to install; this is ${process.versions.node}.`);

// What else stands in package.json, such as its scripts, changes nothing of what is installed.
const { dependencies, devDependencies, overrides } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const locked = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(JSON.stringify({ dependencies, devDependencies, overrides }))
  .digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (installed !== locked) {
  say('Installing the locked dependencies (about a minute the first time) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci failed');
  if (!existsSync(pinnedNode)) {
    fail(`no pinned Node for ${process.platform}-${process.arch}; Linux on x64 or arm64 is supported.`);
  }
  writeFileSync(stamp, locked);
}

/** Changes whenever a source, the compiler's settings or an installed package changes. */
function fingerprint() {
  const hash = createHash('sha256').update(locked);
  for (const name of ['ormconfig.ts', 'src', 'client', 'bench', 'tsconfig.json', 'tsconfig.build.json']) {
    const isFolder = statSync(join(root, name)).isDirectory();
    const inFolder = () => readdirSync(join(root, name), { recursive: true }).sort();
    const files = isFolder ? inFolder().map((file) => join(name, file)) : [name];
    // The client package's own build lies inside its folder.
    for (const file of files.filter((path) => /^(?!client\/dist\/).*\.(?:ts|json)$/.test(path))) {
      const { size, mtimeMs } = statSync(join(root, file));
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

// The compiler takes a second to find that nothing has changed, and every script of package.json begins with this file.
const builtStamp = join(root, 'dist', '.built');
const sources = fingerprint();
const built = existsSync(builtStamp) ? readFileSync(builtStamp, 'utf8') : '';
if (built !== sources) {
  run(
    pinnedNode,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    'build failed',
  );
  writeFileSync(builtStamp, sources);
}
