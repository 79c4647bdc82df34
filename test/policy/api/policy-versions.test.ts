import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';

describe('policyVersions', () => {
  const gateway = useGateway();

  it('are, for anyone, all versions in order; the shipped one is the text of this company', async () => {
    const query = '{ policyVersions { version effectiveOn material sha256 diff text } policy { version } }';
    const { data, errors } = await gateway.call({ query });
    expect(errors).toBeUndefined();
    const days = data.policyVersions.map(({ effectiveOn }: { effectiveOn: string }) => effectiveOn);
    expect(days).toEqual([...days].sort());
    expect(data.policyVersions[0]).toMatchObject({
      version: '2026-11-01',
      effectiveOn: '2026-11-01',
      sha256: 'b65fd8164dda2bba5aeef5bedf48099c211ccbd91fce128d00d385feaf111da0',
      diff: null,
      text: expect.stringContaining('We do not collect logs of your activity') as string,
    });
  });
});
