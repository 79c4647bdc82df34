// The four lines that `npm start` prints for a newcomer: from sign-up to an answer for the newcomer's own address.
import type { Catalogue } from '../catalogue/catalogue.js';
import { type Endpoint, endpointText, localEndpoint } from '../config/settings.js';

/** Shell lines that work when pasted one after the other; the last prints the address of a relay. */
export function tryLines(options: { gateway: Endpoint; dns: Endpoint; catalogue: Catalogue }): string[] {
  const url = `http://${endpointText(localEndpoint(options.gateway))}/graphql`;
  const dns = localEndpoint(options.dns);
  const name = options.catalogue.services[0]?.domains[0] ?? options.catalogue.portal.names[0];
  const who = String.raw`email: \"me@example.net\", password: \"a long enough passphrase\"`;
  const post = (query: string, header = '') =>
    `curl -s ${url} -H 'content-type: application/json'${header} -d '{"query":"mutation { ${query} }"}'`;
  return [
    post(`signUp(input: {${who}}) { userErrors { message } }`),
    `TOKEN=$(${post(`signIn(input: {${who}, delivery: BEARER}) { sessionToken }`)} | sed 's/.*"sessionToken":"\\([^"]*\\)".*/\\1/')`,
    post(
      String.raw`registerCurrentAddress(input: {label: \"Living room\"}) { userErrors { message } }`,
      ' -H "authorization: Bearer $TOKEN"',
    ),
    `dig +short @${dns.host} -p ${dns.port} ${name}`,
  ];
}
