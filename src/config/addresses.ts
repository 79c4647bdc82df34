// The addresses at which other devices reach this machine.
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { type Endpoint, endpointText, localEndpoint } from './settings.js';

const EVERYWHERE = new Set(['0.0.0.0', '::']);

/** The hosts under which the endpoint is reached: this machine's addresses in its networks when it listens on all of them. */
export function reachableHosts(host: string): string[] {
  return EVERYWHERE.has(host) ? addressesHere(host).map(({ address }) => address) : [host];
}

/** The networks in which the endpoint is reached, such as `192.0.2.0/24`. */
export function networksOf(host: string): string[] {
  const here = addressesHere(host).filter(({ address }) => EVERYWHERE.has(host) || address === host);
  return [...new Set(here.flatMap(({ cidr }) => (cidr === null ? [] : [networkOf(cidr)])))];
}

function addressesHere(host: string) {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  // A link-local address means nothing without the name of the interface, which differs on every device.
  return all.filter(
    ({ internal, family, scopeid }) =>
      !internal && !scopeid && (family === 'IPv4' || (host !== '0.0.0.0' && host.includes(':'))),
  );
}

function networkOf(cidr: string): string {
  const [address, length] = ipaddr.parseCIDR(cidr);
  const network =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
      : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${length}`;
}

/** Whether only this machine can reach the host. */
export function isLocalOnly(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/**
 * The URL for a browser on this machine. It uses the name, because browsers keep a Secure session cookie over plain HTTP only for
 * `localhost`, and the pages that mails lead to are there, too.
 */
export function browserUrl(endpoint: Endpoint): string {
  const { host, port } = localEndpoint(endpoint);
  return isLocalOnly(host) ? `http://localhost:${port}` : `http://${endpointText({ host, port })}`;
}

/** The loopback addresses that this machine has: a machine may have no IPv6. */
export function loopbackHosts(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  return all.some(({ address }) => address === '::1') ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
}

/** The URL at which a server that listens on the hosts is reached over one family; null when it is not. */
export function urlOfFamily(family: 4 | 6, hosts: readonly string[], port: number): string | null {
  const reached = hosts.flatMap((host) => (EVERYWHERE.has(host) ? reachableHosts(host) : [host]));
  const host = reached.find((each) => (family === 4 ? ipaddr.IPv4 : ipaddr.IPv6).isValid(each));
  return host === undefined ? null : `http://${endpointText({ host, port })}`;
}
