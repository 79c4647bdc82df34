// `policy`: whether the files of the privacy policy are good, and what a gateway will make of them, before it reads them.
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
  const policy = root.command('policy').description('The privacy policy and what belongs to it.');
  policy
    .command('check')
    .description(
      'Check the versions, the ages by country and the processors; every fault is told with its place.',
    )
    .argument('[versions]', 'list of the versions (default: POLICY, or the shipped one)')
    .addHelpText(
      'after',
      `
Gateways that run take changed versions on SIGHUP, and keep the old ones when the new are broken. A text that does
not have the hash in the list is a fault, which tells the hash that it has.

Examples:
  npm run cli -- policy check
  npm run cli -- policy check new/versions.json`,
    )
    .action(check);
}

async function check(versionsFile?: string): Promise<void> {
  const config = await readConfig();
  const [versions, ...others] = await Promise.allSettled([
    loadPolicyVersions(versionsFile ?? config.policyFile),
    loadAges(agesFile),
    loadProcessors(processorsFile),
  ]);
  const faults = [versions, ...others].flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (!(result.reason instanceof PolicyFileError)) throw result.reason;
    return result.reason.faults;
  });
  if (faults.length > 0 || versions.status === 'rejected') throw new PolicyFileError(faults);
  await write(summary(versions.value));
}

function summary(versions: readonly PolicyVersion[]): string {
  const day = today();
  const ahead = versions.filter(({ effectiveOn }) => effectiveOn > day);
  const current = versions[versions.length - ahead.length - 1]!;
  const lines = ahead.map(({ version, effectiveOn, material }) => {
    const told = material ? 'a reload or a start announces it by mail' : 'not announced: it is not material';
    return `ahead: ${version} from ${effectiveOn}; ${told}`;
  });
  return [`ok: ${current.version} is in force since ${current.effectiveOn}`, ...lines, ''].join('\n');
}
