// `secret-key`: whether SECRET_KEY is the installation's, and its change, which cannot be undone for what is sealed.
import type { Command } from 'commander';
import { changeKey, keyState, lostWithKey } from '../services/installation/key-check.js';
import { CommandError } from './errors.js';
import { note, write } from './output.js';
import { anyKeyringOf, readConfig, withDatabase } from './stores.js';

const WHAT_GOES = `
What is sealed with the key before cannot be read any more: secrets of authenticator apps, recovery codes, links in mails and
mails that wait, tokens of VPN servers, details and answers of rights requests, their documents and archives. Accounts, passwords,
addresses, passkeys and usage stay; reports of days that are still open count twice when a VPN server sends them again.`;

export function addSecretKeyCommands(root: Command): void {
  const key = root.command('secret-key').description('The secret of the installation, SECRET_KEY.');
  key
    .command('check')
    .description('Say whether SECRET_KEY is the one of this installation; exit code 1 when it is not.')
    .action(check);
  key
    .command('change')
    .description('Make SECRET_KEY, as it is set now, the one of this installation.')
    .option('--yes', 'do it; without it the command only says what would be lost')
    .addHelpText(
      'after',
      `${WHAT_GOES}

Stop all gateways, set the new SECRET_KEY for each of them and for this command, run it, and start the gateways.`,
    )
    .action(change);
}

async function check(): Promise<void> {
  const config = await readConfig();
  const keyring = anyKeyringOf(config);
  const state = await withDatabase(config, (database) => keyState(database, keyring));
  if (state === 'other') throw new CommandError('SECRET_KEY is not that of this installation');
  await write(
    state === 'same' ? 'SECRET_KEY is that of this installation\n' : 'no gateway has started yet\n',
  );
}

async function change({ yes = false }: { yes?: boolean }): Promise<void> {
  const config = await readConfig();
  const keyring = anyKeyringOf(config);
  await withDatabase(config, async (database) => {
    if ((await keyState(database, keyring)) === 'same') {
      await write('SECRET_KEY is that of this installation already; nothing to do\n');
      return;
    }
    const lost = await lostWithKey(database);
    for (const { what, count } of lost) note(`lost: ${count} ${what}`);
    if (lost.length === 0) note('lost: nothing but the links that are in mails already');
    if (!yes)
      throw new CommandError('nothing was changed; stop all gateways, and then run: secret-key change --yes');
    await changeKey(database, keyring);
    note('The key is changed. Start the gateways with it.');
  });
}
