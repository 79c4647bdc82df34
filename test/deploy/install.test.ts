// The shell block of docs/operations/install.md, on a gateway in production.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { read, root } from '../repo/source-files.js';
import { useGateway } from '../support/fixtures.js';
import { PASSWORD } from '../support/people/account.js';

const run = promisify(execFile);

describe('the guide to installing', () => {
  const gateway = useGateway({ config: { production: true, openOperations: false } });

  it('signs in with a listed operation, as it is written', async () => {
    const { email } = await gateway.account({ role: 'admin' });
    const [, block = ''] = /^```sh\n(ID=.*?)^```$/ms.exec(read('docs/operations/install.md')) ?? [];
    const lines = block
      .replace('https://api.example.com/graphql', gateway.url)
      .replace('staff@example.net', email)
      .replace('…', PASSWORD);
    const { stdout } = await run('sh', ['-c', lines], { cwd: root, env: { PATH: '/usr/bin:/bin' } });
    expect(JSON.parse(stdout)).toMatchObject({
      data: { signIn: { session: { token: expect.stringMatching(/^[\w-]{43}$/) }, userErrors: [] } },
    });
  });
});
