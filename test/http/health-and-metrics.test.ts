import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { startTestGateway } from '../support/gateway.js';

describe('the health checks and metrics of the gateway', () => {
  const gateway = useGateway();

  it.each(['main', 'metrics'])(
    'report on its %s port that it is alive and may get new requests',
    async (which) => {
      const base = which === 'main' ? gateway.url.replace('/graphql', '') : gateway.metricsUrl;
      for (const path of ['/livez', '/routez']) {
        const answer = await fetch(`${base}${path}`);
        expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    },
  );

  it('report the state of each store', async () => {
    const ready = await fetch(`${gateway.metricsUrl}/readyz`);
    expect(ready.status).toBe(200);
    expect(ready.headers.get('cache-control')).toBe('no-store');
    expect(await ready.json()).toEqual({
      ready: true,
      checks: {
        process: 'ok',
        postgres: 'ok',
        redis: 'ok',
        'redis-ephemeral': 'ok',
        allowlist: 'ok',
        clock: 'ok',
      },
    });
  });

  it.each(['metrics', 'readyz'])('serve /%s on the metrics port alone', async (path) => {
    expect((await fetch(gateway.url.replace('/graphql', `/${path}`))).status).toBe(404);
    expect((await fetch(`${gateway.metricsUrl}/${path}`)).status).toBe(200);
  });

  it('report the running version', async () => {
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    expect(text).toMatch(/^gateway_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/m);
  });

  it('count requests by type and outcome, and contain no text of a request', async () => {
    await gateway.call({ query: '{ __typename }' });
    await gateway.call({ query: 'query SecretName { viewer { account { id } } }' });
    await gateway.call({ query: 'mutation { signOut { userErrors { code } } }' });
    await gateway.call({ query: 'not a document' });
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    const counted = text.split('\n').filter((line) => line.startsWith('gateway_requests_total{'));
    expect(counted.sort()).toEqual([
      'gateway_requests_total{operation_type="mutation",outcome="ok"} 1',
      'gateway_requests_total{operation_type="query",outcome="ok"} 1',
      'gateway_requests_total{operation_type="query",outcome="refused"} 1',
      'gateway_requests_total{operation_type="unknown",outcome="refused"} 1',
    ]);
    expect(text).toContain('gateway_request_duration_seconds_count{operation_type="query"} 2');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain('SecretName');
  });

  it('report that the gateway is not ready, and why, until an operator has initialised the allowlist', async () => {
    const fresh = await startTestGateway({ initialised: false });
    try {
      const ready = await fetch(`${fresh.metricsUrl}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ ready: false, checks: { allowlist: 'not-initialised' } });
    } finally {
      await fresh.stop();
    }
  });
});
