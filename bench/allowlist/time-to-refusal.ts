// How long an address is still answered after its owner has begun to remove it, over the whole product on this machine.
// Addresses are registered and removed over GraphQL while a device at each of them keeps asking over UDP.
// Options: --changes N, --quick.
import { randomBytes, randomInt } from 'node:crypto';
import { request } from 'node:http';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { Device, NOERROR, REFUSED } from '../device.js';
import { type BenchProduct, withProduct } from '../product.js';
import { type Quantiles, quantiles } from '../quantiles.js';

const TARGET_P99_MS = 100;

interface Frontend {
  readonly url: string;
  readonly token: string;
}

interface Payload {
  readonly network?: { readonly id: string } | null;
  readonly userErrors: readonly { readonly code: string }[];
}

const REGISTER =
  'mutation { registerNetwork(input: { name: "Home" }) { network { id } userErrors { code } } }';
const REMOVE =
  'mutation ($input: RemoveNetworkInput!) { removeNetwork(input: $input) { userErrors { code } } }';

async function measure(
  { config, dnsPort, graphqlUrl, mailboxUrl }: BenchProduct,
  { changes }: { readonly changes: number },
): Promise<void> {
  const { services } = await loadCatalogue(config.gateway);
  const frontend = await signedUp(graphqlUrl, mailboxUrl);
  const toAnswer: number[] = [];
  const toRefusal: number[] = [];
  for (let change = 0; change < changes; change++) {
    // A /24 each, so that the response rate limit of one change does not silence the next.
    const source = `127.0.${change + 1}.${randomInt(1, 255)}`;
    const device = await Device.at(source, dnsPort, services[0]!.domains[0]!);
    const { networkId, ms } = await registered(frontend, source, device);
    toAnswer.push(ms);
    toRefusal.push(await removed(frontend, { source, networkId }, device));
    device.close();
  }
  report(toAnswer, toRefusal);
}

/** Milliseconds from sending the mutation to the first answer; asking earlier would use up the limit on refusals. */
async function registered(
  frontend: Frontend,
  source: string,
  device: Device,
): Promise<{ networkId: string; ms: number }> {
  const start = performance.now();
  const { network } = await mutate(frontend, REGISTER, {}, source);
  return { networkId: network!.id, ms: (await device.askUntil(NOERROR)) - start };
}

/** Milliseconds from sending the mutation to the first refusal, the device asking all the while. */
async function removed(
  frontend: Frontend,
  { source, networkId }: { source: string; networkId: string },
  device: Device,
): Promise<number> {
  const start = performance.now();
  const changed = mutate(frontend, REMOVE, { input: { networkId } }, source);
  const [refused] = await Promise.all([device.askUntil(REFUSED), changed]);
  return refused - start;
}

async function signedUp(url: string, mailboxUrl: string): Promise<Frontend> {
  const anonymous = { url, token: '' };
  const email = 'bench@example.com';
  const password = randomBytes(16).toString('hex');
  await mutate(
    anonymous,
    'mutation ($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }',
    { input: { email, password, country: 'DE', attestedAge: 18 } },
    '127.0.0.1',
  );
  const mail = await fetch(`${mailboxUrl}/latest.token?to=${email}&wait=10`);
  const answer = await post(
    anonymous,
    'mutation ($input: ConfirmSignUpInput!) { confirmSignUp(input: $input) { session { token } } }',
    { input: { token: (await mail.text()).trim(), password, delivery: 'BEARER' } },
  );
  return {
    url,
    token: (answer as { confirmSignUp: { session: { token: string } } }).confirmSignUp.session.token,
  };
}

async function mutate(
  frontend: Frontend,
  query: string,
  variables: Record<string, unknown>,
  source: string,
): Promise<Payload> {
  const answer = await post(frontend, query, variables, source);
  const [payload] = Object.values(answer as Record<string, Payload>);
  if (payload?.userErrors.length !== 0) throw new Error(`refused: ${payload?.userErrors[0]?.code}`);
  return payload;
}

/** The `data` of the answer; rejects when there are errors. */
function post(
  { url, token }: Frontend,
  query: string,
  variables: Record<string, unknown>,
  source = '127.0.0.1',
): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    ...(token !== '' && { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, localAddress: source, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        const { data, errors } = JSON.parse(body);
        if (errors) reject(new Error(errors[0].message));
        else resolve(data);
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query, variables }));
  });
}

function report(toAnswer: number[], toRefusal: number[]): void {
  const answer = quantiles(toAnswer);
  const refusal = quantiles(toRefusal);
  const line = ({ p50, p99, max }: Quantiles) => `p50 ${p50} ms   p99 ${p99} ms   max ${max} ms`;
  console.log(`${toRefusal.length} changes, from sending the mutation over GraphQL to the device over UDP`);
  console.log(`registered, to the first answer      ${line(answer)}`);
  console.log(`removed, to the first REFUSED        ${line(refusal)}   (target: p99 ${TARGET_P99_MS} ms)`);
  console.log(JSON.stringify({ changes: toRefusal.length, to_refusal_ms: refusal }));
}

await withProduct({ changes: { full: 200, quick: 5, most: 254 } }, measure);
