import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newUpdateToken } from '../../../src/services/media-streamer/update-tokens.js';
import { read } from '../../repo/source-files.js';
import { useGateway } from '../../support/fixtures.js';
import { someSource } from '../../support/gateway.js';
import { RawConnection } from '../../support/http/raw-http.js';
import { sendUpdate } from '../../support/http/update-client.js';
import { Ways } from '../../support/network/fault-proxy.js';
import { makeNetwork } from '../../support/people/network.js';

const ways = new Ways();
const gateway = useGateway({ through: ways.through });

function contentBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));
  return files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'latin1'));
}

describe('of updates, right and wrong ones,', () => {
  it('no URL, no token and no address is in a log, an error, a metric or a file of a store', async () => {
    const home = await makeNetwork(gateway);
    const wrong = newUpdateToken();
    const [source, other] = [someSource(), someSource()];
    const answers: string[] = [];
    const send = async (path: string, password?: string) => {
      const sent = { path, source, ...(password !== undefined && { password }) };
      const { text, headers } = await sendUpdate(gateway.url, sent);
      answers.push(text + JSON.stringify(headers));
    };
    const all = async () => {
      for (const token of [home.token, wrong]) {
        await send('/nic/update?hostname=secretname', token);
        await send(`/u/${token}?hostname=secretname`);
        await send(`/u/${token}/%zz`);
        await send(`/any/${token}?myip=${other}&hostname=${'secretname,'.repeat(30)}`, token);
        await send(`/u/${token}?${'secretname'.repeat(1000)}`);
        const connection = await RawConnection.to(gateway.url);
        const basic = Buffer.from(`secretname:${token}`).toString('base64');
        connection.send(
          `GET ${token}?hostname=secret name HTTP/1.0\r\nAuthorization: Basic ${basic}\r\n\r\n`,
        );
        answers.push(...(await connection.ended()).map(({ text }) => text));
      }
    };
    await all();
    await ways.cut();
    await all();
    await ways.mend();
    const ready = async () => (await fetch(`${gateway.metricsUrl}/readyz`)).status;
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    await all();

    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    await gateway.store.save();
    const files = [...contentBelow(gateway.redis.dataDir), ...contentBelow(gateway.ephemeral.dataDir)];
    expect(files.length).toBeGreaterThan(2);
    const basics = [home.token, wrong].map((token) => Buffer.from(`anna:${token}`).toString('base64'));
    const secrets = [home.token, wrong, ...basics, 'secretname', other];
    for (const [place, text] of [
      ['answers', answers.join('\n')],
      ['log', gateway.log.join('\n')],
      ['metrics', metrics],
      ['files', files.join('\n')],
    ] as const) {
      expect(text.length).toBeGreaterThan(0);
      expect([place, secrets.filter((secret) => text.includes(secret))]).toEqual([place, []]);
    }
    // The source itself is the network's address, and stands in the store alone.
    expect(gateway.log.join('\n') + metrics).not.toContain(source);
    expect(gateway.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('no core dump is written by the unit that runs the gateway', () => {
    expect(read('deploy/systemd/gateway.service')).toMatch(/^LimitCORE=0$/m);
  });
});
