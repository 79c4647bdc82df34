// `doctor`: checks every part of a running product, and shows what to do about each failure.
import { lookup, Resolver } from 'node:dns/promises';
import type { Command } from 'commander';
import { AllowlistUninitialised, AllowlistWriter } from '../../allowlist/writer.js';
import { type Catalogue, loadCatalogue } from '../../catalogue/catalogue.js';
import type { CliConfig } from '../../config/cli.js';
import { type Endpoint, endpointText, localEndpoint } from '../../config/settings.js';
import { openPostgres } from '../../db/connect.js';
import { openRedis } from '../../redis/connect.js';
import { errorLines } from '../../runtime/error-lines.js';
import { errorFields } from '../../runtime/log.js';
import { loadPolicyVersions } from '../../services/policy/policy-versions.js';
import { BreachedFile } from '../../services/sign-in/breached-file.js';
import { CommandError } from '../errors.js';
import { entryCount, row, write } from '../output.js';
import { readConfig } from '../stores.js';
import { clocks, secretKey } from './doctor-guards.js';
import { mailQueue } from './doctor-mail.js';
import { portalNames } from './doctor-names.js';
import { pastOnDisk } from './doctor-postgres.js';
import { connected, ephemeralRedis, persistence } from './doctor-redis.js';
import { type Finding, unnamed } from './finding.js';

const ANSWER_MS = 3000;

export function addDoctorCommand(root: Command): void {
  root
    .command('doctor')
    .description('Check every part of a running product; exit code 1 when a check fails.')
    .option(
      '--gateway <host>',
      'host of a gateway, instead of METRICS_HOST; repeat it for each gateway',
      collected,
    )
    .option(
      '--dns-node <host>',
      'host of a dns-node, instead of METRICS_HOST and DNS_HOST; repeat it for each dns-node',
      collected,
    )
    .action(doctor);
}

interface Options {
  readonly gateway?: readonly string[];
  readonly dnsNode?: readonly string[];
}

function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function doctor(options: Options): Promise<void> {
  const config = await readConfig();
  const gateways = at(config.gatewayMetrics, options.gateway);
  const nodes = at(config.dnsMetrics, options.dnsNode);
  const findings = await Promise.all([
    postgres(config),
    redis(config),
    clocks(config),
    ephemeralRedis(config),
    catalogue(config),
    portalNames(config),
    policy(config),
    breachedPasswords(config),
    ...gateways.map((endpoint) =>
      ready(
        'gateway',
        endpoint,
        'start the gateway, or name its host with --gateway or METRICS_HOST, and GATEWAY_METRICS_PORT',
      ),
    ),
    ...nodes.map((endpoint) =>
      ready(
        'dns-node',
        endpoint,
        'start the dns-node, or name its host with --dns-node or METRICS_HOST, and DNS_METRICS_PORT',
      ),
    ),
    ...at(config.dns, options.dnsNode).map((endpoint) => dnsQuery(config, endpoint)),
  ]);
  const all = findings.flat();
  for (const { part, ok, text, todo } of all) {
    await write(row([ok ? 'ok' : 'FAIL', part, text], [4, 16]));
    if (!ok && todo !== undefined) await write(row(['', '', `→ ${todo}`], [4, 16]));
  }
  const failed = all.filter(({ ok }) => !ok).length;
  if (failed > 0) throw new CommandError(`${failed} of ${all.length} checks failed`);
}

/** The port of the settings at each named host, or the endpoint of the settings when no host is named. */
function at(endpoint: Endpoint, hosts: readonly string[] | undefined): readonly Endpoint[] {
  return hosts === undefined ? [endpoint] : hosts.map((host) => ({ host, port: endpoint.port }));
}

async function postgres(config: CliConfig): Promise<Finding[]> {
  const part = 'postgres';
  if (config.databaseUrl === null) return [unnamed(part, 'DATABASE_URL')];
  try {
    const client = await openPostgres(config.databaseUrl);
    try {
      const { rows } = await client.query("SELECT to_regclass('account') IS NOT NULL AS migrated");
      if (rows[0]?.migrated) {
        const connected = { part, ok: true, text: 'connected, migrated' };
        return [
          connected,
          await pastOnDisk(client),
          await mailQueue(client),
          ...(await secretKey(client, config)),
        ];
      }
      const todo = 'run: migrate';
      return [{ part, ok: false, text: 'connected, but without tables', todo }];
    } finally {
      await client.end();
    }
  } catch (error) {
    const todo = 'start Postgres, and check the host, user and password in DATABASE_URL';
    return [{ part, ok: false, text: errorLines(error), todo }];
  }
}

async function redis(config: CliConfig): Promise<Finding[]> {
  const part = 'redis';
  if (config.redisUrl === null) return [unnamed(part, 'REDIS_URL')];
  try {
    const client = await openRedis(config.redisUrl);
    try {
      return [{ part, ...(await connected(client)) }, await persistence(client), await allowlist(client)];
    } finally {
      client.disconnect();
    }
  } catch (error) {
    const todo = 'start Redis, and check the host, user and password in REDIS_URL';
    return [{ part, ok: false, text: errorLines(error), todo }];
  }
}

type RedisClient = Awaited<ReturnType<typeof openRedis>>;

async function allowlist(client: RedisClient): Promise<Finding> {
  const part = 'allowlist';
  try {
    const { entries, revision } = await new AllowlistWriter(client).stats();
    return { part, ok: true, text: `${entryCount(entries)}, revision ${revision}` };
  } catch (error) {
    if (!(error instanceof AllowlistUninitialised)) return { part, ok: false, text: errorLines(error) };
    const todo =
      'after an installation run: allowlist init; after a failover find out first where the data is';
    return { part, ok: false, text: 'not initialised', todo };
  }
}

async function catalogue(config: CliConfig): Promise<Finding> {
  const part = 'catalogue';
  try {
    const { services, regions } = await loadCatalogue(config);
    return { part, ok: true, text: `${services.length} services, ${regions.length} regions` };
  } catch (error) {
    const text = errorLines(error).split('\n')[0] ?? '';
    return { part, ok: false, text, todo: 'run: catalogue check; it lists all errors' };
  }
}

async function policy({ policyFile }: CliConfig): Promise<Finding> {
  const part = 'privacy policy';
  try {
    const { length } = await loadPolicyVersions(policyFile);
    return { part, ok: true, text: length === 1 ? '1 version' : `${length} versions` };
  } catch (error) {
    const text = errorLines(error).split('\n')[0] ?? '';
    return { part, ok: false, text, todo: 'run: policy check; it lists all errors' };
  }
}

async function breachedPasswords({ breachedPasswordsFile }: CliConfig): Promise<Finding> {
  const part = 'breached list';
  if (breachedPasswordsFile === null) return { part, ok: true, text: 'built in' };
  try {
    await (await BreachedFile.open(breachedPasswordsFile)).close();
    return { part, ok: true, text: 'built in, and a file' };
  } catch (error) {
    const todo = 'name a file in the format of Have I Been Pwned, ordered by hash, that the gateway may read';
    return { part, ok: false, text: errorLines(error), todo };
  }
}

async function ready(part: string, endpoint: Endpoint, todo: string): Promise<Finding> {
  const place = endpointText(localEndpoint(endpoint));
  try {
    const answer = await fetch(`http://${place}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.ok) return { part, ok: true, text: `ready at ${place}` };
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    const bad = Object.entries(checks).filter(([, result]) => result !== 'ok');
    const text = `not ready: ${bad.map(([name, result]) => `${name} ${result}`).join(', ')}`;
    return {
      part,
      ok: false,
      text,
      todo: `see the lines of its log about ${bad.map(([name]) => name).join(', ')}`,
    };
  } catch {
    return { part, ok: false, text: `no response from ${place}`, todo };
  }
}

/** Sends a real query over UDP. The portal's name is answered for every client, allowed or not. */
async function dnsQuery(config: CliConfig, endpoint: Endpoint): Promise<Finding> {
  const part = 'dns query';
  const place = endpointText(localEndpoint(endpoint));
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: 1 });
  try {
    const { host, port } = localEndpoint(endpoint);
    resolver.setServers([endpointText({ host: (await lookup(host)).address, port })]);
    const known: Catalogue | null = await loadCatalogue(config).catch(() => null);
    const name = known?.portal.names[0];
    if (name === undefined)
      return { part, ok: false, text: 'no query was sent: the catalogue has no portal name' };
    await resolver.resolve4(name);
    return { part, ok: true, text: `${place} answers` };
  } catch (error) {
    const { code = 'unknown' } = errorFields(error);
    const todo =
      'start the dns-node, or name its host with --dns-node or DNS_HOST, and DNS_PORT; check the firewalls between';
    return { part, ok: false, text: `${place} does not answer (${code})`, todo };
  }
}
