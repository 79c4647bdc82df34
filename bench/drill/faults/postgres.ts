// Postgres dies, moves, vanishes, is full, or lets nobody in.
import pg from 'pg';
import { type Fault, fillDisk, seconds, untilTrue } from '../fault.js';
import { startStandby } from '../servers.js';
import { NAMES } from '../settings.js';
import type { World } from '../world.js';

const LOCKED_ACCOUNTS = 8;

const killed: Fault = {
  name: 'postgres-killed',
  title: 'kill -9 Postgres, crash recovery',
  async play({ postgres: { program } }) {
    await program.kill();
    await seconds(3);
    // Its last backends may still hold the memory that they shared.
    await untilTrue('Postgres starts', () =>
      program.start().then(
        () => true,
        () => false,
      ),
    );
    return undefined;
  },
};

const moved: Fault = {
  name: 'postgres-moved',
  title: 'Postgres failover, name moved',
  prepare: haveStandby,
  async play(world) {
    await world.postgres.program.kill();
    await promote(world);
    return undefined;
  },
  spoils: true,
};

const vanished: Fault = {
  name: 'postgres-vanished',
  title: 'Postgres host vanished, name moved',
  prepare: haveStandby,
  async play(world) {
    await world.network.isolate(world.postgres.host);
    await promote(world);
    return undefined;
  },
  spoils: true,
};

const readOnly: Fault = {
  name: 'postgres-read-only',
  title: 'Postgres read-only, 6 s',
  async play({ postgres }) {
    const set = async (value: string) => {
      await postgres.query(`ALTER ROLE gateway SET default_transaction_read_only = ${value}`);
      await postgres.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gateway'`,
      );
    };
    await set('on');
    await seconds(6);
    await set('off');
    return undefined;
  },
};

const diskFull: Fault = {
  name: 'postgres-disk-full',
  title: 'Postgres disk full, 6 s',
  spoils: true,
  async play({ postgres: { host, program, query } }) {
    const empty = await fillDisk(host);
    // What customers write would find room in the log's present file for a long time.
    const fillLog = `SELECT pg_logical_emit_message(true, 'drill', repeat('x', 1000000)) FROM generate_series(1, 40)`;
    await query(fillLog).catch(() => {});
    await seconds(6);
    await empty();
    if (!program.running) await program.start();
    return undefined;
  },
};

const crowded: Fault = {
  name: 'postgres-connections',
  title: 'max_connections used up, 6 s',
  async play({ postgres }) {
    const clients: pg.Client[] = [];
    for (let left = true; left; ) {
      const client = new pg.Client({ connectionString: postgres.url() });
      client.on('error', () => {});
      left = await client.connect().then(
        () => true,
        () => false,
      );
      clients.push(client);
    }
    await seconds(6);
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    return undefined;
  },
};

const locked: Fault = {
  name: 'postgres-row-locked',
  title: 'accounts locked for 16 s',
  async play({ postgres, people }) {
    const client = new pg.Client({ connectionString: postgres.url() });
    await client.connect();
    await client.query('BEGIN');
    const ids = people.slice(0, LOCKED_ACCOUNTS).map(({ id }) => id);
    await client.query('SELECT FROM account WHERE id = ANY($1) FOR UPDATE', [ids]);
    await seconds(16);
    await client.query('ROLLBACK');
    await client.end();
    return undefined;
  },
};

const standbys = new WeakMap<World, Awaited<ReturnType<typeof startStandby>>>();

async function haveStandby(world: World): Promise<void> {
  const host = await world.network.addHost('postgres-2', 400);
  const standby = await startStandby(world.postgres, host, world.secrets);
  standbys.set(world, standby);
  await untilTrue('the standby follows', async () => {
    const rows = await world.postgres.query(`SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`);
    return rows.length > 0;
  });
}

async function promote(world: World): Promise<void> {
  const standby = standbys.get(world)!;
  await seconds(1);
  await standby.query('SELECT pg_promote()');
  await world.network.point(NAMES.postgres, standby.host.address);
  world.postgres = standby;
}

export const POSTGRES_FAULTS: readonly Fault[] = [
  killed,
  moved,
  vanished,
  readOnly,
  diskFull,
  crowded,
  locked,
];
