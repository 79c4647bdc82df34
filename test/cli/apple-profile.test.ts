// `apple-profile`: what an operator signs and serves.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'plist';
import { expect, it } from 'vitest';
import { runCli } from './run-cli.js';

it('prints the profile on stdout, and how to sign it on stderr', async () => {
  const { code, stdout, stderr } = await runCli(['apple-profile', '--protocol', 'tls', '--region', 'us']);
  expect(stderr).toMatch(/not signed/);
  expect(parse(stdout)).toMatchObject({ PayloadType: 'Configuration' });
  expect(code).toBe(0);
});

it('names what is missing in the file of regions', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apple-cli-'));
  try {
    const regions = JSON.parse(await readFile('catalogue/regions.json', 'utf8'));
    const file = join(folder, 'regions.json');
    await writeFile(file, JSON.stringify({ ...regions, dnsNames: [] }));
    const { code, stdout, stderr } = await runCli(['apple-profile'], { REGIONS: file });
    expect(stderr).toMatch(/add one to dnsNames/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('takes no region that does not exist', async () => {
  const result = await runCli(['apple-profile', '--region', 'atlantis']);
  expect(result).toEqual({ code: 2, stdout: '', stderr: 'There is no such region.\n' });
});

it('takes no other protocol', async () => {
  expect(await runCli(['apple-profile', '--protocol', 'quic'])).toMatchObject({ code: 2, stdout: '' });
});
