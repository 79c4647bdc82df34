import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../src/app/gateway.js';
import { createLogger } from '../../src/runtime/log.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { claimKey, keyState } from '../../src/services/installation/key-check.js';
import { runCli } from '../cli/run-cli.js';
import { useGateway } from '../support/fixtures.js';
import { SECRET_KEY } from '../support/settings.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

const OTHER = randomBytes(32).toString('base64');
const NOT_OURS =
  'SECRET_KEY is not the key of this installation: set the one that its gateways have. If it was changed on purpose, run: secret-key change';

describe('the key of an installation', () => {
  let database: UsageDatabase;
  beforeAll(async () => {
    database = await usageDatabase();
  });
  afterAll(() => database?.drop());

  it('is that of the first start, however many start at once, and no other key is accepted', async () => {
    const keyrings = Array.from({ length: 8 }, () => new Keyring(randomBytes(32)));
    const claims = await Promise.allSettled(keyrings.map((keyring) => claimKey(database, keyring)));
    const taken = keyrings.filter((_, index) => claims[index]!.status === 'fulfilled');
    expect(taken).toHaveLength(1);
    await claimKey(database, taken[0]!);
    const states = await Promise.all(keyrings.map((keyring) => keyState(database, keyring)));
    expect(states.filter((state) => state === 'same')).toHaveLength(1);
  });

  it('leaves nothing in the database that reveals it or a derived key', async () => {
    const secret = randomBytes(32);
    await database.query('UPDATE installation SET key_check = NULL');
    await claimKey(database, new Keyring(secret));
    const [row] = await database.query('SELECT key_check FROM installation');
    expect(row!.key_check).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(String(row!.key_check), 'base64url').equals(secret)).toBe(false);
    expect(row!.key_check).not.toBe(new Keyring(secret).digest('queued-mail', '1'));
  });
});

describe('secret-key change', () => {
  it('reports that nothing is lost when nothing is sealed', async () => {
    const database = await usageDatabase();
    try {
      await claimKey(database, new Keyring(randomBytes(32)));
      const { code, stderr } = await runCli(['secret-key', 'change'], {
        DATABASE_URL: database.url,
        SECRET_KEY: OTHER,
      });
      expect([code, stderr]).toEqual([
        1,
        'lost: only the links in mails that were sent already\nnothing was changed; stop all gateways, and then run: secret-key change --yes\n',
      ]);
    } finally {
      await database.drop();
    }
  });
});

describe('a gateway with another key', () => {
  const gateway = useGateway();
  const cli = (...args: string[]) =>
    runCli(args, {
      DATABASE_URL: gateway.database.url,
      REDIS_URL: gateway.redis.url,
      SECRET_KEY: OTHER,
      CONTACT_EMAIL: 'privacy@example.net',
      DPO_EMAIL: 'dpo@example.net',
    });
  const start = () =>
    startGateway(
      { ...gateway.config, secretKey: Buffer.from(OTHER, 'base64') },
      createLogger('gateway', () => {}),
    );

  it('does not start, and takes no mail from the queue', async () => {
    await gateway.query(
      `SELECT graphile_worker.add_job('mail', '"sealed"'::json, run_at => now() + interval '1 hour')`,
    );
    await expect(start()).rejects.toThrow(NOT_OURS);
    expect(await gateway.query('SELECT attempts FROM graphile_worker._private_jobs')).toEqual([
      { attempts: 0 },
    ]);
  });

  it.each([
    ['node', 'add', 'frankfurt-1', '--location', 'de-frankfurt'],
    ['disclose', 'anna@example.net'],
  ])('is refused by the commands that use the key: %s %s', async (...args) => {
    expect(await cli(...args)).toEqual({ code: 1, stdout: '', stderr: `${NOT_OURS}\n` });
  });

  it('is detected by secret-key check, and becomes the key of the installation with secret-key change --yes', async () => {
    await cli('secret-key', 'check').then(({ code, stderr }) =>
      expect([code, stderr]).toEqual([1, 'SECRET_KEY is not the key of this installation\n']),
    );
    const unsure = await cli('secret-key', 'change');
    expect([unsure.code, unsure.stderr]).toEqual([
      1,
      'lost: 1 mails that wait\nnothing was changed; stop all gateways, and then run: secret-key change --yes\n',
    ]);
    await expect(start()).rejects.toThrow(NOT_OURS);
    expect(await cli('secret-key', 'change', '--yes')).toMatchObject({ code: 0 });
    expect(await cli('secret-key', 'check')).toMatchObject({
      code: 0,
      stdout: 'SECRET_KEY is the key of this installation\n',
    });
    await (await start()).stop();
    expect(gateway.config.secretKey).toEqual(Buffer.from(SECRET_KEY, 'base64'));
    await expect(
      startGateway(
        gateway.config,
        createLogger('gateway', () => {}),
      ),
    ).rejects.toThrow(NOT_OURS);
  });
});
