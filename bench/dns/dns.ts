// The dns-node against unbound, dnsdist, dnsmasq and a floor in C, on this machine and in one run: CPU time per query and
// queries a second for relayed names, cached names and a mix; what many profiles and what a second worker add; how long a cache
// miss takes.
// Options: --entries N, --rounds N, --seconds N, --quick.
import { runBench } from '../run.js';
import { type Bench, type Server, withBench } from './bench.js';
import { measureCacheMisses } from './cache-misses.js';
import { measureCosts } from './cost.js';
import { CACHED, writeQueryFiles } from './names.js';
import { findNeeds } from './needs.js';
import { makeInstallation, startOurs } from './ours.js';
import { startDnsdist, startDnsmasq, startFloor, startUnbound, startUpstream } from './peers.js';
import { measureProfiles } from './profiles.js';
import { summaryLine, tables } from './report.js';
import { measureWorkers } from './workers.js';

interface Extent {
  /** In the allowlist. */
  readonly entries: number;
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
}

async function measure(bench: Bench, extent: Extent): Promise<void> {
  bench.say('Filling the allowlist and starting the servers …');
  const installation = await makeInstallation(bench, extent.entries);
  const { suffixes } = installation;
  const files = await writeQueryFiles(bench.folder, suffixes);
  const upstream = await startUpstream(bench);
  const ours = await startOurs(bench, installation, { upstream: upstream.port });
  const unbound = await startUnbound(bench, suffixes, upstream.port);
  const dnsdist = await startDnsdist(bench, suffixes, upstream.port);
  const dnsmasq = await startDnsmasq(bench, suffixes, upstream.port);
  const floor = await startFloor(bench);
  if (floor === null) bench.say('There is no C compiler (apt-get install gcc): the floor is left out.');
  const servers = [ours, unbound, dnsdist, dnsmasq, floor].filter((server) => server !== null);
  const samples = [suffixes[0]!, suffixes.at(-1)!, CACHED[0]!, CACHED.at(-1)!];
  const costs = await measureCosts(bench, { ...extent, servers, files, samples });
  const profiles = await measureProfiles(bench, { ...extent, server: ours, files });
  await stop([ours, dnsdist, dnsmasq, ...(floor === null ? [] : [floor])]);

  const forwarding = await startOurs(bench, installation, { upstream: upstream.port, forwards: true });
  const cold = await measureCacheMisses(bench, { ...extent, servers: [upstream, unbound, forwarding] });
  await stop([forwarding, unbound]);

  const workers = await measureWorkers(bench, { ...extent, installation, upstream: upstream.port, files });
  const figures = { costs, profiles, workers, cold };
  const context = { ...extent, suffixes: suffixes.length, versions: bench.needs.versions };
  console.log(tables(figures, context));
  console.log(summaryLine(figures));
}

async function stop(servers: readonly Server[]): Promise<void> {
  for (const { process } of servers) await process.stop();
}

await runBench(
  {
    entries: { full: 1_000_000, quick: 20_000, most: 5_000_000 },
    rounds: { full: 3, quick: 1, most: 9999 },
    seconds: { full: 5, quick: 0.3, most: 9999 },
  },
  async (extent, signal) => withBench(await findNeeds(), signal, (bench) => measure(bench, extent)),
);
