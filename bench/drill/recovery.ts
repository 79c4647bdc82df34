// Whether the product is whole again: every process is ready, does its work when it is asked, and knows what was acknowledged.
import { setTimeout as delay } from 'node:timers/promises';
import { RegisterNetwork, RemoveNetwork, UpdateProfile, ViewerAccount } from '../../client/index.js';
import { Connection, Dropped, Refused } from '../soak/connection.js';
import { Failed, send } from './requests.js';
import { GATEWAY_PORT } from './settings.js';
import { Watch } from './watch.js';
import { type Server, storedAddresses, storedNames, type World } from './world.js';

const BETWEEN_LOOKS_MS = 200;
/** How long a change may take to every node. */
const MUST_FOLLOW_MS = 15_000;

/** Waits until nothing is missing; resolves with what still is after so many seconds. */
export async function untilWhole(world: World, seconds: number): Promise<string[]> {
  const deadline = performance.now() + seconds * 1000;
  const all = [
    ...world.gateways.map((gateway) => () => gatewayFault(world, gateway)),
    ...world.nodes.map((node) => () => readinessFault(node)),
  ];
  const missing = await Promise.all(
    all.map(async (look) => {
      for (;;) {
        const fault = await look();
        if (fault === null || performance.now() > deadline) return fault;
        await delay(BETWEEN_LOOKS_MS);
      }
    }),
  );
  return missing.filter((fault) => fault !== null);
}

async function readinessFault({ name, url }: Server): Promise<string | null> {
  const faults = await Watch.readiness(url);
  return faults.length === 0 ? null : `${name}: ${faults.join(', ')}`;
}

/** Null when the gateway is ready, and reads and writes in every store. */
async function gatewayFault(world: World, gateway: Server): Promise<string | null> {
  const unready = await readinessFault(gateway);
  if (unready !== null) return unready;
  const { token } = world.people.at(-1)!;
  const address = `51.40.${world.gateways.findIndex(({ name }) => name === gateway.name)}.1`;
  let line: Connection | undefined;
  try {
    const connection = await Connection.open(GATEWAY_PORT, gateway.host.address);
    line = connection;
    const { registerNetwork } = await send(connection, token, address, RegisterNetwork, {
      input: { name: 'Home' },
    });
    const networkId = registerNetwork.network?.id ?? '';
    await send(connection, token, address, RemoveNetwork, { input: { networkId } });
    const { viewer } = await send(connection, token, address, ViewerAccount, {});
    const input = { version: viewer.account.version, name: 'Drill' };
    await send(connection, token, address, UpdateProfile, { input });
    return null;
  } catch (error) {
    if (error instanceof Failed) return `${gateway.name}: ${error.message}`;
    if (error instanceof Refused || error instanceof Dropped)
      return `${gateway.name}: ${error.constructor.name}`;
    throw error;
  } finally {
    line?.close();
  }
}

/** How many acknowledgements are not in the stores, while nothing is changed. */
export async function countLost(world: World): Promise<number> {
  const [listed, names] = await Promise.all([storedAddresses(world), storedNames(world)]);
  return world.ledger.lostIn({ listed, names });
}

/** How many answers of all nodes contradict what the primary lists, while nothing is changed and after time to follow. */
export async function countWrong(world: World): Promise<number> {
  const stored = await storedAddresses(world);
  // Not those of a large list that stands for the size of a load.
  const listed = [...stored].filter((address) => address.startsWith('51.'));
  const asked = new Set([...world.ledger.known().map(([address]) => address), ...listed]);
  let left = world.nodes.flatMap(({ host }) =>
    [...asked].map((address) => ({ node: host.address, address })),
  );
  const deadline = performance.now() + MUST_FOLLOW_MS;
  for (;;) {
    const verdicts = await Promise.all(
      left.map(({ node, address }) => world.questions.check(node, address, stored.has(address))),
    );
    left = left.filter((_, index) => verdicts[index] !== 'right');
    if (left.length === 0 || performance.now() > deadline) return left.length;
    await delay(BETWEEN_LOOKS_MS);
  }
}
