import { describe, expect, it } from 'vitest';
import { totpCode } from '../../src/services/totp-code.js';
import { runCli } from './run-cli.js';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** The codes of the steps in which the process may have run. */
const around = (run: () => ReturnType<typeof runCli>) => async () => {
  const before = totpCode(SECRET);
  const result = await run();
  expect([`${before}\n`, `${totpCode(SECRET)}\n`]).toContain(result.stdout);
  expect(result).toMatchObject({ code: 0, stderr: '' });
};

describe('totp', () => {
  it(
    'prints the present code of a secret',
    around(() => runCli(['totp', SECRET])),
  );

  it(
    'takes the secret in groups and in lower case',
    around(() => runCli(['totp', SECRET.toLowerCase().replace(/.{4}/g, '$& ')])),
  );

  it(
    'reads the secret from stdin, where nobody sees it',
    around(() => runCli(['totp'], {}, undefined, `${SECRET}\n`)),
  );

  it.each(['canary!', '', '1'])(
    'answers what is no secret with exit code 2, and does not repeat it',
    async (text) => {
      const result = await runCli(['totp', text]);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).not.toContain('canary');
      expect(result.stderr).toContain('base32');
    },
  );
});
