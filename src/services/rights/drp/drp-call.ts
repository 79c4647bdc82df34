// One call to an agent's server, which stands on the public internet: the name is resolved for this call, and the connection goes
// to the very address that was looked at. A name that leads into our own network is not called.
import { lookup as resolve } from 'node:dns';
import { request as overHttp, type RequestOptions } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublic, parseAddress, prefixOf } from '../../../lib/ip.js';

const TIMEOUT_MS = 5000;

/** Whether an address in text is one that anybody can reach. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== null && isPublic(prefixOf(address, address.words.length * 32));
}

/** The address that a URL names itself; null when it names a host, which has to be resolved. */
export function addressIn(url: URL): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return parseAddress(host) === null ? null : host;
}

/** Every address of the name must be public: the answer may hold one that is, and one that is not. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new Error('the name leads to no public address'), []);
    }
    const [first] = addresses;
    return options.all === true ? callback(null, addresses) : callback(null, first!.address, first!.family);
  });
};

/** Posts JSON, follows nothing, and reads nothing of the answer but its status; null when there is none in time. */
export function callAgent(
  url: string,
  body: object,
  options: { readonly allowPrivateAddresses: boolean },
): Promise<number | null> {
  const target = new URL(url);
  const own = addressIn(target);
  const open = options.allowPrivateAddresses;
  if (!open && own !== null && !isPublicAddress(own)) return Promise.resolve(null);
  const json = JSON.stringify(body);
  const settings: RequestOptions = {
    method: 'POST',
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) },
    ...(!open && { lookup: publicLookup }),
  };
  return new Promise((done) => {
    const send = target.protocol === 'https:' ? overHttps : overHttp;
    const sent = send(target, settings, (answer) => {
      answer.on('error', () => {});
      done(answer.statusCode ?? null);
      answer.destroy();
    });
    sent.on('error', () => done(null));
    sent.end(json);
  });
}
