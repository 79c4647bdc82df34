// The lines that `npm start` prints for a newcomer: from sign-up to an answer for the newcomer's own address, and what to enter
// in a device of the same network.
import type { Catalogue } from '../catalogue/catalogue.js';
import { isLocalOnly, networksOf, reachableHosts } from '../config/addresses.js';
import { type Endpoint, endpointText, localEndpoint } from '../config/settings.js';

const EMAIL = 'me@example.net';
const PASSWORD = String.raw`password: \"a long enough passphrase\"`;

/**
 * Five shell lines that work when pasted one after the other; the last prints the address of a relay. `mailbox`: the port
 * of the mailbox's page; null: mails go elsewhere, and the newcomer enters the token of the one that comes.
 */
export function tryLines(options: {
  gateway: Endpoint;
  dns: Endpoint;
  mailbox: number | null;
  catalogue: Catalogue;
}): string[] {
  const { mailbox, catalogue } = options;
  const url = `http://${endpointText(localEndpoint(options.gateway))}/graphql`;
  const dns = localEndpoint(options.dns);
  const name = catalogue.services[0]?.domains[0] ?? catalogue.portal.names[0];
  const post = (query: string, header = '') =>
    `curl -s ${url} -H 'content-type: application/json'${header} -d '{"query":"mutation { ${query} }"}'`;
  const signUp = String.raw`email: \"${EMAIL}\", ${PASSWORD}, country: \"DE\", attestedAge: 18`;
  const confirm = String.raw`token: \"'"$LINK"'\", ${PASSWORD}, delivery: BEARER`;
  return [
    post(`signUp(input: {${signUp}}) { userErrors { message } }`),
    mailbox === null
      ? 'read -r LINK'
      : `LINK=$(curl -s 'http://127.0.0.1:${mailbox}/latest.token?to=${EMAIL}&wait=10')`,
    `TOKEN=$(${post(`confirmSignUp(input: {${confirm}}) { session { token } }`)} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
    post(
      String.raw`registerNetwork(input: {name: \"Home\"}) { userErrors { message } }`,
      ' -H "authorization: Bearer $TOKEN"',
    ),
    `dig +short @${dns.host} -p ${dns.port} ${name}`,
  ];
}

const DEVICES_ASK_ON = 53;

/** What a device in this machine's networks needs; nothing when only this machine reaches the dns-node. */
export function networkLines(gateway: Endpoint, dns: Endpoint): string[] {
  if (isLocalOnly(dns.host)) return [];
  const graphql = isLocalOnly(gateway.host) ? [] : reachableHosts(gateway.host);
  const networks = networksOf(dns.host);
  return [
    'In your network:',
    '',
    `  DNS server to enter in a device:  ${reachableHosts(dns.host).join('  ')}`,
    ...graphql.map(
      (host) => `  GraphQL                           http://${endpointText({ ...gateway, host })}/graphql`,
    ),
    ...(dns.port === DEVICES_ASK_ON
      ? []
      : [`  Devices use port ${DEVICES_ASK_ON} only: set DNS_PORT=${DEVICES_ASK_ON}.`]),
    '',
    '  Devices here have their own addresses, not that of your router. Allow all of them:',
    '',
    ...networks.map((network) => `npm run cli -- allowlist add ${network}`),
    '',
    '  A browser on another machine keeps no session over plain HTTP: sign in on this one, or with delivery BEARER.',
    '',
  ];
}
