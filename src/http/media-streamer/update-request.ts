// Reads what routers send to be updated, in all the forms that they have for it (design of dyndns2: help.dyn.com, perform-update).
// Nothing in it is invalid: what cannot be read is left out.

/** RFC 9110 section 4.1: a server should take at least so many. */
export const MOST_URL_BYTES = 8000;

/** More host names in one request get `numhost`. */
export const MOST_HOSTS = 20;

/** One of these parameters makes a request an update, whatever its path is. */
const PARAMETERS: ReadonlySet<string> = new Set(['hostname', 'myip', 'system']);

/**
 * Whether the target of a request asks for an update. Some boxes append path and query to what already has a query, such as
 * `update?ip=%i&hostname=%h/nic/update?system=dyndns&hostname=tv&myip=192.0.2.1`: so each `?` begins parameters.
 */
export function isUpdate(target: string): boolean {
  return parametersOf(queryOf(target)).some(([name]) => PARAMETERS.has(name));
}

/** The number of host names, for each of which a line is expected; at least 1. `form`: a body in the form of a query. */
export function countHosts(target: string, form: string): number {
  const names = parametersOf(`${queryOf(target)}&${form}`)
    .filter(([name, value]) => name === 'hostname' && value !== '')
    .map(([, value]) => value);
  // The last one: those before it can be part of an address that somebody has entered.
  const hosts = (names.at(-1) ?? '').split(/,|%2c/i).filter((host) => host !== '');
  return Math.max(1, hosts.length);
}

/** The password of HTTP Basic authentication (RFC 7617); null: there is none. */
export function basicPassword(authorization: string | undefined): string | null {
  const [, encoded] = /^Basic +([\w+/=-]+) *$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return null;
  const pair = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = pair.indexOf(':');
  return colon < 0 ? null : pair.slice(colon + 1);
}

function queryOf(target: string): string {
  const start = target.indexOf('?');
  return start < 0 ? '' : target.slice(start + 1);
}

/** Names in lower case, and values as they were sent. */
function parametersOf(query: string): [name: string, value: string][] {
  return query.split(/[?&]/).map((parameter) => {
    const [name = '', ...value] = parameter.split('=');
    return [name.toLowerCase(), value.join('=')];
  });
}
