// A gateway or a dns-node dies, stands still, is cut off, or has a wrong clock; the mail server says nothing.
import { fileURLToPath } from 'node:url';
import { RequestPasswordReset } from '../../../client/index.js';
import { daysAfter, today } from '../../../src/lib/calendar.js';
import { DAY_MS, HOUR_MS } from '../../../src/lib/durations.js';
import { Connection } from '../../soak/connection.js';
import { type Fault, seconds, untilTrue } from '../fault.js';
import { MAIL_ADDRESS } from '../mail.js';
import { send } from '../requests.js';
import { GATEWAY_PORT } from '../settings.js';
import { entryOf, type Server, storedAddresses, type World, withWriter } from '../world.js';

const MAILS = 20;
const SLOW_ENTRIES = 100_000;
const SLOW_KILOBITS = 180;

const gatewayKilled: Fault = {
  name: 'gateway-killed',
  title: 'kill -9 gateway (+1 s)',
  async play({ gateways: [{ program }] }) {
    await program.kill();
    await seconds(1);
    await program.start();
    return undefined;
  },
};

const gatewayFrozen: Fault = {
  name: 'gateway-frozen',
  title: 'SIGSTOP gateway, 15 s',
  async play({ gateways: [{ program }] }) {
    program.signal('SIGSTOP');
    await seconds(15);
    program.signal('SIGCONT');
    return undefined;
  },
};

const nodeKilled: Fault = {
  name: 'node-killed',
  title: 'kill -9 dns-node (+1 s)',
  async play({ nodes: [{ program }] }) {
    await program.kill();
    await seconds(1);
    await program.start();
    return undefined;
  },
};

const nodeCut: Fault = {
  name: 'node-cut',
  title: 'dns-node cut from Redis, 20 s',
  async play(world) {
    const heal = await cut(world, world.nodes[0]);
    await seconds(20);
    await heal();
    return undefined;
  },
};

const nodeRestarted: Fault = {
  name: 'node-restarted',
  title: 'dns-node cut from Redis and restarted in it',
  quick: true,
  async play(world) {
    const [{ program }] = world.nodes;
    const heal = await cut(world, world.nodes[0]);
    await program.stop();
    const supervised = program.supervise();
    await seconds(8);
    await heal();
    await untilTrue('the dns-node runs', async () => program.running);
    program.leave();
    void supervised;
    return undefined;
  },
};

const slowLoad: Fault = {
  name: 'node-slow-load',
  title: `a load of ${SLOW_ENTRIES} entries over ${SLOW_KILOBITS} kbit/s`,
  wholeWithin: 400,
  spoils: true,
  async play(world) {
    const [, { program, host }] = world.nodes;
    await program.stop();
    await withWriter(world.redis.primary, (writer) => writer.putMany(manyEntries()));
    await world.network.limit(host, SLOW_KILOBITS);
    const started = program.start();
    started.catch(() => {});
    return undefined;
  },
};

function wrongClock(hours: number): Fault {
  const sign = hours > 0 ? '+' : '−';
  return {
    name: `clock${hours > 0 ? '-ahead' : '-behind'}`,
    title: `clock ${sign}${Math.abs(hours)} h, a gateway and a dns-node, 8 s`,
    async play({ gateways, nodes }) {
      // The gateway refuses to start.
      await restart(gateways[1].program, shifted(hours * HOUR_MS)).catch(() => {});
      await restart(nodes[1].program, shifted(hours * HOUR_MS));
      await seconds(8);
      for (const { program } of [gateways[1], nodes[1]]) await restart(program);
      return undefined;
    },
  };
}

const clockFarAhead: Fault = {
  name: 'clock-far-ahead',
  title: 'clock +300 days, a gateway, 10 s',
  async play(world) {
    const dated = ['51.70.1.1', '51.70.2.1'];
    await withWriter(world.redis.primary, async (writer) => {
      const lastDay = daysAfter(today(), 100);
      for (const address of dated) await writer.put({ ...entryOf(address), lastDay });
    });
    await requestResets(world, 10);
    const before = await pendingResets(world);
    const { program } = world.gateways[1];
    // It refuses to start.
    await restart(program, shifted(300 * DAY_MS)).catch(() => {});
    await seconds(10);
    await restart(program);
    const [stored, after] = [await storedAddresses(world), await pendingResets(world)];
    return { lost: dated.filter((address) => !stored.has(address)).length + Math.max(0, before - after) };
  },
};

const mailSilent: Fault = {
  name: 'mail-silent',
  title: `SMTP black hole, 20 s, ${MAILS} mails`,
  async play(world) {
    const { network, gateways, mail, people } = world;
    const heals = await Promise.all(gateways.map(({ host }) => network.silence(host.address, MAIL_ADDRESS)));
    const addressees = people.slice(0, MAILS).map(({ email }) => email);
    const before = addressees.map((email) => mail.received(email));
    await requestResets(world, MAILS);
    await seconds(20);
    for (const heal of heals) await heal();
    const came = () => addressees.map((email, index) => mail.received(email) - before[index]!);
    await untilTrue('every mail has come', async () => came().every((count) => count > 0), 90).catch(
      () => {},
    );
    return {
      lost: came().filter((count) => count === 0).length,
      wrong: came().filter((count) => count > 1).length,
    };
  },
};

/** In 60.0.0.0/8, where nobody else in a drill has addresses. */
function manyEntries(): ReturnType<typeof entryOf>[] {
  return Array.from({ length: SLOW_ENTRIES }, (_, index) =>
    entryOf(`60.${index >> 16}.${(index >> 8) & 255}.${index & 255}`),
  );
}

/** The node reaches neither Redis. */
async function cut({ network, redis }: World, { host }: Server): Promise<() => Promise<void>> {
  const heals: (() => Promise<void>)[] = [];
  for (const server of [redis.primary, redis.replica]) {
    heals.push(await network.silence(host.address, server.host.address));
  }
  return async () => {
    for (const heal of heals) await heal();
  };
}

async function requestResets({ gateways, people }: World, count: number): Promise<void> {
  const line = await Connection.open(GATEWAY_PORT, gateways[0].host.address);
  for (const [index, { email }] of people.slice(0, count).entries()) {
    await send(line, '', `51.80.${index}.1`, RequestPasswordReset, { input: { email } });
  }
  line.close();
}

async function pendingResets({ postgres }: World): Promise<number> {
  return (await postgres.query('SELECT FROM password_reset')).length;
}

/** Environment of a process whose clock is wrong. */
function shifted(milliseconds: number): Record<string, string> {
  const script = fileURLToPath(new URL('../shifted-clock.js', import.meta.url));
  return { NODE_OPTIONS: `--import=file://${script}?milliseconds=${milliseconds}` };
}

async function restart(program: Server['program'], env: Record<string, string> = {}): Promise<void> {
  await program.stop();
  await program.start(env);
}

export const PROCESS_FAULTS: readonly Fault[] = [
  gatewayKilled,
  gatewayFrozen,
  nodeKilled,
  nodeCut,
  nodeRestarted,
  slowLoad,
  wrongClock(2),
  wrongClock(-2),
  clockFarAhead,
  mailSilent,
];
