// `totp`: the present code of an authenticator app's secret, for staff at a server without a telephone.
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { InvalidSecret, totpCode } from '../services/totp-code.js';
import { UsageFault } from './faults.js';
import { write } from './output.js';

export function addTotpCommand(root: Command): void {
  root
    .command('totp')
    .description('Print the present code of an authenticator app’s secret.')
    .argument('[secret]', 'in base32, as startTotp gives it; without it, read from stdin')
    .addHelpText(
      'after',
      `
On a machine that others use, give the secret on stdin: they can see the arguments of a command.

Examples:
  npm run cli -- totp JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
  npm run --silent cli -- totp < secret.txt`,
    )
    .action(async (argument: string | undefined) => {
      await write(`${codeOf((argument ?? (await text(process.stdin))).trim())}\n`);
    });
}

function codeOf(secret: string): string {
  try {
    return totpCode(secret);
  } catch (error) {
    throw error instanceof InvalidSecret ? new UsageFault(error.message) : error;
  }
}
