// Campaigns, for tests that are not about writing them.
import { expect } from 'vitest';
import type { TestGateway } from '../gateway.js';
import { freshFactor } from './account.js';

export interface TestCampaignText {
  readonly locale: string;
  readonly subject: string;
  readonly body: string;
}

export const ENGLISH: TestCampaignText = {
  locale: 'EN',
  subject: 'A region more',
  body: 'There is a region more.\n\nIt is in Lisbon.',
};

/** `token`: an admin's session. Returns the campaign's id. */
export async function createCampaign(
  gateway: TestGateway,
  token: string,
  texts: readonly TestCampaignText[] = [ENGLISH],
): Promise<string> {
  const { data } = await gateway.call({
    query: `mutation ($input: CreateCampaignInput!) {
      createCampaign(input: $input) { campaign { id } userErrors { field code } }
    }`,
    variables: { input: { name: 'Regions', texts } },
    token,
  });
  expect(data.createCampaign.userErrors).toEqual([]);
  return data.createCampaign.campaign.id;
}

export async function sendCampaign(gateway: TestGateway, token: string, campaignId: string) {
  const { data } = await gateway.call({
    query: `mutation ($input: SendCampaignInput!) {
      sendCampaign(input: $input) { campaign { sentOn } userErrors { field code } }
    }`,
    variables: { input: { id: campaignId } },
    token,
    headers: freshFactor(token),
  });
  return data.sendCampaign;
}
