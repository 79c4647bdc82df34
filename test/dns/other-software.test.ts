// DoT, DoH and PROXY headers with software of others: kdig as a client, dnsdist as a load balancer.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { debianPackage } from '../support/debian.js';
import { CERTIFICATE_NAME, makeCertificate } from '../support/network/certificate.js';
import { askOnce } from './support/device.js';
import { decode, query } from './support/messages.js';
import { DohDevice, dotDevice } from './support/stream-devices.js';
import { startTestEdge, type TestEdge } from './support/test-edge.js';

const run = promisify(execFile);

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';
const RELAYED = 'www.stream.example';
const certificate = makeCertificate();

let edge: TestEdge;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-tls-'));
  await writeFile(join(folder, 'cert.pem'), certificate.cert);
  await writeFile(join(folder, 'key.pem'), certificate.key);
  const free = { host: '127.0.0.1', port: 0 };
  edge = await startTestEdge({
    workers: 1,
    balancers: [parsePrefix('127.0.0.1') as Prefix],
    secure: { certificate, dot: free, doh: free },
  });
});
afterAll(async () => {
  await edge?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('kdig, as a real client', () => {
  const ways: readonly [string, () => number | null, readonly string[]][] = [
    ['DoT', () => edge.dotPort, ['+tls']],
    ['DoH with POST', () => edge.dohPort, ['+https']],
    ['DoH with GET', () => edge.dohPort, ['+https', '+https-get']],
  ];

  it.for(ways)('verifies the certificate and gets its response over %s', async ([, port, options]) => {
    const kdig = await debianPackage('knot-dnsutils');
    const verified = [`+tls-ca=${join(folder, 'cert.pem')}`, `+tls-hostname=${CERTIFICATE_NAME}`];
    const asked = async (source: string) => {
      const where = ['-b', source, '-p', String(port()), '@127.0.0.1', ...options, ...verified];
      return (await run(kdig, [...where, RELAYED, 'A', '+edns', '+timeout=5', '+retry=0'])).stdout;
    };
    const answer = await asked(ALLOWED);
    expect(answer).toContain('status: NOERROR');
    expect(answer).toMatch(/www\.stream\.example\.\s+60\s+IN\s+A\s+198\.51\.100\.10/);
    expect(await asked(UNLISTED)).toContain('status: REFUSED');
  });
});

describe('dnsdist, as a load balancer in front', () => {
  let dnsdist: ChildProcess | undefined;
  afterEach(async () => {
    if (dnsdist === undefined || dnsdist.exitCode !== null) return;
    dnsdist.kill('SIGTERM');
    await once(dnsdist, 'exit');
  });

  it.for([
    ['over TCP alone', 'true'],
    ['over UDP for what came over UDP', 'false'],
  ])('names the real source in PROXY headers, from its UDP, TCP, DoT and DoH, %s', async ([, tcpOnly]) => {
    const program = await debianPackage('dnsdist');
    const [port, dotPort, dohPort] = await Promise.all([freePort(), freePort(), freePort()]);
    const files = `'${join(folder, 'cert.pem')}', '${join(folder, 'key.pem')}'`;
    const config = [
      `setLocal('127.0.0.1:${port}')`,
      `addTLSLocal('127.0.0.1:${dotPort}', ${files})`,
      `addDOHLocal('127.0.0.1:${dohPort}', ${files}, '/dns-query')`,
      // Its health check comes with the command LOCAL: we refuse the balancer itself, and that is an answer.
      `newServer{address='127.0.0.1:${edge.tcpPort}', useProxyProtocol=true, tcpOnly=${tcpOnly}, checkName='${RELAYED}.'}`,
    ];
    await writeFile(join(folder, 'dnsdist.conf'), config.join('\n'));
    const balancer = spawn(program, ['--supervised', '-C', join(folder, 'dnsdist.conf')], {
      stdio: 'ignore',
    });
    dnsdist = balancer;

    const plain = (transport: 'udp' | 'tcp') => async (source: string) =>
      askOnce({ port, source, transport }, query({ name: RELAYED }));
    const overDot = async (source: string) => {
      const device = await dotDevice({ source, port: dotPort });
      return device.ask(query({ name: RELAYED })).finally(() => device.close());
    };
    const overDoh = async (source: string) => {
      const device = await DohDevice.at({ source, port: dohPort });
      return device
        .post(query({ name: RELAYED }))
        .then(({ body }) => body)
        .finally(() => device.close());
    };
    const rcode = async (answered: Promise<Buffer>) => decode(await answered).rcode;
    await expect
      .poll(() => rcode(plain('tcp')(ALLOWED)).catch(() => ''), { timeout: 10_000 })
      .toBe('NOERROR');
    for (const ask of [plain('udp'), plain('tcp'), overDot, overDoh]) {
      expect(decode(await ask(ALLOWED)).answers).toEqual(['A 198.51.100.10']);
      expect(await rcode(ask(UNLISTED))).toBe('REFUSED');
      expect(decode(await ask('127.0.0.8')).answers).toEqual(['A 198.51.100.30']);
    }
    expect(balancer.exitCode).toBeNull();
  });
});
