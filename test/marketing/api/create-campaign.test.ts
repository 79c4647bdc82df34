import { beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { ENGLISH } from '../../support/people/campaign.js';
import { waitingMails } from '../../support/people/links.js';

describe('createCampaign', () => {
  const gateway = useGateway();
  let token: string;
  beforeAll(async () => {
    token = await gateway.admin();
  });

  const create = async (input: Record<string, unknown>) => {
    const { data } = await gateway.call({
      query: `mutation ($input: CreateCampaignInput!) {
        createCampaign(input: $input) {
          campaign { id name sentOn texts { locale subject body } statistics { day } }
          userErrors { field code }
        }
      }`,
      variables: { input: { name: 'Regions', texts: [ENGLISH], ...input } },
      token,
    });
    return data.createCampaign;
  };

  it('keeps what was written, in every language, and mails nobody', async () => {
    await gateway.account();
    const german = { locale: 'DE', subject: 'Eine Region mehr', body: 'Sie liegt in Lissabon.' };
    const { campaign, userErrors } = await create({ texts: [german, ENGLISH] });
    expect(userErrors).toEqual([]);
    expect(campaign).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Regions',
      sentOn: null,
      texts: [german, ENGLISH],
      statistics: [],
    });
    expect(await waitingMails(gateway.database.url)).toEqual([]);
  });

  it('takes white space from around texts, and leaves the paragraphs', async () => {
    const texts = [{ locale: 'EN', subject: ' Subject ', body: '\r\nOne.\r\n\r\nTwo.\r\n' }];
    const { campaign } = await create({ name: ' Name ', texts });
    expect(campaign).toMatchObject({
      name: 'Name',
      texts: [{ locale: 'EN', subject: 'Subject', body: 'One.\n\nTwo.' }],
    });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['no name', { name: ' ' }, 'name', 'TEXT_REQUIRED'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name', 'TEXT_TOO_LONG'],
    ['no text', { texts: [] }, 'texts', 'ENGLISH_REQUIRED'],
    ['no text in English', { texts: [{ ...ENGLISH, locale: 'DE' }] }, 'texts', 'ENGLISH_REQUIRED'],
    ['two texts in a language', { texts: [ENGLISH, ENGLISH] }, 'texts.1.locale', 'DUPLICATE_LOCALE'],
    ['no subject', { texts: [{ ...ENGLISH, subject: '' }] }, 'texts.0.subject', 'TEXT_REQUIRED'],
    [
      'a subject with a line break',
      { texts: [{ ...ENGLISH, subject: 'News\r\nBcc: eve@example.com' }] },
      'texts.0.subject',
      'INVALID_TEXT',
    ],
    [
      'a subject of 151 characters',
      { texts: [{ ...ENGLISH, subject: 'x'.repeat(151) }] },
      'texts.0.subject',
      'TEXT_TOO_LONG',
    ],
    ['no body', { texts: [{ ...ENGLISH, body: '\n \n' }] }, 'texts.0.body', 'TEXT_REQUIRED'],
    [
      'a body of 10,001 characters',
      { texts: [{ ...ENGLISH, body: 'x'.repeat(10_001) }] },
      'texts.0.body',
      'TEXT_TOO_LONG',
    ],
    [
      'a body with a control character',
      { texts: [{ ...ENGLISH, body: 'a\u0007b' }] },
      'texts.0.body',
      'INVALID_TEXT',
    ],
    [
      'a body with a card number',
      { texts: [{ ...ENGLISH, body: 'Pay with 4111 1111 1111 1111.' }] },
      'texts.0.body',
      'CARD_NUMBER',
    ],
  ])('refuses %s', async (_what, input, field, code) => {
    const before = await gateway.query('SELECT count(*)::int FROM campaign');
    const payload = await create(input);
    expect(errorsOf(payload)).toEqual([{ field, code }]);
    expect(payload.campaign).toBeNull();
    expect(await gateway.query('SELECT count(*)::int FROM campaign')).toEqual(before);
  });

  it('returns all errors together', async () => {
    const payload = await create({ name: '', texts: [{ locale: 'ES', subject: '', body: '' }] });
    expect(errorsOf(payload).map(({ code }) => code)).toEqual([
      'TEXT_REQUIRED',
      'ENGLISH_REQUIRED',
      'TEXT_REQUIRED',
      'TEXT_REQUIRED',
    ]);
  });
});
