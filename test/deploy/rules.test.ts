// The rules for Prometheus, the dashboard for Grafana and the reference of metrics: they have what the processes have.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { read, repositoryFiles } from '../repo/source-files.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { makeCertificate } from '../support/network/certificate.js';
import { type ProductProcess, startProcess } from '../support/product.js';

const rules = read('deploy/prometheus/rules.yml');
const expressions = [...rules.matchAll(/^ {8}expr: (.*)$/gm)].map((match) => match[1]!);

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(read('deploy/grafana/dashboard.json')) as { panels: readonly Panel[] };
const dashboard = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Metrics that explain others. */
const NOT_SHOWN = [
  'gateway_build_info',
  'dns_build_info',
  'gateway_rights_requests_open',
  'dns_allowlist_loads_total',
  'dns_allowlist_loaded_ratio',
  'dns_allowlist_state',
  'dns_cache_entries',
];

/** What looks like the name of a metric of ours, of a process or of Node. */
const METRIC = /\b(?:gateway|dns|process|nodejs)_[a-z0-9_]+/g;

let gateway: TestGateway;
let node: ProductProcess;
let folder: string;
/** Names of metrics by the process that has them, as its TYPE lines have them. */
let metrics: Map<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-rules-'));
  const { cert, key } = makeCertificate();
  await writeFile(join(folder, 'cert.pem'), cert);
  await writeFile(join(folder, 'key.pem'), key);
  gateway = await startTestGateway();
  const metricsPort = await freePort();
  node = await startProcess('dns-node', [], {
    DNS_PORT: '0',
    DNS_TLS_PORT: '0',
    DNS_TLS_CERT: join(folder, 'cert.pem'),
    DNS_TLS_KEY: join(folder, 'key.pem'),
    DNS_METRICS_PORT: String(metricsPort),
    REDIS_URL: gateway.redis.nodeUrl,
    DNS_UPSTREAMS: '127.0.0.1:1',
  });
  metrics = new Map();
  for (const url of [gateway.metricsUrl, `http://127.0.0.1:${metricsPort}`]) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) metrics.set(name!, type!);
  }
});
afterAll(async () => {
  await node?.stop();
  await gateway?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the rules for Prometheus', () => {
  it.each([
    ['the alerts', expressions],
    ['the dashboard', dashboard],
  ])('%s ask for metrics that the processes have, in the way of their type', (_name, asking) => {
    expect(asking.length).toBeGreaterThan(15);
    const asked = asking.flatMap((expression) => expression.match(METRIC) ?? []);
    const absent = asked.filter(
      (name) => !metrics.has(name) && metrics.get(name.replace(/_bucket$/, '')) !== 'histogram',
    );
    expect(absent).toEqual([]);
    for (const expression of asking) {
      for (const [, name] of expression.matchAll(/(?:rate|increase)\(([a-z0-9_]+)/g)) {
        const type = metrics.get(name!.replace(/_bucket$/, ''));
        expect([name, type]).toEqual([name, expect.stringMatching(/counter|histogram/)]);
      }
    }
  });

  it('find names as Prometheus wants them: in base units such as seconds, and with _total for counters alone', () => {
    const names = [...metrics.keys()];
    expect(names.filter((name) => /_(?:days|hours|minutes|milliseconds|percent)(?:_|$)/.test(name))).toEqual(
      [],
    );
    const counters = names.filter((name) => metrics.get(name) === 'counter');
    expect(names.filter((name) => name.endsWith('_total')).sort()).toEqual(counters.sort());
  });

  it('and the dashboard have every metric that the reference lists, which has every metric of the processes', () => {
    const listed = [...read('docs/reference/metrics.md').matchAll(/^\| `(\w+)` \| (\w+)/gm)];
    const own = [...metrics].filter(([name]) => /^(?:gateway|dns)_/.test(name));
    expect(listed.map(([, name, type]) => [name, type]).sort()).toEqual(own.sort());
    const shown = [...dashboard, ...expressions].join('\n');
    const hidden = own
      .map(([name]) => name)
      .filter((name) => !new RegExp(`\\b${name}(?:_bucket)?\\b`).test(shown) && !NOT_SHOWN.includes(name));
    expect(hidden).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('name for each alert a page that helps', () => {
    const alerts = [...rules.matchAll(/- alert: (\w+)\n[\s\S]*?\n {10}runbook: (\S+)\n/g)];
    expect(alerts).toHaveLength(expressions.length);
    expect(repositoryFiles()).toEqual(expect.arrayContaining(alerts.map(([, , page]) => page)));
    const unnamed = alerts.filter(([, alert, page]) => !read(page!).includes(alert!));
    expect(unnamed.map(([, alert, page]) => `${page} does not name ${alert}`)).toEqual([]);
  });

  it('state for each alert in one line what is wrong', () => {
    const alerts = rules.match(/^ {6}- alert: [A-Z][A-Za-z]+$/gm) ?? [];
    const summaries = rules.match(/^ {10}summary: "[^"\n]+"$/gm) ?? [];
    expect(alerts).toHaveLength(expressions.length);
    expect(summaries).toHaveLength(expressions.length);
    expect(new Set(alerts).size).toBe(alerts.length);
  });
});
