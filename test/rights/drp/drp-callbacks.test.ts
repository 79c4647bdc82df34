import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect, inject, it } from 'vitest';
import { openAdvisoryLocks } from '../../../src/db/advisory-locks.js';
import { createLogger } from '../../../src/runtime/log.js';
import type { DataRightsProtocol } from '../../../src/services/rights/drp/drp.js';
import { startDrpCallbacks } from '../../../src/services/rights/drp/drp-callbacks.js';

it('an agent is called back once, also by a gateway that read the list before another one called', async () => {
  let calls = 0;
  const agent = createServer((_request, answer) => {
    calls += 1;
    answer.end();
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  const requestId = '00000000-0000-4000-8000-000000000001';
  const store = { tries: 0 as number | null };
  const drp = {
    async waitingCallbacks() {
      return [{ requestId, agentId: 'AGENT', tries: 0 }];
    },
    async callbackOf() {
      if (store.tries !== null) store.tries += 1;
      return store.tries === null ? null : { url, status: {}, tries: store.tries };
    },
    async markNotified() {
      store.tries = null;
    },
  } as unknown as DataRightsProtocol;
  const log = createLogger('gateway', () => {});
  for (let gateway = 0; gateway < 3; gateway += 1) {
    const locks = openAdvisoryLocks(inject('databaseServerUrl'));
    // Stopping waits for the pass that has begun.
    await startDrpCallbacks({
      locks,
      drp,
      log,
      observe: () => {},
      due: { has: async () => true },
      allowPrivateAddresses: true,
    }).stop();
    await locks.end();
  }
  expect(calls).toBe(1);
  agent.close();
});
