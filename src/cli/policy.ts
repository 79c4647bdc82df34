// `policy`: checks the files of the privacy policy before a gateway reads them, and shows what they announce.
import type { Command } from 'commander';
import { agesFile, processorsFile } from '../config/policy.js';
import { today } from '../lib/calendar.js';
import { PolicyFileError } from '../lib/policy-file.js';
import { loadAges } from '../services/account/age.js';
import { loadPolicyVersions, type PolicyVersion } from '../services/policy/policy-versions.js';
import { loadProcessors } from '../services/policy/processors.js';
import { write } from './output.js';
import { readConfig } from './stores.js';

export function addPolicyCommands(root: Command): void {
  const policy = root.command('policy').description('The privacy policy and the files that belong to it.');
  policy
    .command('check')
    .description(
      'Check the policy versions, the ages by country and the processors, and list all errors with their places.',
    )
    .argument('[versions]', 'file that lists the versions (default: POLICY, or the shipped one)')
    .addHelpText(
      'after',
      `
A running gateway reads changed versions on SIGHUP. When they have errors, it keeps the old ones. When the hash of a
policy text is not the one in the list, the error shows the actual hash.

Examples:
  npm run cli -- policy check
  npm run cli -- policy check new/versions.json`,
    )
    .action(check);
}

async function check(versionsFile?: string): Promise<void> {
  const config = await readConfig();
  const [versions, ...others] = await Promise.allSettled([
    loadPolicyVersions(
      versionsFile ?? config.policyFile,
      today(),
      versionsFile === undefined ? 'POLICY' : null,
    ),
    loadAges(agesFile),
    loadProcessors(processorsFile),
  ]);
  const errors = [versions, ...others].flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (!(result.reason instanceof PolicyFileError)) throw result.reason;
    return result.reason.errors;
  });
  if (errors.length > 0 || versions.status === 'rejected') throw new PolicyFileError(errors);
  await write(summary(versions.value));
}

function summary(versions: readonly PolicyVersion[]): string {
  const day = today();
  const ahead = versions.filter(({ effectiveOn }) => effectiveOn > day);
  const current = versions[versions.length - ahead.length - 1]!;
  const lines = ahead.map(({ version, effectiveOn, material }) => {
    const notice = material
      ? 'announced by mail at the next reload or start'
      : 'not announced: it is not material';
    return `upcoming: ${version} from ${effectiveOn}; ${notice}`;
  });
  return [`ok: ${current.version} is in force since ${current.effectiveOn}`, ...lines, ''].join('\n');
}
