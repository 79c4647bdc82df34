import { describe, expect, it } from 'vitest';
import { totpCode } from '../../src/services/sign-in/second-factors/totp-code.js';
import { runCli } from './run-cli.js';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

const totp = (input: string) => runCli(['totp'], {}, undefined, input);

describe('totp', () => {
  it.each([
    { form: 'as it is', input: `${SECRET}\n` },
    { form: 'in groups and in lower case', input: SECRET.toLowerCase().replace(/.{4}/g, '$& ') },
  ])('prints the present code of a secret on stdin, $form', async ({ input }) => {
    // The codes of the steps in which the process may have run.
    const before = totpCode(SECRET);
    const result = await totp(input);
    expect([`${before}\n`, `${totpCode(SECRET)}\n`]).toContain(result.stdout);
    expect(result).toMatchObject({ code: 0, stderr: '' });
  });

  it('takes no secret as an argument, where everybody on the machine could read it', async () => {
    const result = await runCli(['totp', SECRET]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/too many arguments/);
    expect(result.stderr).not.toContain(SECRET);
  });

  it.each(['canary!', '', '1'])(
    'answers what is no secret with exit code 2, and does not repeat it',
    async (text) => {
      const result = await totp(text);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).not.toContain('canary');
      expect(result.stderr).toContain('base32');
    },
  );
});
