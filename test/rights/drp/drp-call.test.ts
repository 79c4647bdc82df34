import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdvisoryLocks } from '../../../src/db/advisory-locks.js';
import { createLogger } from '../../../src/runtime/log.js';
import type { DataRightsProtocol } from '../../../src/services/rights/drp/drp.js';
import { addressIn, callAgent, isPublicAddress } from '../../../src/services/rights/drp/drp-call.js';
import { startDrpCallbacks } from '../../../src/services/rights/drp/drp-callbacks.js';
import { startTestGateway } from '../../support/gateway.js';

const PRIVATE = [
  'https://169.254.169.254',
  'https://10.0.0.1:8443',
  'https://127.0.0.1',
  'https://0.0.0.0',
  'https://[::1]',
  'https://[fe80::1]',
  'https://[fd00::1]',
  'https://[::ffff:10.0.0.1]',
  'https://2130706433',
  'https://0x7f.1',
  'https://localhost',
  'https://agent.localhost',
];

describe('a call to an agent', () => {
  let calls: string[] = [];
  const server = createServer((request, answer) => {
    calls.push(request.url ?? '');
    answer.statusCode = request.url === '/moved' ? 302 : 200;
    answer.setHeader('location', '/elsewhere');
    answer.end('x'.repeat(100_000));
  });
  let origin: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it('brings the status, and follows nothing', async () => {
    calls = [];
    expect(await callAgent(`${origin}/a`, {}, { allowPrivateAddresses: true })).toBe(200);
    expect(await callAgent(`${origin}/moved`, {}, { allowPrivateAddresses: true })).toBe(302);
    expect(calls).toEqual(['/a', '/moved']);
  });

  it('reaches nothing of our own network, neither by its address nor by a name that leads there', async () => {
    calls = [];
    const port = new URL(origin).port;
    const refused = { allowPrivateAddresses: false };
    expect(await callAgent(`${origin}/a`, {}, refused)).toBeNull();
    expect(await callAgent(`http://[::1]:${port}/a`, {}, refused)).toBeNull();
    // Resolves here to a loopback address, as an agent's own name may at the moment of the call.
    expect(await callAgent(`http://localhost:${port}/a`, {}, refused)).toBeNull();
    expect(await callAgent(`http://localhost:${port}/a`, {}, { allowPrivateAddresses: true })).toBe(200);
    expect(calls).toEqual(['/a']);
  });

  it.each(PRIVATE)('is not possible to %s, which is not let into the register either', (url) => {
    const address = addressIn(new URL(url));
    expect(address === null ? new URL(url).hostname.endsWith('localhost') : !isPublicAddress(address)).toBe(
      true,
    );
  });

  it('an agent that does not answer delays no other', async () => {
    const held = createServer(() => {});
    await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', resolve));
    const slow = `http://127.0.0.1:${(held.address() as AddressInfo).port}`;
    calls = [];
    let left = ['slow-1', 'slow-2', 'quick'];
    const settled = new Set<string>();
    let quick = () => {};
    const called = new Promise<void>((resolve) => {
      quick = resolve;
    });
    const drp = {
      waitingCallbacks: async () =>
        left.map((requestId) => ({ requestId, agentId: requestId.split('-')[0]!, tries: 0 })),
      callbackOf: async (id: string) => ({
        url: id === 'quick' ? `${origin}/q` : slow,
        status: {},
        tries: 1,
      }),
      markNotified: async (id: string) => {
        settled.add(id);
        left = left.filter((each) => each !== id);
        if (id === 'quick') quick();
      },
    } as unknown as DataRightsProtocol;
    const locks = {
      withAdvisoryLock: async (_what: string, _id: string, work: () => Promise<void>) => {
        await work();
        return true;
      },
    } as unknown as AdvisoryLocks;
    const log = createLogger('gateway', () => {});
    const job = startDrpCallbacks({
      locks,
      drp,
      log,
      observe: () => {},
      due: { has: async () => true },
      allowPrivateAddresses: true,
    });
    await called;
    // The slow agent has not been given up yet, and so was not waited for.
    expect([...settled]).toEqual(['quick']);
    held.closeAllConnections();
    held.close();
    await job.stop();
  });
});

describe('the register of agents', () => {
  it('lets in no origin of our own network', async () => {
    const gateway = await startTestGateway({ config: { allowPrivateAddresses: false } });
    const officer = await gateway.dpo();
    const add = async (callbackOrigin: string) => {
      const key = Buffer.alloc(32).toString('base64');
      const input = `id: "A", name: "A", verifyKey: "${key}", webUrl: "https://a.example", callbackOrigin: "${callbackOrigin}"`;
      const query = `mutation { addDrpAgent(input: { ${input} }) { userErrors { field code } } }`;
      return (await gateway.call({ query, token: officer })).data.addDrpAgent.userErrors;
    };
    for (const url of PRIVATE) {
      expect(await add(url), url).toEqual([{ field: 'callbackOrigin', code: 'INVALID_URL' }]);
    }
    expect(await add('https://agent.example')).toEqual([]);
    await gateway.stop();
  });
});
