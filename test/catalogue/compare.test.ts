import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKnownDifferences } from '../../src/catalogue/known-differences.js';
import { runCli, type TestFolder, testFolder } from '../cli/run-cli.js';

const shipped = fileURLToPath(new URL('../../catalogue/known-differences.json', import.meta.url));

const services = [
  {
    id: 'video',
    name: 'Video',
    domains: ['video.com', 'video-api.com'],
    hosts: ['video.akamaized.net', 'video-7.akamaized.net'],
    cdn: { domains: ['video-cdn.com'] },
  },
  { id: 'other', name: 'Other', domains: ['other.com'] },
];

let folder: TestFolder;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await testFolder();
  env = { CATALOGUE: await folder.write('services.json', JSON.stringify({ services })) };
  await mkdir(join(folder.path, 'data'));
});
afterAll(() => folder?.remove());

/** Compares with lists of these texts, and parses what `--json` prints. */
async function compare(lists: Readonly<Record<string, string>>, known: object, json = true) {
  for (const [name, text] of Object.entries(lists)) await folder.write(join('data', name), text);
  const file = await folder.write('known.json', JSON.stringify(known));
  const options = ['--known', file, ...(json ? ['--json'] : [])];
  const { code, stdout, stderr } = await runCli(['catalogue', 'compare', folder.path, ...options], env);
  return { code, stdout, stderr, differences: json && stdout !== '' ? JSON.parse(stdout).differences : null };
}

const LIST = `# Video
include:elsewhere
video.com
domain:video-cdn.com # bytes
full:video.akamaized.net
regexp:^video-[0-9]\\.akamaized\\.net$
new-video.com @!cn
full:www.video-api.com
ads.video.net @ads
keyword:videoplayer
`;

describe('catalogue compare', () => {
  it('lists what only one side has, for services that have a list', async () => {
    const { code, differences, stderr } = await compare({ video: LIST }, { lists: { video: 'video' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^5 differences: /);
    expect(differences).toEqual([
      { kind: 'theirs', service: 'video', list: 'video', name: 'regexp:^video-[0-9]\\.akamaized\\.net$' },
      { kind: 'theirs', service: 'video', list: 'video', name: 'new-video.com' },
      { kind: 'theirs', service: 'video', list: 'video', name: 'keyword:videoplayer' },
      { kind: 'ours', service: 'video', list: null, name: 'video-api.com' },
      { kind: 'ours', service: 'video', list: null, name: 'video-7.akamaized.net' },
    ]);
  });

  it('leaves out known differences, and ends with exit code 0 when there are no others', async () => {
    const known = {
      lists: { video: 'video' },
      theirs: [
        { list: 'video', names: ['new-*.com'], reason: 'a shop' },
        { names: ['keyword:*', 'regexp:*'], reason: 'too wide' },
      ],
      ours: [{ service: 'video', names: ['video-api.com', 'video-7.*'], reason: 'reported' }],
    };
    const result = await compare({ video: LIST }, known);
    expect(result).toMatchObject({ code: 0, stderr: '', differences: [] });
    const text = await compare({ video: LIST }, known, false);
    expect(text.stdout).toBe('ok: no differences but the known ones\n');
  });

  it('reports known differences that are none any more, and prints all for people', async () => {
    const known = {
      lists: { video: 'video' },
      theirs: [
        {
          list: 'video',
          names: ['new-video.com', 'old-video.com', 'keyword:*', 'regexp:*'],
          reason: 'a shop',
        },
      ],
      ours: [
        { service: 'video', names: ['video.com', 'video-7.akamaized.net'], reason: 'reported' },
        { names: ['nothing.com'], reason: 'reported' },
      ],
    };
    const { code, stdout } = await compare({ video: LIST }, known, false);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'The catalogue has, and the lists lack:',
      '  video-api.com  (video)',
      '',
      'Known differences that nothing needs any more:',
      '  old-video.com  (video, list video)',
      '  video.com  (video)',
      '  nothing.com',
      '',
    ]);
  });

  it('takes the folder of the lists, too, and counts lines that it cannot read', async () => {
    await folder.write(join('data', 'odd'), `video.com\nshape:video.com\n${'a'.repeat(301)}\n`);
    const known = await folder.write('known.json', JSON.stringify({ lists: { odd: 'other' } }));
    const args = ['catalogue', 'compare', join(folder.path, 'data'), '--known', known, '--json'];
    const { code, stdout, stderr } = await runCli(args, env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^odd: 2 lines have a form that is not known here$/m);
    expect(JSON.parse(stdout).differences).toEqual([
      { kind: 'ours', service: 'other', list: null, name: 'other.com' },
    ]);
  });

  it.each([
    [
      'a folder without the lists',
      { lists: { absent: 'video', missing: 'other' } },
      'the folder has none of the lists: it must be a checkout of v2fly/domain-list-community',
    ],
    [
      'a folder without some lists',
      { lists: { video: 'video', absent: 'other', missing: 'other' } },
      'the folder has no list absent, missing; it must be a checkout of v2fly/domain-list-community',
    ],
    [
      'a service that does not exist',
      { lists: { video: 'vidoe' } },
      'the known differences name services that do not exist: vidoe',
    ],
    [
      'a list outside the folder',
      { lists: { '../secret': 'video' } },
      'known.json: lists.../secret: must be the name of a list',
    ],
    [
      'a difference without a reason',
      { lists: {}, ours: [{ names: ['a'], reason: '' }] },
      'known.json: ours[0].reason: must give a reason',
    ],
  ])('fails for %s', async (_, known, error) => {
    const { code, stdout, stderr } = await compare({}, known, false);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${error}\n` });
  });

  it('has known differences in the product, each about an existing service', async () => {
    const known = await readKnownDifferences(shipped);
    expect(Object.keys(known.lists).length).toBeGreaterThan(30);
    const named = known.ours.flatMap(({ service }) => service ?? []);
    expect(named.filter((id) => !Object.values(known.lists).includes(id))).toEqual([]);
    const lists = known.theirs.flatMap(({ list }) => list ?? []);
    expect(lists.filter((list) => !(list in known.lists))).toEqual([]);
  });
});
