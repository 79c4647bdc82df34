// Whatever anyone can ask and see about an e-mail address, and be notified of, is the same with and without an account.
import { describe, expect, it } from 'vitest';
import {
  ConfirmRightsAgent,
  ConfirmRightsRequest,
  RightsRequest,
  SendRightsRequestLink,
  SubmitRightsRequest,
  type SubmitRightsRequestInput,
  WithdrawRightsRequest,
} from '../../client/index.js';
import { DAY_MS } from '../../src/lib/durations.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import { someSource } from '../support/gateway.js';
import { tokenIn } from '../support/mail-server.js';
import { type TestAccount } from '../support/people/account.js';

const PDF = '%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n';

describe('nobody can find out who is a customer', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let now = Date.parse('2027-03-05T12:00:00Z');
  let nobodies = 0;

  /** What differs by nothing but chance. */
  const masked = (answer: unknown) =>
    JSON.stringify(answer).replace(/[\w-]{8}-[\w-]{4}-[\w-]{4}-[\w-]{4}-[\w-]{12}|[\w-]{60,}/g, '…');
  const submit = async (input: SubmitRightsRequestInput) =>
    (await gateway.ask(SubmitRightsRequest, { input }, { source: someSource() })).data.submitRightsRequest;
  const seen = async (reference: string) =>
    (await gateway.ask(RightsRequest, { reference })).data.rightsRequest;
  const statusOf = async (reference: string) => (await seen(reference))?.status;
  const sendLink = async (reference: string) =>
    (await gateway.ask(SendRightsRequestLink, { input: { reference } }, { source: someSource() })).data
      .sendRightsRequestLink;
  const confirm = async (token: string) =>
    (await gateway.ask(ConfirmRightsRequest, { input: { token } })).data.confirmRightsRequest;
  const mailsTo = (address: string) =>
    mails.accepted.filter(({ to }) => to === address).map(({ mail }) => mail);
  const close = async ({ token, fresh }: TestAccount) => {
    const query = 'mutation { closeAccount { userErrors { code } } }';
    const { data } = await gateway.call({ query, token, headers: fresh });
    expect(data.closeAccount).toEqual({ userErrors: [] });
  };

  /** The same of an address with an account, and of one without. */
  async function both(input: Omit<SubmitRightsRequestInput, 'email'>, country = 'DE') {
    nobodies += 1;
    const account = await gateway.account({ country });
    const addresses = [account.email, `nobody-${nobodies}@example.com`] as const;
    const [known, unknown] = [
      await submit({ ...input, email: addresses[0] }),
      await submit({ ...input, email: addresses[1] }),
    ];
    expect(masked(known)).toBe(masked(unknown));
    return { account, addresses, references: [known.reference!, unknown.reference!] as const };
  }
  async function alike<T>(references: readonly [string, string], look: (reference: string) => Promise<T>) {
    const [known, unknown] = [await look(references[0]), await look(references[1])];
    expect(masked(known)).toBe(masked(unknown));
    return known;
  }

  it.each<Omit<SubmitRightsRequestInput, 'email'>>([
    { kind: 'ACCESS' },
    { kind: 'ACCESS', country: 'BR' },
    { kind: 'CORRECTION', correction: { email: 'new@example.com' } },
    { kind: 'DELETION', country: 'US', usState: 'CA' },
    { kind: 'RESTRICTION' },
    { kind: 'OBJECTION', objections: ['MARKETING', 'SALE_OR_SHARING'] },
    { kind: 'OBJECTION', objections: ['SALE_OR_SHARING'], country: 'US', usState: 'CA' },
    { kind: 'PORTABILITY' },
    { kind: 'WITHDRAWAL_OF_CONSENT', purposes: ['MARKETING'] },
    { kind: 'COMPLAINT', statement: 'Something was done wrong.' },
  ])('by what it sees of %j, by another link, and by taking it back', async (input) => {
    const { references } = await both(input);
    await alike(references, seen);
    await alike(references, sendLink);
    await alike(references, async (reference) => {
      const taken = await gateway.ask(WithdrawRightsRequest, { input: { reference } });
      return taken.data.withdrawRightsRequest;
    });
    await alike(references, seen);
  });

  it('by opting out: it is done at once, for anyone who has an account, without a question', async () => {
    const optOut = { kind: 'OBJECTION', objections: ['SALE_OR_SHARING'] } as const;
    const { account, references } = await both(optOut);
    expect(await alike(references, statusOf)).toBe('FULFILLED');
    const ledger = await gateway.query('SELECT DISTINCT source FROM consent WHERE account_id = $1', [
      account.id,
    ]);
    expect(ledger).toEqual([{ source: 'somebody' }]);
    // Signed in, nobody has to show a factor for it either.
    const other = await gateway.account({ country: 'US' });
    const { data } = await gateway.ask(SubmitRightsRequest, { input: optOut }, { token: other.token });
    expect(data.submitRightsRequest.rightsRequest).toMatchObject({
      status: 'FULFILLED',
      verification: 'NOT_NEEDED',
    });
    const { errors } = await gateway.ask(
      SubmitRightsRequest,
      { input: { kind: 'ACCESS' } },
      { token: other.token },
    );
    expect(errors?.[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  });

  it('by an agent’s request, its permission, its own link, and its last notification', async () => {
    const agents = ['known@agents.example', 'unknown@agents.example'] as const;
    const account = await gateway.account({ country: 'DE' });
    const asked = [account.email, 'nobody-of-agents@example.com'].map((email, index) =>
      submit({ kind: 'ACCESS', email, agent: { name: 'Data Helpers', email: agents[index]! } }),
    );
    const [known, unknown] = await Promise.all(asked);
    const references = [known!.reference!, unknown!.reference!] as const;
    await alike(references, seen);
    const permission = await alike(references, async (reference) => {
      const answer = await fetch(new URL('/rights-requests/permission', gateway.url), {
        method: 'PUT',
        headers: { authorization: `Bearer ${reference}`, 'content-type': 'application/pdf' },
        body: PDF,
      });
      return [answer.status, await answer.text()];
    });
    expect(permission[0]).toBe(204);
    for (const agent of agents) {
      const token = tokenIn(await mails.next(agent));
      const { data } = await gateway.ask(ConfirmRightsAgent, { input: { token } });
      expect(data.confirmRightsAgent.userErrors).toEqual([]);
    }
    expect(await alike(references, statusOf)).toBe('IDENTITY_REQUIRED');
    now += 4 * DAY_MS;
    await expect.poll(() => alike(references, statusOf), { timeout: 20_000 }).toBe('EXPIRED');
    const heard = [await mails.next(agents[0]), await mails.next(agents[1])];
    expect(heard.map(({ subject }) => subject)).toEqual(
      Array(2).fill('The privacy request that you sent for someone else'),
    );
    expect(masked(heard[0]!.text)).toBe(masked(heard[1]!.text));
  });

  it('by closing: a request expires on its day, whether its account exists, is erased, or never existed', async () => {
    const { account, addresses, references } = await both({ kind: 'ACCESS' });
    const link = tokenIn(await mails.next(account.email));
    await close(account);
    expect(await alike(references, seen)).toMatchObject({ status: 'IDENTITY_REQUIRED' });
    await alike(references, sendLink);
    // The link of the account that is gone opens nothing, as one that never was.
    expect((await confirm(link)).userErrors).toMatchObject([{ code: 'LINK_INVALID' }]);
    now += 2 * DAY_MS;
    expect(await alike(references, statusOf)).toBe('IDENTITY_REQUIRED');
    now += DAY_MS;
    await expect.poll(() => alike(references, statusOf), { timeout: 20_000 }).toBe('EXPIRED');
    await alike(references, seen);
    await mails.next(addresses[1]);
    expect(
      mailsTo(addresses[0]).filter(({ subject }) => subject === 'A privacy request has expired'),
    ).toEqual([]);
  });

  it('by expiry, about which the owner of an account gets a mail: an address without an account has had its answer', async () => {
    const { addresses, references } = await both({ kind: 'ACCESS' });
    await mails.next(addresses[0]);
    expect((await mails.next(addresses[1])).subject).toBe('We keep no data about you');
    now += 4 * DAY_MS;
    await expect.poll(() => alike(references, statusOf), { timeout: 20_000 }).toBe('EXPIRED');
    expect((await mails.next(addresses[0])).subject).toBe('A privacy request has expired');
    const queued = 'SELECT FROM graphile_worker._private_jobs';
    await expect.poll(() => gateway.query(queued), { timeout: 20_000 }).toEqual([]);
    expect(mailsTo(addresses[1])).toHaveLength(1);
  });

  it('by its own time, which is 45 days where the law’s clock runs on (11 CCR § 7021(b))', async () => {
    const { references } = await both({ kind: 'ACCESS', country: 'US', usState: 'CA' });
    now += 40 * DAY_MS;
    // The job that ends a later request now has also looked at these, and would have ended them, too.
    const { references: others } = await both({ kind: 'ACCESS' });
    now += 4 * DAY_MS;
    await expect.poll(() => alike(others, statusOf), { timeout: 20_000 }).toBe('EXPIRED');
    expect(await alike(references, statusOf)).toBe('IDENTITY_REQUIRED');
    now += 3 * DAY_MS;
    await expect.poll(() => alike(references, statusOf), { timeout: 20_000 }).toBe('EXPIRED');
  });

  it('by where the owner lives, once they have confirmed: what was given is what is shown', async () => {
    const anna = await gateway.account({ country: 'DE' });
    const asked = { kind: 'ACCESS', email: anna.email, country: 'FR' } as const;
    const { reference, rightsRequest: request } = await submit(asked);
    const token = tokenIn(await mails.next(anna.email));
    expect((await confirm(token)).rightsRequest?.status).toBe('IN_PROGRESS');
    await expect.poll(() => statusOf(reference!), { timeout: 20_000 }).toBe('FULFILLED');
    const shown = await seen(reference!);
    expect(shown).toMatchObject({ law: { id: 'gdpr' }, export: null });
    expect(shown?.authority?.url).toMatch(/cnil/);
    const own = await gateway.call({
      query: '{ viewer { rightsRequests { id authority { url } export { bytes } } } }',
      token: anna.token,
    });
    expect(own.data.viewer.rightsRequests).toEqual([
      {
        id: request!.id,
        authority: { url: expect.stringMatching(/bfdi/) as string },
        export: { bytes: expect.any(Number) as number },
      },
    ]);
  });

  it.each([
    ['BR', {}, 'lgpd', 'gdpr'],
    ['DE', { country: 'US', usState: 'CA' }, 'gdpr', 'cpra'],
    ['US', { country: 'US', usState: 'VA' }, null, null],
  ] as const)(
    'by the law, which is that of an account in %s for its owner, and that of %j for a stranger',
    async (country, given, own, strange) => {
      const account = await gateway.account({ country });
      const { reference, rightsRequest: request } = await submit({
        kind: 'COMPLAINT',
        statement: 'x',
        email: account.email,
        ...given,
      });
      const promised = request!.dueOn;
      expect((await confirm(tokenIn(await mails.next(account.email)))).rightsRequest?.status).toBe(
        'IN_PROGRESS',
      );
      const query = '{ viewer { rightsRequests { law { id } dueOn receivedOn } } }';
      const { data } = await gateway.call({ query, token: account.token });
      const [shown] = data.viewer.rightsRequests;
      if (own !== null) expect(shown.law.id).toBe(own);
      else expect(shown.law.id).toBe(request!.law.id);
      if (strange !== null) expect((await seen(reference!))?.law.id).toBe(strange);
      expect(shown.receivedOn).toBe(request!.receivedOn);
      // No last day that was promised moves to a later one.
      if (promised !== null) expect(shown.dueOn <= promised!).toBe(true);
    },
  );
});
