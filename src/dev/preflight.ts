// The checks that run before anything is started; all errors are reported together.
import { type Catalogue, loadCatalogue } from '../catalogue/catalogue.js';
import type { Ports, StartConfig } from '../config/start.js';
import { openPostgres } from '../db/connect.js';
import { OperatorError } from '../lib/operator-error.js';
import { openRedis } from '../redis/connect.js';
import { loadPolicyVersions } from '../services/policy/policy-versions.js';
import { BreachedFile } from '../services/sign-in/breached-file.js';
import { StartError } from './embedded/process.js';
import { choosePorts, type Listener } from './ports.js';

interface Checked {
  readonly catalogue: Catalogue;
  readonly ports: Ports;
}

/** Throws StartError with all errors, one per line. */
export async function checkBeforeStart(config: StartConfig): Promise<Checked> {
  const { breachedPasswordsFile } = config.gateway;
  const [catalogue, ports, ...others] = await Promise.allSettled([
    loadCatalogue(config.gateway),
    choosePorts(listeners(config)),
    breachedPasswordsFile === null
      ? null
      : BreachedFile.open(breachedPasswordsFile).then((file) => file.close()),
    loadPolicyVersions(config.gateway.policyFile),
    config.databaseUrl === null ? null : openPostgres(config.databaseUrl).then((client) => client.end()),
    config.redisUrl === null ? null : openRedis(config.redisUrl).then((redis) => redis.disconnect()),
    config.ephemeralRedisUrl === null
      ? null
      : openRedis(config.ephemeralRedisUrl, 'REDIS_EPHEMERAL_URL').then((redis) => redis.disconnect()),
  ]);
  const errors = [catalogue, ports, ...others].flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    const { reason } = result;
    if (!(reason instanceof OperatorError)) throw reason;
    return [reason.message];
  });
  if (catalogue.status === 'rejected' || ports.status === 'rejected' || errors.length > 0) {
    throw new StartError(errors.join('\n'));
  }
  return { catalogue: catalogue.value, ports: ports.value };
}

function listeners({ gateway, dnsNode, mailbox }: StartConfig): Listener[] {
  const metrics = { hostSetting: 'METRICS_HOST', udp: false };
  return [
    ...[gateway.listen.host, ...gateway.moreHosts].map((host): Listener => {
      const endpoint = { host, port: gateway.listen.port };
      return { setting: 'GATEWAY_PORT', hostSetting: 'GATEWAY_HOST', endpoint, udp: false };
    }),
    { setting: 'GATEWAY_METRICS_PORT', ...metrics, endpoint: gateway.metrics },
    { setting: 'DNS_PORT', hostSetting: 'DNS_HOST', endpoint: dnsNode.listen, udp: true },
    { setting: 'DNS_METRICS_PORT', ...metrics, endpoint: dnsNode.metrics },
    ...(mailbox === null ? [] : mailboxListeners(mailbox)),
  ];
}

function mailboxListeners({ smtpPort, pagePort }: NonNullable<StartConfig['mailbox']>): Listener[] {
  const at = (setting: 'MAILBOX_PORT' | 'MAILBOX_SMTP_PORT', port: number): Listener => ({
    setting,
    hostSetting: setting,
    endpoint: { host: '127.0.0.1', port },
    udp: false,
  });
  return [at('MAILBOX_PORT', pagePort), at('MAILBOX_SMTP_PORT', smtpPort)];
}
