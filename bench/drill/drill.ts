// `npm run drill`: the failures of docs/operations/failures.md, played on the whole product in a network of its own, and what
// each of them costs: how many requests fail, for how long, what is lost, and what reported it. Exit code 1 when that is more
// than limits.ts allows. Options: --only NAME, --quick, --list.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { debianProgram } from '../../src/dev/embedded/debian.js';
import { OperatorError } from '../../src/lib/operator-error.js';
import { FAULTS, readDrillOptions } from './options.js';
import { namesOf } from './report.js';

async function drill(): Promise<number> {
  const options = readDrillOptions(process.argv.slice(2));
  if (options.list) {
    console.log(namesOf(FAULTS));
    return 0;
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new OperatorError(
      'a drill makes network namespaces: it needs Linux, and root (sudo npm run drill)',
    );
  }
  await debianProgram('iproute2', ['ip'], (line) => console.error(line));
  const inside = fileURLToPath(new URL('inside.js', import.meta.url));
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', 'unshare', '--net', '--'],
      ...[process.execPath, inside, ...process.argv.slice(2)],
    ],
    { stdio: 'inherit', detached: true },
  );
  // However often it is asked to: what is being removed must not be left behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await drill();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
