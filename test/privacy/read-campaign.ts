// A person gets a campaign's mail, opens it, and unsubscribes, with a canary in everything that could reveal it.
import { expect } from 'vitest';
import { graphql } from '../support/http/graphql-client.js';
import { makeAccount, PASSWORD } from '../support/people/account.js';
import type { Canaries } from './canary.js';
import type { RaidedProduct } from './raid.js';

const BODY = 'There is a region more.';

/** `token`: a session of the person. */
export async function readCampaign(product: RaidedProduct, canaries: Canaries, token: string): Promise<void> {
  const ask = async (query: string, asker: string, headers: Record<string, string> = {}) => {
    const { data, errors } = await graphql(product.graphqlUrl, { query, token: asker, headers });
    expect(errors).toBeUndefined();
    return data;
  };
  for (const purpose of ['MARKETING', 'ANALYTICS_COOKIES']) {
    await ask(
      `mutation { setConsent(input: { purpose: ${purpose}, granted: true }) { userErrors { code } } }`,
      token,
    );
  }
  const { token: admin } = await makeAccount(product, { role: 'admin', country: 'DE' });
  const created = await ask(
    `mutation { createCampaign(input: { name: "Regions", texts: [{ locale: EN, subject: "News", body: "${BODY}" }] }) {
      campaign { id } userErrors { code }
    } }`,
    admin,
  );
  const { id } = created.createCampaign.campaign;
  const { stepUp } = await ask(
    `mutation { stepUp(input: { password: "${PASSWORD}" }) { stepUpToken } }`,
    admin,
  );
  await ask(`mutation { sendCampaign(input: { id: "${id}" }) { userErrors { code } } }`, admin, {
    'step-up-token': stepUp.stepUpToken,
  });

  const { email } = (await ask('{ viewer { account { email } } }', token)).viewer.account;
  const html = async () => {
    const list = await (await fetch(product.mailboxUrl)).text();
    const newest = new RegExp(`href="(/mails/\\d+)"><span class="to">${email}<`).exec(list)?.[1];
    return newest === undefined ? '' : (await fetch(`${product.mailboxUrl}${newest}/html`)).text();
  };
  await expect.poll(html, { timeout: 20_000 }).toContain(BODY);
  const mail = await html();
  const unsubscribe = new URL(/href="([^"]+\/unsubscribe\/[^"]+)"/.exec(mail)![1]!);
  const image = new URL(/<img src="([^"]+)"/.exec(mail)![1]!);
  canaries.token('token of an unsubscribe link', unsubscribe.pathname.split('/').at(-1)!);

  const from = (what: string) => ({
    'x-forwarded-for': canaries.forwarded6(`forwarded address of who ${what}`),
    'user-agent': canaries.secret(`user agent of who ${what}`),
  });
  const here = ({ pathname }: URL) => new URL(pathname, product.graphqlUrl);
  expect((await fetch(here(image), { headers: from('opens a mail') })).status).toBe(200);
  expect((await fetch(here(unsubscribe), { headers: from('looks at the link') })).status).toBe(200);
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  const answer = await fetch(here(unsubscribe), { method: 'POST', body, headers: from('unsubscribes') });
  expect(answer.status).toBe(200);
  const { viewer } = await ask('{ viewer { consents { purpose source } } }', token);
  expect(viewer.consents).toContainEqual({ purpose: 'MARKETING', source: 'UNSUBSCRIBE' });
}
