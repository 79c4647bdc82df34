// Domain parking: services that answer for domains which are for sale, or were not renewed.
import { contains, type Prefix, parseAddress, parsePrefix } from '../../lib/ip.js';

/** Name servers of parking services; each stands for all names below it. */
const NAME_SERVERS = [
  'above.com',
  'afternic.com',
  'bodis.com',
  'cashparking.com',
  'dan.com',
  'domainparking.ru',
  'dsredirection.com',
  'fabulous.com',
  'hugedomains.com',
  'namedrive.com',
  'parkingcrew.net',
  'parklogic.com',
  'parkpage.foundationapi.com',
  'rookmedia.net',
  'sedoparking.com',
  'smartname.com',
  'undeveloped.com',
  'uniregistrymarket.link',
  'voodoo.com',
  'ztomy.com',
];

/** Where parking services answer for domains whose name servers are their registrar's. */
const NETWORKS: readonly Prefix[] = [
  '64.190.62.0/23', // Sedo
  '91.195.240.0/23', // Sedo
  '103.224.182.0/23', // Above
  '103.224.212.0/23', // Above
  '185.53.176.0/22', // ParkingCrew
  '199.59.240.0/22', // Bodis
].map((text) => parsePrefix(text) as Prefix);

/** The name server or the address of a parking service, or null. */
export function parkingSign(nameServers: readonly string[], addresses: readonly string[]): string | null {
  const server = nameServers.find((name) =>
    NAME_SERVERS.some((parking) => `.${name.toLowerCase()}`.endsWith(`.${parking}`)),
  );
  return server ?? addresses.find(isParkingAddress) ?? null;
}

function isParkingAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== null && NETWORKS.some((network) => contains(network, address));
}
