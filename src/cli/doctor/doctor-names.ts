// The check of `doctor` on the names by which devices whose address has changed reach the gateways and the portal.
import { isIP } from 'node:net';
import { loadCatalogue } from '../../catalogue/catalogue.js';
import type { CliConfig } from '../../config/cli.js';
import type { Finding } from './finding.js';

/** No finding when no setting names a host, nor when the catalogue has errors: that is a finding of its own check. */
export async function portalNames(config: CliConfig): Promise<Finding[]> {
  const part = 'portal names';
  const hosts = config.publicUrls
    .map(([setting, url]) => ({ setting, host: new URL(url).hostname }))
    .filter(({ host }) => !isOwnMachine(host));
  const known = await loadCatalogue(config).catch(() => null);
  if (hosts.length === 0 || known === null) return [];
  const { names, ipv4Names, ipv6Names } = known.portal;
  const answered = new Set([...names, ...ipv4Names, ...ipv6Names]);
  const missing = hosts.filter(({ host }) => !answered.has(host));
  if (missing.length === 0) return [{ part, ok: true, text: 'are answered to everybody' }];
  const text = `not answered to everybody: ${missing.map(({ setting, host }) => `${host} (${setting})`).join(', ')}`;
  const todo =
    'add them to portal.names, ipv4Names or ipv6Names in the file of regions: a home whose address has changed can look up these names alone';
  return [{ part, ok: false, text, todo }];
}

/** Addresses, which nobody looks up, and the names of this machine. */
function isOwnMachine(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0 || host === 'localhost' || host.endsWith('.localhost');
}
