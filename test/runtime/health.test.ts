import { Counter, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OperationsServer, startOperationsServer } from '../../src/runtime/health.js';

describe('the operations server', () => {
  const registry = new Registry();
  let redis = 'ok';
  let routing = 'ok';
  let server: OperationsServer;
  let base: string;

  beforeAll(async () => {
    new Counter({ name: 'answers_total', help: 'Answers.', registers: [registry] }).inc(3);
    const checks = { redis: () => redis, edge: async () => 'ok' };
    server = await startOperationsServer({ host: '127.0.0.1', port: 0 }, registry, checks, () => routing);
    base = `http://127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  it('reports liveness while it runs', async () => {
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it('is ready when every check is ok, and names a check that is not', async () => {
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
    redis = 'unreachable';
    const answer = await fetch(`${base}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ ready: false, checks: { redis: 'unreachable', edge: 'ok' } });
  });

  it('accepts traffic whatever its dependencies do, until it stops', async () => {
    expect((await fetch(`${base}/readyz`)).status).toBe(503);
    expect((await fetch(`${base}/routez`)).status).toBe(200);
    routing = 'stopping';
    const answer = await fetch(`${base}/routez`);
    expect([answer.status, await answer.text()]).toEqual([503, 'stopping\n']);
  });

  it('returns metrics in the format of Prometheus', async () => {
    const answer = await fetch(`${base}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await answer.text()).toContain('answers_total 3');
  });

  it('serves no other path, and forbids caching', async () => {
    const answer = await fetch(`${base}/anything`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('rejects when its port is taken', async () => {
    const taken = { host: '127.0.0.1', port: server.port };
    await expect(startOperationsServer(taken, registry, {}, () => 'ok')).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
