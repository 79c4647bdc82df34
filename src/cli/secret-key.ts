// `secret-key`: checks SECRET_KEY, and changes it. Values that were sealed with the old key are lost.
import type { Command } from 'commander';
import { changeKey, keyState, lostWithKey } from '../services/installation/key-check.js';
import { CommandError } from './errors.js';
import { note, write } from './output.js';
import { anyKeyringOf, readConfig, withDatabase } from './stores.js';

const WHAT_GOES = `
Values that were sealed with the old key can no longer be read: secrets of authenticator apps, recovery codes, links in mails,
queued mails, tokens of VPN servers, and the details, answers, documents and data exports of rights requests. Accounts,
passwords, addresses, passkeys and usage data stay. A usage report of an open day counts twice when a VPN server sends it again.`;

export function addSecretKeyCommands(root: Command): void {
  const key = root.command('secret-key').description('The installation’s key, SECRET_KEY.');
  key
    .command('check')
    .description('Check that SECRET_KEY is the key of this installation; exit code 1 when it is not.')
    .action(check);
  key
    .command('change')
    .description('Make the current value of SECRET_KEY the key of this installation.')
    .option('--yes', 'change it; without --yes the command only shows what would be lost')
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
  if (state === 'other') throw new CommandError('SECRET_KEY is not the key of this installation');
  await write(
    state === 'same' ? 'SECRET_KEY is the key of this installation\n' : 'no gateway has started yet\n',
  );
}

async function change({ yes = false }: { yes?: boolean }): Promise<void> {
  const config = await readConfig();
  const keyring = anyKeyringOf(config);
  await withDatabase(config, async (database) => {
    if ((await keyState(database, keyring)) === 'same') {
      await write('SECRET_KEY is the key of this installation already; nothing to do\n');
      return;
    }
    const lost = await lostWithKey(database);
    for (const { what, count } of lost) note(`lost: ${count} ${what}`);
    if (lost.length === 0) note('lost: only the links in mails that were sent already');
    if (!yes)
      throw new CommandError('nothing was changed; stop all gateways, and then run: secret-key change --yes');
    await changeKey(database, keyring);
    note('The key is changed. Start the gateways with it.');
  });
}
