// The environment files: each process takes what stands there.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDnsNodeConfig } from '../../src/config/dns-node.js';
import { readGatewayConfig } from '../../src/config/gateway.js';
import { shipped } from './shipped.js';

/** As systemd reads an EnvironmentFile: a value may stand in quotes. */
function environment(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const value = line.slice(line.indexOf('=') + 1);
      return [line.slice(0, line.indexOf('=')), value.replace(/^'(.*)'$/, '$1')];
    }),
  );
}

/** As a shell reads it, for the command line: `set -a; . FILE`. */
function environmentOfShell(path: string): Record<string, string> {
  const script = 'set -a; . "$1"; exec env -0';
  const output = execFileSync('env', ['-i', '/bin/sh', '-ec', script, 'sh', path], { encoding: 'utf8' });
  const lines = output.split('\0').filter((line) => line !== '' && !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

it.each(['gateway.env', 'dns-node.env'])('a shell reads %s as systemd does', (file) => {
  expect(environmentOfShell(join(import.meta.dirname, '../../deploy', file))).toEqual(
    environment(shipped(file, {})),
  );
});

it('gateway.env has every setting that a gateway in production needs', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const config = readGatewayConfig(environment(shipped('gateway.env', { '=SECRET\n': `=${key}\n` })));
  expect(config).toMatchObject({ production: true, stopDelayMs: 5000, publicUrl: 'https://api.example.com' });
});

it('dns-node.env has every setting that a dns-node needs', () => {
  const secret = '0'.repeat(32);
  const config = readDnsNodeConfig(
    environment(shipped('dns-node.env', { '=COOKIE_SECRET\n': `=${secret}\n` })),
  );
  expect(config).toMatchObject({
    listen: { host: '10.0.2.1', port: 53 },
    stopDelayMs: 5000,
    refusesExamples: true,
  });
});
