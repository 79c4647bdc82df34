// docs/reference/command-line.md: every command, as `--help` describes it.
import type { Command } from 'commander';
import { program } from '../cli/program.js';
import { code, table } from './markdown.js';

/** Characters in a line of help. */
const WIDTH = 110;

interface Leaf {
  /** `allowlist add` */
  readonly name: string;
  readonly command: Command;
}

export async function commandLinePage(): Promise<string> {
  const root = await program();
  const leaves = leavesOf(root, '');
  const rows = leaves.map(({ name, command }) => [
    `[${code(name)}](#${name.replaceAll(' ', '-')})`,
    command.description(),
  ]);
  const sections = leaves.map(
    ({ name, command }) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  );
  return `# Command line

\`npm run cli -- COMMAND\` builds first and runs \`COMMAND\`. On a server, \`node_modules/.bin/node dist/src/bin/cli.js COMMAND\` does it
without building. \`--help\` after any command prints its section of this page; \`--version\` prints the version.

${table(['command', 'what it does'], rows)}

\`\`\`text
${helpOf(root)}
\`\`\`

${sections.join('\n')}`;
}

function leavesOf(command: Command, path: string): readonly Leaf[] {
  return command.commands.flatMap((each) => {
    const name = `${path} ${each.name()}`.trim();
    return each.commands.length === 0 ? [{ name, command: each }] : leavesOf(each, name);
  });
}

/** With the texts that a command adds before and after. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return help.trim().replaceAll(/[ \t]+$/gm, '');
}
