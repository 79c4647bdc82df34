// What updates by routers cost, over the whole product on this machine: unchanged addresses a second and core, and how long it takes
// from the update of a changed address until a device there gets an answer. The old address must be refused in the same moment.
// Options: --changes N, --seconds N, --quick.
import { randomInt, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { Redis } from 'ioredis';
import { NO_PREFERENCES } from '../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { debianProgram } from '../../src/dev/embedded/debian.js';
import { parseAddress, userPrefix } from '../../src/lib/ip.js';
import { OperatorError } from '../../src/lib/operator-error.js';
import { newUpdateToken, updateTokenDigest } from '../../src/services/media-streamer/update-tokens.js';
import { Device, NOERROR, REFUSED } from '../device.js';
import { startOurs } from '../gateway/servers.js';
import { cpuOf, LOAD_CORE, runOn, ticksPerSecond } from '../process.js';
import { type BenchProduct, withProduct } from '../product.js';
import { type Quantiles, quantiles } from '../quantiles.js';

const TARGET_PER_CORE = 2000;
const TARGET_P99_MS = 100;
const CONNECTIONS = 32;
const PATH = '/nic/update?hostname=tv&myip=203.0.113.7';

async function measure(
  product: BenchProduct,
  { changes, seconds }: { readonly changes: number; readonly seconds: number },
): Promise<void> {
  const redis = new Redis(product.redisUrl);
  try {
    const writer = new AllowlistWriter(redis);
    const unchanged = await measureUnchanged(product, writer, seconds);
    const moves = await measureMoves(product, writer, changes);
    report(unchanged, moves);
  } finally {
    redis.disconnect();
  }
}

/** A network of some account at this address; its token. */
async function makeNetwork({ networks }: AllowlistWriter, address: string): Promise<string> {
  const [accountId, id, token] = [randomUUID(), randomUUID(), newUpdateToken()];
  const addresses = [userPrefix(parseAddress(address)!)];
  const network = { id, name: 'Home', addresses, preferences: NO_PREFERENCES, lastDay: null };
  await networks.register(accountId, network, 1);
  await networks.setToken(accountId, id, updateTokenDigest(token));
  return token;
}

interface Unchanged {
  readonly perSecond: number;
  /** By the CPU time of the gateway. */
  readonly perCore: number;
}

/** A gateway on a core of its own, beside that of the product and on its stores. */
async function measureUnchanged(
  product: BenchProduct,
  writer: AllowlistWriter,
  seconds: number,
): Promise<Unchanged> {
  const { signal, secretKey, databaseUrl, redisUrl, ephemeralRedisUrl } = product;
  const wrk = await debianProgram('wrk', ['wrk'], (line) => console.error(line));
  const token = await makeNetwork(writer, '127.0.0.1');
  const { process: gateway, url } = await startOurs(
    {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      REDIS_EPHEMERAL_URL: ephemeralRedisUrl,
      SECRET_KEY: secretKey,
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'mail@example.com',
      PORTAL_URL: 'https://portal.example.com',
      CONTACT_EMAIL: 'privacy@example.com',
      DPO_EMAIL: 'dpo@example.com',
    },
    signal,
  );
  try {
    const ticks = await ticksPerSecond();
    const target = new URL(PATH, url).href;
    const basic = Buffer.from(`anna:${token}`).toString('base64');
    const load = (duration: number) =>
      runOn(
        LOAD_CORE,
        [
          wrk,
          ...['-t', '1', '-c', String(CONNECTIONS), '-d', `${duration}s`],
          ...['-H', `Authorization: Basic ${basic}`, target],
        ],
        signal,
      );
    await load(1);
    const before = await cpuOf(gateway.pid, ticks);
    const said = await load(seconds);
    const cpuSeconds = ((await cpuOf(gateway.pid, ticks)) - before) / 1e6;
    const [, count = '0'] = /(\d+) requests in/.exec(said) ?? [];
    const [, perSecond = '0'] = /Requests\/sec: +([\d.]+)/.exec(said) ?? [];
    if (Number(count) === 0 || /Non-2xx|Socket errors/.test(said)) {
      throw new OperatorError(`updates failed:\n${said.trim()}`);
    }
    return { perSecond: Math.round(Number(perSecond)), perCore: Math.round(Number(count) / cpuSeconds) };
  } finally {
    await gateway.stop();
  }
}

interface Moves {
  /** Milliseconds from sending an update to the first answer at the new address. */
  readonly toAnswer: number[];
  /** How often the old address was still answered then. */
  readonly late: number;
}

async function measureMoves(
  { config, dnsPort, graphqlUrl }: BenchProduct,
  writer: AllowlistWriter,
  changes: number,
): Promise<Moves> {
  const { services } = await loadCatalogue(config.gateway);
  const name = services[0]!.domains[0]!;
  const toAnswer: number[] = [];
  let late = 0;
  for (let change = 0; change < changes; change++) {
    // A /24 each, so that the response rate limit of one change does not silence the next.
    const [before, after] = [1, 2].map((line) => `127.${line}.${change}.${randomInt(1, 255)}`);
    const token = await makeNetwork(writer, before!);
    const [old, device] = [await Device.at(before!, dnsPort, name), await Device.at(after!, dnsPort, name)];
    await old.askUntil(NOERROR);
    const start = performance.now();
    await update(graphqlUrl, token, after!);
    toAnswer.push((await device.askUntil(NOERROR)) - start);
    if ((await old.ask()) !== REFUSED) late += 1;
    old.close();
    device.close();
  }
  return { toAnswer, late };
}

/** Rejects unless the network has moved to the source. */
function update(url: string, token: string, source: string): Promise<void> {
  const { port } = new URL(url);
  const sent = { port, path: PATH, auth: `anna:${token}`, localAddress: source, agent: false } as const;
  return new Promise((resolve, reject) => {
    request(sent, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        if (body === `good ${source}\n`) resolve();
        else reject(new Error(`refused: ${response.statusCode}`));
      });
    })
      .on('error', reject)
      .end();
  });
}

function report({ perSecond, perCore }: Unchanged, { toAnswer, late }: Moves): void {
  const answer: Quantiles = quantiles(toAnswer);
  console.log(
    `unchanged addresses       ${perSecond} a second   ${perCore} a second and core   (target: ${TARGET_PER_CORE})`,
  );
  console.log(
    `${toAnswer.length} changes, to an answer   p50 ${answer.p50} ms   p99 ${answer.p99} ms   max ${answer.max} ms   (target: p99 ${TARGET_P99_MS} ms)`,
  );
  console.log(`old address still answered then   ${late}   (target: 0)`);
  console.log(JSON.stringify({ nochg_per_core: perCore, to_answer_ms: answer, old_answered: late }));
}

await withProduct(
  { changes: { full: 200, quick: 5, most: 254 }, seconds: { full: 10, quick: 1, most: 600 } },
  measure,
);
