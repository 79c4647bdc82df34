// `totp`: prints the current code of an authenticator app's secret, for staff who have no telephone at hand. The secret is never
// an argument, because every user of a machine can read the arguments of all processes.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { InvalidSecret, totpCode } from '../../services/sign-in/second-factors/totp-code.js';
import { CommandLineError } from '../errors.js';
import { note, write } from '../output.js';

export function addTotpCommand(root: Command): void {
  root
    .command('totp')
    .description('Print the current code of an authenticator app’s secret, which is read from stdin.')
    .addHelpText(
      'after',
      `
The secret is in base32, as startTotp returns it. In a terminal the command asks for it, and does not show the input.

Examples:
  npm run cli -- totp
  npm run --silent cli -- totp < secret.txt`,
    )
    .action(async () => {
      const secret = process.stdin.isTTY ? await asked() : await text(process.stdin);
      await write(`${codeOf(secret.trim())}\n`);
    });
}

/** Reads a line from the terminal without showing it. */
async function asked(): Promise<string> {
  note('Enter the secret; the input is not shown:');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
  }
}

function codeOf(secret: string): string {
  try {
    return totpCode(secret);
  } catch (error) {
    throw error instanceof InvalidSecret ? new CommandLineError(error.message) : error;
  }
}
