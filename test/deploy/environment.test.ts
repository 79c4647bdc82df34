// The environment files: each process takes what stands there.
import { expect, it } from 'vitest';
import { readDnsNodeConfig } from '../../src/config/dns-node.js';
import { readGatewayConfig } from '../../src/config/gateway.js';
import { shipped } from './shipped.js';

/** As systemd reads an EnvironmentFile. */
function environment(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

it('gateway.env has all that a gateway in production needs', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const config = readGatewayConfig(environment(shipped('gateway.env', { '=SECRET\n': `=${key}\n` })));
  expect(config).toMatchObject({ production: true, stopDelayMs: 5000, publicUrl: 'https://api.example.com' });
});

it('dns-node.env has all that a dns-node needs', () => {
  const secret = '0'.repeat(32);
  const config = readDnsNodeConfig(
    environment(shipped('dns-node.env', { '=COOKIE_SECRET\n': `=${secret}\n` })),
  );
  expect(config).toMatchObject({ listen: { host: '10.0.2.1', port: 53 }, stopDelayMs: 5000 });
});
