import { createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { daysAfter, today } from '../../../src/lib/calendar.js';
import { DAY_MS } from '../../../src/lib/durations.js';
import { useGateway } from '../../support/fixtures.js';
import type { TestAccount } from '../../support/people/account.js';
import { unzipped } from '../../support/people/data-export.js';
import { storeUsage } from '../../support/people/usage.js';

const NOW = Date.parse('2027-03-05T12:00:00Z');

describe('the data export of a person', () => {
  const gateway = useGateway(() => ({ clock: () => now }));
  let anna: TestAccount;
  let files: Map<string, Buffer>;
  let archive: Buffer;
  let now = NOW;
  beforeAll(async () => {
    anna = await gateway.account({ email: 'anna@example.com', country: 'DE' });
    await fill(anna);
    await fill(await gateway.account({ email: 'ben@example.com', country: 'DE' }));
    const id = await request(anna);
    archive = Buffer.from(await (await download(anna, id)).arrayBuffer());
    files = await unzipped(archive);
  });

  async function mutate(operation: string, { token, fresh }: TestAccount, source?: string) {
    const { data, errors } = await gateway.call({
      query: `mutation { ${operation} }`,
      token,
      headers: fresh,
      ...(source !== undefined && { source }),
    });
    expect(errors).toBeUndefined();
    // The shape is the operation's, as each test states it.
    // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
    return Object.values<any>(data)[0];
  }
  /** Something in every topic. */
  async function fill(account: TestAccount) {
    const source = account === anna ? '127.0.0.81' : '127.0.0.82';
    const regions = 'serviceRegions: [{ serviceId: "netflix", regionId: "ca" }]';
    const register = `registerNetwork(input: { name: "=1+1", ${regions} }) { network { id } }`;
    const { id } = (await mutate(register, account, source)).network;
    await mutate(`rotateNetworkToken(input: { networkId: "${id}" }) { userErrors { code } }`, account);
    await mutate('setConsent(input: { purpose: MARKETING, granted: true }) { userErrors { code } }', account);
    await mutate('recordApp(input: { platform: LINUX, version: "1.2.3" }) { userErrors { code } }', account);
    await mutate('startTotp { secret userErrors { code } }', account);
    await mutate('changeEmail(input: { newEmail: "new@example.org" }) { userErrors { code } }', account);
    const complaint = 'kind: COMPLAINT, statement: "=cmd, \\"quoted\\"\\nand <b>bold</b>"';
    await mutate(`submitRightsRequest(input: { ${complaint} }) { userErrors { code } }`, account);
    const days = [1, 40].map((ago) => ({ accountId: account.id, day: daysAfter(today(), -ago) }));
    await storeUsage(gateway.database.url, 'open', days.slice(0, 1));
    await storeUsage(gateway.database.url, 'closed', days.slice(1));
  }
  async function request(account: TestAccount, kind = 'ACCESS'): Promise<string> {
    const submit = `submitRightsRequest(input: { kind: ${kind} }) { rightsRequest { id } }`;
    const { id } = (await mutate(submit, account)).rightsRequest;
    await vi.waitUntil(async () => (await exported(account, id))?.progressPercent === 100, {
      timeout: 20_000,
    });
    return id;
  }
  async function exported({ token }: TestAccount, id: string) {
    const query = '{ viewer { rightsRequests { id status export { progressPercent bytes lastDay } } } }';
    const { data } = await gateway.call({ query, token });
    return data.viewer.rightsRequests.find((each: { id: string }) => each.id === id).export;
  }
  async function download(account: TestAccount, id: string) {
    const payload = await mutate(
      `downloadExport(input: { id: "${id}" }) { path userErrors { code } }`,
      account,
    );
    return fetch(new URL(payload.path, gateway.url));
  }
  const inert = (value: unknown) => (/^[=+\-@]/.test(String(value)) ? `'${value}` : String(value));
  const json = (path: string) => JSON.parse(files.get(path)!.toString());

  it('holds something of every store, and nothing of anybody else', () => {
    expect([...files.keys()]).toMatchSnapshot();
    expect(json('data/account.json').account).toMatchObject([{ email: 'anna@example.com', country: 'DE' }]);
    expect(json('data/networks.json').networks).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: '=1+1',
        ipv4: '127.0.0.81',
        ipv4LastDay: null,
        ipv6: null,
        ipv6LastDay: null,
        region: null,
        serviceRegions: 'netflix=ca',
        lastDay: null,
        updateToken: true,
      },
    ]);
    expect(json('data/sessions.json').sessions).toHaveLength(1);
    expect(json('data/usage.json').usage_day).toHaveLength(1);
    expect(json('data/usage.json').usage_report_row).toHaveLength(1);
    expect(json('data/consent.json').consent).toMatchObject([{ purpose: 'marketing', granted: true }]);
    expect(json('data/pending.json').email_change).toMatchObject([{ new_email: 'new@example.org' }]);
    const complaint = json('data/requests.json').rights_request.find(
      ({ kind }: { kind: string }) => kind === 'complaint',
    );
    expect(complaint.details.statement).toContain('<b>bold</b>');
    for (const content of files.values()) expect(content.toString()).not.toMatch(/ben@example|argon2/);
  });

  it('is described by its schemas, and says the same in its tables', () => {
    for (const [path, content] of files) {
      const topic = /^data\/(.+)\.json$/.exec(path)?.[1];
      if (topic === undefined) continue;
      const data = JSON.parse(content.toString());
      const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
      const valid = ajv.compile(json(`schemas/${topic}.schema.json`));
      expect({ topic, valid: valid(data), errors: valid.errors }).toEqual({
        topic,
        valid: true,
        errors: null,
      });
      for (const [table, rows] of Object.entries<object[]>(data)) {
        const records = parse(files.get(`tables/${table}.csv`)!, { columns: true, bom: true });
        const texts = rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [
              name,
              value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : inert(value),
            ]),
          ),
        );
        expect(records).toEqual(texts);
      }
    }
  });

  it('has a manifest that names every other file, with its checksum', () => {
    const { files: listed } = json('manifest.json');
    const sums = [...files]
      .filter(([path]) => path !== 'manifest.json')
      .map(([path, content]) => ({
        path,
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      }));
    expect(listed).toEqual(sums);
  });

  it('opens with a page that runs nothing and shows what people wrote as they wrote it', () => {
    const page = files.get('index.html')!.toString();
    expect(page).toContain('127.0.0.81');
    expect(page).toContain('&lt;b&gt;bold&lt;/b&gt;');
    expect(page).not.toMatch(/<script|<b>bold|src=|<link/);
  });

  it('is there for its owner alone, for seven days, and then gone from the store', async () => {
    const id = await request(anna, 'PORTABILITY');
    const ben = await gateway.account();
    const ticket = `downloadExport(input: { id: "${id}" }) { path userErrors { code } }`;
    expect((await mutate(ticket, ben)).userErrors).toEqual([{ code: 'UNKNOWN_REQUEST' }]);
    const { path } = await mutate(ticket, anna);
    now += 6 * 60_000;
    expect((await fetch(new URL(path, gateway.url))).status).toBe(404);
    now += 7 * DAY_MS;
    expect((await download(anna, id)).status).toBe(200);
    now += DAY_MS;
    expect((await mutate(ticket, anna)).userErrors).toEqual([{ code: 'NO_EXPORT' }]);
    const parts = () => gateway.query('SELECT FROM rights_export_part');
    await expect.poll(parts, { timeout: 20_000 }).toEqual([]);
  });

  it('holds an answer as it was written, also one that looks like JSON and is none', async () => {
    const carla = await gateway.account({ country: 'DE' });
    const dpo = await gateway.account({ role: 'dpo' });
    const complaint =
      'submitRightsRequest(input: { kind: COMPLAINT, statement: "{slow}" }) { rightsRequest { id } }';
    const { id } = (await mutate(complaint, carla)).rightsRequest;
    const answer = '{Dear customer}, thank you for your words.';
    await mutate(`takeRightsRequest(input: { id: "${id}" }) { userErrors { code } }`, dpo);
    const fulfil = `fulfilRightsRequest(input: { id: "${id}", answer: "${answer}" }) { userErrors { code } }`;
    expect(await mutate(fulfil, dpo)).toEqual({ userErrors: [] });
    const got = await download(carla, await request(carla));
    const opened = await unzipped(Buffer.from(await got.arrayBuffer()));
    const { rights_request: requests } = JSON.parse(opened.get('data/requests.json')!.toString());
    expect(requests.find((each: { kind: string }) => each.kind === 'complaint')).toMatchObject({
      answer,
      details: { statement: '{slow}' },
    });
  });

  it('shows how a request came that an officer has entered, and on which day, and not who it was', async () => {
    const emil = await gateway.account({ email: 'emil@example.com', country: 'DE', locale: 'de' });
    const dpo = await gateway.account({ role: 'dpo', email: 'officer@example.com' });
    const letter = 'kind: PORTABILITY, email: "emil@example.com", channel: LETTER, receivedOn: "2027-02-10"';
    await mutate(`enterRightsRequest(input: { ${letter} }) { userErrors { code } }`, dpo);
    const got = await download(emil, await request(emil));
    const opened = await unzipped(Buffer.from(await got.arrayBuffer()));
    const { rights_request: requests } = JSON.parse(opened.get('data/requests.json')!.toString());
    const entered = requests.find((each: { kind: string }) => each.kind === 'portability');
    expect(entered).toMatchObject({ channel: 'letter', received_on: '2027-02-10' });
    const page = opened.get('index.html')!.toString();
    expect(page).toMatch(/Wie sie kam[\s\S]*per Brief/);
    expect(page).toContain('10. Februar 2027');
    for (const content of opened.values()) {
      expect(content.toString()).not.toMatch(new RegExp(`officer@example|${dpo.id}`));
    }
  });

  it('is in the language of the person, and holds what others have asked about them', async () => {
    const dora = await gateway.account({ email: 'dora@example.com', country: 'DE', locale: 'de' });
    const agent = 'agent: { name: "Data Helpers", email: "desk@agents.example" }';
    const foreign = `kind: PORTABILITY, email: "dora@example.com", ${agent}`;
    await gateway.call({ query: `mutation { submitRightsRequest(input: { ${foreign} }) { reference } }` });
    const got = await download(dora, await request(dora));
    const opened = await unzipped(Buffer.from(await got.arrayBuffer()));
    const { rights_request, rights_request_subject, rights_request_agent } = JSON.parse(
      opened.get('data/requests.json')!.toString(),
    );
    expect(rights_request.map(({ kind }: { kind: string }) => kind).sort()).toEqual([
      'access',
      'portability',
    ]);
    expect(rights_request_subject).toMatchObject([{ email: 'dora@example.com' }]);
    expect(rights_request_agent).toMatchObject([{ contact: { name: 'Data Helpers' } }]);
    const page = opened.get('index.html')!.toString();
    expect(page).toContain('<html lang="de">');
    expect(page).toContain('Anfragen über Sie, die noch niemand bestätigt hat');
    expect(page).toContain('5. März 2027');
    expect(page).toContain(gateway.config.dpoEmail);
    expect(page).toContain('Bundesbeauftragte');
    expect(page).not.toMatch(/Sentry|Google|Apple/);
  });
});
