import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { privacyLawsFile } from '../../src/config/policy.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { loadPrivacyLaws } from '../../src/services/policy/laws.js';
import type { NewRightsRequest } from '../../src/services/rights/request-record.js';
import { RightsRequests } from '../../src/services/rights/requests.js';
import { isEnd, NEXT } from '../../src/services/rights/states.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { SECRET_KEY } from '../support/settings.js';

const ACCESS: NewRightsRequest = {
  kind: 'access',
  law: 'gdpr',
  accountId: null,
  verification: null,
  details: { statement: 'everything, please' },
};

describe('the register of rights requests', () => {
  let gateway: TestGateway;
  let source: DataSource;
  let requests: RightsRequests;
  let now = Date.parse('2027-03-05T12:00:00Z');
  beforeAll(async () => {
    gateway = await startTestGateway();
    source = await createDataSource(gateway.database.url).initialize();
    const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
    const laws = await loadPrivacyLaws(privacyLawsFile);
    requests = new RightsRequests({ keyring, laws, outbox: new Outbox(keyring), clock: () => now });
  });
  afterAll(async () => {
    await source?.destroy();
    await gateway?.stop();
  });

  it('goes from one status to another as the table says, and writes each down by day', async () => {
    const { id } = await source.transaction((manager) => requests.create(manager, ACCESS));
    expect((await requests.find(source.manager, id))?.dueOn).toBe('2027-04-05');
    await source.transaction((manager) => requests.advance(manager, id, 'identity-required'));
    expect(await requests.find(source.manager, id)).toMatchObject({ dueOn: null, pausedOn: '2027-03-05' });
    now = Date.parse('2027-03-08T00:30:00Z');
    await source.transaction((manager) => requests.advance(manager, id, 'in-progress'));
    expect((await requests.find(source.manager, id))?.dueOn).toBe('2027-04-08');
    expect(requests.details((await requests.find(source.manager, id))!)).toEqual(ACCESS.details);
    const refused = await source.transaction((manager) => requests.advance(manager, id, 'expired'));
    expect(refused).toBeNull();
    const change = { denialReason: 'excessive', answer: 'No.' } as const;
    const denied = await source.transaction((manager) => requests.advance(manager, id, 'denied', change));
    expect(denied).toMatchObject({ status: 'denied', closedOn: '2027-03-08', denialReason: 'excessive' });
    // It is nobody's, so that nothing that was said stays.
    expect(requests.details(denied!)).toEqual({});
    expect(requests.answer(denied!)).toBe('No.');
    expect(await requests.events(source.manager, id)).toEqual([
      { status: 'submitted', day: '2027-03-05' },
      { status: 'identity-required', day: '2027-03-05' },
      { status: 'in-progress', day: '2027-03-08' },
      { status: 'denied', day: '2027-03-08' },
    ]);
  });

  it('has of two who end a request at once only one do it', async () => {
    const { id } = await source.transaction((manager) => requests.create(manager, ACCESS));
    const outcomes = await Promise.all(
      (['denied', 'withdrawn'] as const).map((to) =>
        source.transaction((manager) => requests.advance(manager, id, to)),
      ),
    );
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
  });

  it('shows an account its own', async () => {
    const { id: accountId } = await gateway.account();
    await source.transaction((manager) => requests.create(manager, { ...ACCESS, accountId }));
    expect(await requests.ofPerson(source.manager, accountId, '')).toHaveLength(1);
  });

  it('has ends from which nothing follows', () => {
    const ends = Object.keys(NEXT).filter((status) => isEnd(status as keyof typeof NEXT));
    expect(ends).toEqual(['fulfilled', 'denied', 'withdrawn', 'expired', 'erased']);
  });
});
