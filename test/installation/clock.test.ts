import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway } from '../../src/app/gateway.js';
import { createLogger } from '../../src/runtime/log.js';
import { eventually } from '../allowlist/support.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../support/gateway.js';

const DAY = 86_400_000;

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

describe('a gateway whose clock is wrong', () => {
  it.each([300, -300])('does not start %i days off, and names the clock to set', async (days) => {
    gateway = await startTestGateway();
    const system = () => Date.now() + days * DAY;
    const log = createLogger('gateway', () => {});
    await expect(startGateway(gateway.config, log, { system })).rejects.toThrow(
      /^the clock of this machine is more than an hour from those of Postgres and Redis; set it/,
    );
  });

  it('deletes nothing after its clock is set to another year, reports it, and continues when the clock is right', async () => {
    let ahead = 0;
    /** Each pass looks at the clock, a few times at most. */
    let looks = 0;
    const at = () => {
      looks += 1;
      return Date.now() + ahead;
    };
    gateway = await startTestGateway({ clock: () => Date.now() + ahead, system: at });
    const { log, query, metricsUrl } = gateway;
    const { id } = await gateway.account();
    ahead = 300 * DAY;
    await eventually(() => log.some((line) => line.includes('"clock.wrong"')));
    await query(
      `INSERT INTO rights_request (id, account_id, kind, status, law, received_on, due_on, erases_on)
       VALUES ($1, $2, 'deletion', 'in-progress', 'gdpr', $3, $4, $4)`,
      [randomUUID(), id, dayFromNow(0), dayFromNow(7)],
    );
    const before = looks;
    await eventually(() => looks > before + 24);
    expect(await query('SELECT id FROM account WHERE id = $1', [id])).toHaveLength(1);
    expect(await query('SELECT account_id FROM erasure')).toEqual([]);
    const readiness = await fetch(`${metricsUrl}/readyz`);
    expect([readiness.status, await readiness.json()]).toMatchObject([503, { checks: { clock: 'wrong' } }]);
    expect(await (await fetch(`${metricsUrl}/metrics`)).text()).toContain('gateway_clock_untrusted 1');
    ahead = 0;
    await eventually(() => log.some((line) => line.includes('"clock.right"')));
    expect(log.filter((line) => line.includes('"clock.wrong"'))).toHaveLength(1);
    expect((await fetch(`${metricsUrl}/readyz`)).status).toBe(200);
  });
});
