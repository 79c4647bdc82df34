// Networks that accounts have already: made in the store, for tests that are not about making them.
import { randomUUID } from 'node:crypto';
import { NO_PREFERENCES, type Preferences } from '../../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../../src/allowlist/writer.js';
import type { Day } from '../../../src/lib/calendar.js';
import { type Prefix, parsePrefix } from '../../../src/lib/ip.js';
import { newUpdateToken, updateTokenDigest } from '../../../src/services/media-streamer/update-tokens.js';
import type { TestGateway } from '../gateway.js';
import type { TestAccount } from './account.js';

export interface TestNetwork {
  readonly owner: TestAccount;
  readonly id: string;
  /** Its update token. */
  readonly token: string;
  /** Its addresses, IPv4 first, as the store has them. */
  addresses(): Promise<string[]>;
  /** The last days of these addresses. */
  lastDays(): Promise<(Day | null)[]>;
  /** Replaces its token in the store. */
  setToken(token: string | null): Promise<void>;
}

export interface NewTestNetwork {
  readonly owner?: TestAccount;
  readonly addresses?: readonly string[];
  readonly preferences?: Preferences;
  readonly lastDay?: Day | null;
}

export async function makeNetwork(
  gateway: Pick<TestGateway, 'store' | 'account'>,
  options: NewTestNetwork = {},
): Promise<TestNetwork> {
  const { networks } = new AllowlistWriter(gateway.store);
  const owner = options.owner ?? (await gateway.account());
  const id = randomUUID();
  const token = newUpdateToken();
  const { addresses = [], preferences = NO_PREFERENCES, lastDay = null } = options;
  const network = { id, name: 'Home', addresses: addresses.map(prefixOf), preferences, lastDay };
  await networks.register(owner.id, network, 5);
  const setToken = async (text: string | null) => {
    await networks.setToken(owner.id, id, text === null ? null : updateTokenDigest(text));
  };
  await setToken(token);
  const current = async () => {
    const found = (await networks.list(owner.id)).find((each) => each.id === id);
    return [found?.ipv4, found?.ipv6].filter((each) => each !== null && each !== undefined);
  };
  return {
    owner,
    id,
    token,
    addresses: async () => (await current()).map(({ prefix }) => prefix.text),
    lastDays: async () => (await current()).map(({ lastDay }) => lastDay),
    setToken,
  };
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') throw new Error(`${text}: ${prefix}`);
  return prefix;
}
