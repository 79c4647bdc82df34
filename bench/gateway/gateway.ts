// The gateway, as it runs in production and with every guard on, against Mercurius with graphql-jit, GraphQL Yoga and plain
// Apollo Server without any: requests a second, CPU time per request and latency, in one run and in turn.
// Options: --rounds N, --seconds S.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { ClearFault } from '../../src/clear-fault.js';
import { catalogueFiles } from '../../src/config/catalogue.js';
import { SettingsReader } from '../../src/config/settings.js';
import { findProgram } from '../../src/embedded/debian.js';
import { freePort } from '../../src/embedded/process.js';
import { median } from '../median.js';
import { cpuOf, LOAD_CORE, type RunningProcess, SERVER_CORE, startOn } from '../process.js';
import { type BenchProduct, withProduct } from '../product.js';
import { type Data, storeData } from './data.js';
import { type Load, load, writeScript } from './load.js';

const GATEWAY = fileURLToPath(new URL('../../src/bin/gateway.js', import.meta.url));
const PEER = fileURLToPath(new URL('./peer.js', import.meta.url));
const PEERS = ['mercurius', 'yoga', 'apollo'] as const;
const WARM_UP_SECONDS = 2;

interface Server {
  readonly name: string;
  readonly url: string;
  /** What it takes as its viewers' bearer tokens. */
  readonly tokens: readonly string[];
  readonly process: RunningProcess;
}

type Figures = Load & { /** Microseconds. */ readonly cpu: number };

const ACCOUNT = 'id email role name locale country version';

/** The bodies of the requests. */
function queries({ from, to }: Data): Readonly<Record<string, string>> {
  const body = (query: string, variables: object = {}) => JSON.stringify({ query, variables });
  return {
    usage: body(
      `query Usage($from: Date!, $to: Date!) { viewer { usage(from: $from, to: $to) {
         from to daysConnected megabytes days { day connected megabytes }
       } } }`,
      { from, to },
    ),
    viewer: body(`query Viewer { viewer { account { ${ACCOUNT} } } }`),
    addresses: body(
      'query Addresses { viewer { mediaStreamer { addresses { address label region { id name } lastDay } } } }',
    ),
    mutation: body(
      `mutation Update($input: UpdateProfileInput!) { updateProfile(input: $input) {
         account { ${ACCOUNT} } userErrors { field code message }
       } }`,
      { input: { version: 'VERSION', name: 'Ada' } },
    ).replace('"VERSION"', 'VERSION'),
  };
}

async function measure(product: BenchProduct, extent: { rounds: number; seconds: number }): Promise<void> {
  const wrk = await findProgram(['wrk']);
  if (wrk === null) throw new ClearFault('missing: apt-get install wrk');
  const ticks = Number((await promisify(execFile)('getconf', ['CLK_TCK'])).stdout);
  const { databaseUrl, redisUrl, interrupted: signal } = product;
  const catalogue = await loadCatalogue(catalogueFiles(new SettingsReader({})));
  const region = catalogue.regions.find(({ id }) => id === catalogue.defaultRegion) ?? catalogue.regions[0]!;
  console.error('Storing a thousand customers …');
  const data = await storeData({ databaseUrl, redisUrl, region });
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const servers: Server[] = [];
  try {
    servers.push(await startOurs(product, data));
    for (const name of PEERS) servers.push(await startPeer(name, product, data));
    const bodies = queries(data);
    const figures = new Map<string, Figures[]>();
    for (const [query, body] of Object.entries(bodies)) {
      await compareAnswers(servers, body, () => reset(database, data));
      for (let round = 1; round <= extent.rounds; round += 1) {
        for (const server of servers) {
          server.process.mustRun();
          const script = join(product.folder, `${server.name}-${query}.lua`);
          await writeScript(script, { tokens: server.tokens, body });
          const options = { wrk, url: server.url, script, signal };
          await reset(database, data);
          await load({ ...options, seconds: WARM_UP_SECONDS });
          await reset(database, data);
          const before = await cpuOf(server.process.pid, ticks);
          const result = await load({ ...options, seconds: extent.seconds });
          const cpu = ((await cpuOf(server.process.pid, ticks)) - before) / result.requests;
          if (query === 'mutation') await mustHaveWritten(database, data, result.requests);
          const key = `${query} ${server.name}`;
          figures.set(key, [...(figures.get(key) ?? []), { ...result, cpu }]);
          console.error(`${query}, round ${round}: ${row(server.name, { ...result, cpu })}`);
        }
      }
    }
    report(Object.keys(bodies), figures);
  } finally {
    for (const { process } of servers) await process.stop();
    await database.end();
  }
}

async function startOurs(product: BenchProduct, { tokens }: Data): Promise<Server> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const env = {
    DATABASE_URL: product.databaseUrl,
    REDIS_URL: product.redisUrl,
    SECRET_KEY: product.secretKey,
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: 'CyberSapceVPN <mail@cyberspacevpn.example>',
    CONTACT_EMAIL: 'privacy@cyberspacevpn.example',
    DPO_EMAIL: 'dpo@cyberspacevpn.example',
    PORTAL_URL: 'https://portal.cyberspacevpn.example',
    NODE_ENV: 'production',
    OPEN_OPERATIONS: 'true',
    GATEWAY_PORT: String(port),
    GATEWAY_METRICS_PORT: String(metricsPort),
  };
  return start('ours', [process.execPath, GATEWAY], { port, tokens, env });
}

async function startPeer(name: string, { databaseUrl }: BenchProduct, { ids }: Data): Promise<Server> {
  const port = await freePort();
  const env = { DATABASE_URL: databaseUrl, NODE_ENV: 'production' };
  return start(name, [process.execPath, PEER, name, String(port)], { port, tokens: ids, env });
}

async function start(
  name: string,
  command: readonly string[],
  options: { port: number; tokens: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<Server> {
  const { port, tokens, env } = options;
  const running = startOn(SERVER_CORE, name, command, env);
  const server = { name, url: `http://127.0.0.1:${port}/graphql`, tokens, process: running };
  for (;;) {
    running.mustRun();
    const answer = await ask(server, JSON.stringify({ query: '{ __typename }' })).catch(() => null);
    if (answer !== null) return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ask({ url, tokens }: Pick<Server, 'url' | 'tokens'>, body: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[0]}` },
    body: body.replace('VERSION', '1'),
  });
  return response.json();
}

/** Every server tells the same. */
async function compareAnswers(
  servers: readonly Server[],
  body: string,
  reset: () => Promise<void>,
): Promise<void> {
  const answers: string[] = [];
  for (const server of servers) {
    await reset();
    answers.push(JSON.stringify(await ask(server, body)));
  }
  for (const [index, answer] of answers.entries()) {
    if (answer === answers[0] && !answer.includes('"errors"')) continue;
    throw new ClearFault(`${servers[index]!.name} answers otherwise:\n${answer}\n${answers[0]}`);
  }
}

/** Every profile at its first version again, and no dead rows behind; not before what the last load left under way is done. */
async function reset(database: pg.Client, { ids }: Data): Promise<void> {
  for (let before = -1, now = await versions(database, ids); now !== before; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    [before, now] = [now, await versions(database, ids)];
  }
  await database.query("UPDATE account SET version = 1, name = 'Ada' WHERE id = ANY($1) AND version > 1", [
    ids,
  ]);
  await database.query('VACUUM account');
}

/** As many versions as answers; those that were under way at the end may have been written, too. */
async function mustHaveWritten(database: pg.Client, { ids }: Data, requests: number): Promise<void> {
  const written = await versions(database, ids);
  if (written < requests) throw new ClearFault(`${requests} requests wrote ${written} times.`);
}

async function versions(database: pg.Client, ids: readonly string[]): Promise<number> {
  const { rows } = await database.query<{ changes: number }>(
    'SELECT sum(version - 1)::integer AS changes FROM account WHERE id = ANY($1)',
    [ids],
  );
  return rows[0]!.changes;
}

function report(queries: readonly string[], figures: ReadonlyMap<string, readonly Figures[]>): void {
  const middle = (query: string, server: string): Figures => {
    const rounds = figures.get(`${query} ${server}`) ?? [];
    const of = (value: (each: Figures) => number) => median(rounds.map(value));
    return {
      requests: of(({ requests }) => requests),
      perSecond: of(({ perSecond }) => perSecond),
      cpu: of(({ cpu }) => cpu),
      p50: of(({ p50 }) => p50),
      p99: of(({ p99 }) => p99),
    };
  };
  const summary: Record<string, Record<string, number>> = {};
  for (const query of queries) {
    console.log(`\n${query}`);
    for (const server of ['ours', ...PEERS]) console.log(`  ${row(server, middle(query, server))}`);
    const ours = middle(query, 'ours').perSecond;
    summary[query] = Object.fromEntries(
      PEERS.map((peer) => [`vs_${peer}`, Math.round((ours / middle(query, peer).perSecond) * 1000) / 1000]),
    );
  }
  console.log(`\n${JSON.stringify(summary)}`);
}

function row(name: string, { perSecond, cpu, p50, p99 }: Figures): string {
  const columns = [
    name.padEnd(10),
    `${Math.round(perSecond)} requests/s`.padStart(16),
    `${Math.round(cpu)} µs CPU`.padStart(12),
    `p50 ${p50.toFixed(1)} ms`.padStart(13),
    `p99 ${p99.toFixed(1)} ms`.padStart(13),
  ];
  return columns.join('');
}

function readExtent(): { rounds: number; seconds: number } {
  const usage = new ClearFault('options: --rounds N --seconds S, whole numbers from 1 on');
  const read = () => {
    try {
      const string = { type: 'string' } as const;
      return parseArgs({ options: { rounds: string, seconds: string } }).values;
    } catch {
      throw usage;
    }
  };
  const { rounds = '3', seconds = '6' } = read();
  if (![rounds, seconds].every((text) => /^[1-9]\d{0,3}$/.test(text))) throw usage;
  return { rounds: Number(rounds), seconds: Number(seconds) };
}

try {
  const extent = readExtent();
  // What this process starts without a core of its own, the stores above all, keeps off the server's.
  await promisify(execFile)('taskset', ['-a', '-c', '-p', LOAD_CORE, String(process.pid)]);
  await withProduct((product) => measure(product, extent));
} catch (error) {
  if (!(error instanceof ClearFault)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
