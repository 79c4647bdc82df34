// The command line: which commands there are, and how each outcome ends. 0 done, 1 not done, 2 not understood, 130
// interrupted.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { productRoot } from '../config/catalogue.js';
import { errorLines } from '../runtime/error-lines.js';
import { CommandLineError, InterruptedError } from './errors.js';
import { note } from './output.js';

type AddCommands = (root: Command) => unknown;

interface Group {
  /** The first words of its commands. */
  readonly words: readonly string[];
  readonly load: () => Promise<AddCommands>;
}

/** In the order of the help. Each is loaded on demand: the libraries of all together take a second to load. */
const GROUPS: readonly Group[] = [
  { words: ['staff', 'admin'], load: async () => (await import('./staff/staff.js')).addStaffCommands },
  { words: ['totp'], load: async () => (await import('./staff/totp.js')).addTotpCommand },
  { words: ['node'], load: async () => (await import('./usage/node.js')).addNodeCommands },
  { words: ['allowlist'], load: loadAllowlistCommands },
  { words: ['catalogue'], load: async () => (await import('./catalogue/catalogue.js')).addCatalogueCommands },
  {
    words: ['apple-profile'],
    load: async () => (await import('./apple-profile.js')).addAppleProfileCommand,
  },
  { words: ['policy'], load: async () => (await import('./policy.js')).addPolicyCommands },
  { words: ['usage'], load: async () => (await import('./usage/usage.js')).addUsageCommands },
  { words: ['retention'], load: async () => (await import('./retention.js')).addRetentionCommand },
  { words: ['clock'], load: async () => (await import('./clock.js')).addClockCommand },
  { words: ['migrate'], load: async () => (await import('./migrate.js')).addMigrateCommand },
  { words: ['secret-key'], load: async () => (await import('./secret-key.js')).addSecretKeyCommands },
  { words: ['disclose'], load: async () => (await import('./staff/disclose.js')).addDiscloseCommand },
  { words: ['after-restore'], load: async () => (await import('./after-restore.js')).addAfterRestoreCommand },
  { words: ['doctor'], load: async () => (await import('./doctor/doctor.js')).addDoctorCommand },
];

async function loadAllowlistCommands(): Promise<AddCommands> {
  const [{ addAllowlistCommands }, { addRemovalCommands }, { addImportCommand }] = await Promise.all([
    import('./allowlist/allowlist.js'),
    import('./allowlist/allowlist-removal.js'),
    import('./allowlist/allowlist-import.js'),
  ]);
  return (root) => {
    const allowlist = addAllowlistCommands(root);
    addRemovalCommands(allowlist);
    addImportCommand(allowlist);
  };
}

const { version } = JSON.parse(readFileSync(`${productRoot}package.json`, 'utf8')) as { version: string };

const HELP = `
Settings come from the environment (DATABASE_URL, REDIS_URL, …). When it names no store, they come from the npm start
that runs in this folder.

Examples:
  npm run cli -- doctor
  npm run cli -- admin create staff@example.net
  npm run cli -- allowlist add 198.51.100.0/24 --region uk --until 2027-03-31
  npm run cli -- allowlist import partners.csv

Exit codes: 0 done, 1 failed, 2 invalid command line, 130 interrupted.`;

/** The commands that begin with `word`, or all commands when none does. */
export async function program(word?: string): Promise<Command> {
  const root = rootCommand();
  const asked = GROUPS.filter(({ words }) => word !== undefined && words.includes(word));
  for (const { load } of asked.length > 0 ? asked : GROUPS) (await load())(root);
  return root;
}

function rootCommand(): Command {
  return (
    new Command('cyberspacevpn')
      .version(version, '--version', 'print the version')
      .description('Administration of the gateway and its allowlist.')
      .addHelpText('after', HELP)
      .showHelpAfterError('(see --help)')
      // Commander repeats surplus arguments, and one may be a secret.
      .configureOutput({
        outputError: (text, write) => write(text.replace(/(but got \d+): .*$/m, '$1.')),
      })
      .exitOverride()
  );
}

/** Runs the command of `args` (without the program's own name) and returns the exit code. */
export async function run(args: readonly string[]): Promise<0 | 1 | 2 | 130> {
  try {
    await (await program(args[0])).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    note(errorLines(error));
    if (error instanceof InterruptedError) return 130;
    return error instanceof CommandLineError ? 2 : 1;
  }
}
