import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { startTestGateway } from '../support/gateway.js';

describe('operations of the gateway', () => {
  const gateway = useGateway();

  it.each(['main', 'metrics'])('says on its %s port that it lives and may be routed to', async (which) => {
    const base = which === 'main' ? gateway.url.replace('/graphql', '') : gateway.metricsUrl;
    for (const path of ['/livez', '/routez']) {
      const answer = await fetch(`${base}${path}`);
      expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('says what it is ready for', async () => {
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

  it.each(['metrics', 'readyz'])('serves /%s on the metrics port alone', async (path) => {
    expect((await fetch(gateway.url.replace('/graphql', `/${path}`))).status).toBe(404);
    expect((await fetch(`${gateway.metricsUrl}/${path}`)).status).toBe(200);
  });

  it('says which version runs', async () => {
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    expect(text).toMatch(/^gateway_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/m);
  });

  it('counts requests by type and outcome, and nothing that a request says', async () => {
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

  it('is not ready, and says why, until an operator has initialised the allowlist', async () => {
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
