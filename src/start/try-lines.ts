// The lines that `npm start` prints for a newcomer: from sign-up to an answer for the newcomer's own address.
import type { Catalogue } from '../catalogue/catalogue.js';
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
    `TOKEN=$(${post(`confirmSignUp(input: {${confirm}}) { sessionToken }`)} | sed 's/.*"sessionToken":"\\([^"]*\\)".*/\\1/')`,
    post(
      String.raw`registerCurrentAddress(input: {label: \"Living room\"}) { userErrors { message } }`,
      ' -H "authorization: Bearer $TOKEN"',
    ),
    `dig +short @${dns.host} -p ${dns.port} ${name}`,
  ];
}
