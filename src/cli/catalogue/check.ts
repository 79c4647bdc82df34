// `catalogue check`: the files as a whole, and with --live their names against the world.
import { type Catalogue, loadCatalogue } from '../../catalogue/catalogue.js';
import { readKnownDifferences } from '../../catalogue/known-differences.js';
import { knownDifferencesPath } from '../../config/catalogue.js';
import { MINUTE_MS } from '../../lib/durations.js';
import { type Prefix, parsePrefix } from '../../lib/ip.js';
import { CommandError, CommandLineError } from '../errors.js';
import { write } from '../output.js';
import { showProgress } from '../progress.js';
import { readConfig } from '../stores.js';
import { checkLive } from './live.js';
import { findingCount, liveText } from './live-text.js';
import { Lookups } from './lookups.js';
import { summaryOf, summaryText } from './summary.js';

/** Without a terminal, progress is shown in lines, one for so many names. */
const NAMES_PER_LINE = 100;

export interface CheckOptions {
  readonly json?: boolean;
  readonly live?: boolean;
  readonly resolver?: string;
  readonly parallel?: number;
  readonly timeout?: number;
  readonly deadline?: number;
  readonly tlsPort?: number;
  readonly known?: string;
}

export async function checkCatalogue(
  catalogueFile: string | undefined,
  regionsFile: string | undefined,
  options: CheckOptions,
): Promise<void> {
  const { json = false, live = false, ...ofLive } = options;
  if (!live && Object.keys(ofLive).length > 0) {
    throw new CommandLineError(
      'only a check with --live has a resolver, times, a port and known differences',
    );
  }
  const config = await readConfig();
  const catalogue = await loadCatalogue({
    catalogueFile: catalogueFile ?? config.catalogueFile,
    regionsFile: regionsFile ?? config.regionsFile,
    given: { catalogue: catalogueFile !== undefined, regions: regionsFile !== undefined },
    refusesExamples: config.refusesExamples,
  });
  if (live) return checkNames(catalogue, options);
  const summary = summaryOf(catalogue);
  const here = new Set(catalogue.regions.map(({ id }) => id));
  return write(json ? `${JSON.stringify(summary)}\n` : summaryText(summary, here));
}

/** Throws CommandError when there is something to do. */
async function checkNames({ services, regions }: Catalogue, options: CheckOptions): Promise<void> {
  const { resolver = null, parallel = 16, timeout = 5, deadline = 10, tlsPort = 443, known, json } = options;
  const { siblings } = await readKnownDifferences(known ?? knownDifferencesPath);
  const relays = regions.flatMap((region) => region.relays.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6 ?? []]));
  const report = await checkLive(services, {
    lookups: new Lookups(resolver, timeout * 1000),
    atOnce: parallel,
    tlsPort,
    siblings,
    relays: relays.flat().map((text) => parsePrefix(text) as Prefix),
    signal: AbortSignal.timeout(deadline * MINUTE_MS),
    progressOf: (total) => showProgress(total, NAMES_PER_LINE),
  });
  const { checked, unanswered } = report;
  if (checked > 1 && unanswered.length === checked) {
    const code = unanswered[0]!.sign;
    throw new CommandError(
      `no name has an answer (${code}): --resolver must be one that this machine can ask`,
    );
  }
  await write(json ? `${JSON.stringify(report)}\n` : liveText(report));
  if (findingCount(report) > 0) throw new CommandError('the catalogue needs attention: see the report');
}
