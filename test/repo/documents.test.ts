import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { readDnsNodeConfig } from '../../src/config/dns-node.js';
import { readGatewayConfig } from '../../src/config/gateway.js';
import { PORTAL_PAGES } from '../../src/dev/portal-pages.js';
import { tryLines } from '../../src/dev/try-lines.js';
import { KINDS } from '../../src/dns/tally.js';
import { ERROR_CODES } from '../../src/lib/error-codes.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { read, repositoryFiles } from './source-files.js';

/** Markdown links that are no URLs; `target` is the document itself where a link has an anchor alone. */
function linksOf(path: string): { target: string; anchor: string }[] {
  return [...read(path).matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)]
    .map(([, target = '', anchor = '']) => ({ target: target || path.split('/').at(-1)!, anchor }))
    .filter(({ target }) => !target.includes('://'));
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(path: string): string[] {
  return [...read(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** In the order of a list; what is not in it comes last. */
function byPlaceIn(list: readonly (string | undefined)[]) {
  const place = (item: string) => (list.includes(item) ? list.indexOf(item) : list.length);
  return (a: string, b: string) => place(a) - place(b);
}

/** They name what there was on their day. */
const OF_THEIR_DAY = /^(?:CHANGELOG\.md$|docs\/decisions\/0)/;

/** What commands make, and git does not take. */
const MADE = ['client/dist'];

describe('the documents', () => {
  it('show the five lines that npm start prints', async () => {
    const { listen, ...files } = readGatewayConfig({
      ...GATEWAY_SETTINGS,
      DATABASE_URL: 'postgres://db',
      REDIS_URL: 'redis://db',
      REDIS_EPHEMERAL_URL: 'redis://ephemeral',
    });
    const dns = readDnsNodeConfig({ REDIS_URL: 'redis://db' }).listen;
    const lines = tryLines({ gateway: listen, dns, mailbox: 4002, catalogue: await loadCatalogue(files) });
    expect(read('README.md')).toContain(`\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n`);
  });

  it('list every page of the portal that mails and agents are led to, and npm start has each of them', () => {
    const sources = repositoryFiles().filter((path) =>
      /^src\/(?:mail|services|http|graphql)\/.*\.ts$/.test(path),
    );
    const led = sources.flatMap((path) =>
      [...read(path).matchAll(/portalUrl\}(\/[a-z-]+)|\blink\(\s*'[a-z-]+',\s*'(\/[a-z-]+)'/g)].map(
        ([, page, ofLink]) => page ?? ofLink ?? '',
      ),
    );
    const section =
      read('docs/guides/frontends.md').split("## The portal's pages\n")[1]?.split('\n## ')[0] ?? '';
    const listed = [...section.matchAll(/^\| `(\/[a-z-]*)` \|/gm)].map((match) => match[1]);
    expect(listed).toEqual(['/', ...new Set(led)].sort(byPlaceIn(listed)));
    expect(Object.keys(PORTAL_PAGES)).toEqual(expect.arrayContaining(led));
  });

  it('name each event of the log, and no other', () => {
    const [, list = ''] = /export type LogEvent =\n(.*?);/s.exec(read('src/runtime/log.ts')) ?? [];
    const events = [...list.matchAll(/'([a-z.-]+)'/g)].map(([, event]) => event!);
    const sources = repositoryFiles().filter(
      (path) => /^src\/.*\.ts$/.test(path) && path !== 'src/runtime/log.ts',
    );
    const code = sources.map(read).join('\n');
    expect(events.filter((event) => !code.includes(`'${event}'`))).toEqual([]);
    const monitor = read('docs/operations/monitor.md');
    expect(events.filter((event) => !monitor.includes(`\`${event}\``))).toEqual([]);
    const areas = [...new Set(events.map((event) => event.split('.')[0]))].join('|');
    const texts = repositoryFiles().filter((path) =>
      /^(?:README\.md|docs\/(?:guides|operations)\/.*\.md|deploy\/.*\.yml)$/.test(path),
    );
    const named = texts.flatMap((path) =>
      [...read(path).matchAll(new RegExp(`(?<![\\w@./-])(?:${areas})\\.[a-z][a-z-]+(?![\\w./-])`, 'g'))].map(
        ([event]) => event,
      ),
    );
    expect(named.filter((name) => !events.includes(name) && !name.endsWith('.md'))).toEqual([]);
  });

  it('name files and folders that are there', () => {
    const files = repositoryFiles();
    const documents = files.filter((path) => path.endsWith('.md') && !OF_THEIR_DAY.test(path));
    const isThere = (named: string) => {
      const pattern = named.replaceAll(/[.+]/g, '\\$&').replaceAll(/<[^>]+>|\*/g, '[^/]+');
      return files.some((path) => new RegExp(`^${pattern}(?:/|$)`).test(path));
    };
    const absent = documents.flatMap((path) =>
      [...read(path).matchAll(/`((?:src|test|docs|deploy|policy|scripts|client|bench|catalogue)\/[^`\s]*)`/g)]
        .map(([, named]) => named!.replace(/\/$/, ''))
        .filter((named) => !isThere(named) && !MADE.includes(named))
        .map((named) => `${path}: ${named}`),
    );
    expect(absent).toEqual([]);
  });

  it('name fields and codes in the guides that the API has', () => {
    const known = new Set(`${read('schema.graphql')}${read('docs/reference/settings.md')}`.match(/\w+/g));
    const guides = repositoryFiles().filter((path) => path.startsWith('docs/guides/'));
    const absent = guides.flatMap((path) =>
      [...read(path).matchAll(/`([a-z]+[A-Z]\w*|[A-Z]{3,}(?:_[A-Z]+)+)(?:\([^`]*\))?`/g)]
        .map(([, name]) => name!)
        // Of the requests of GraphQL over HTTP.
        .filter((name) => !known.has(name) && name !== 'documentId' && !(name in ERROR_CODES))
        .map((name) => `${path}: ${name}`),
    );
    expect(absent).toEqual([]);
  });

  it('name kinds of DNS outcomes that there are', () => {
    const texts = repositoryFiles().filter((path) => /^(?:docs|deploy)\/.*\.(?:md|yml|json)$/.test(path));
    const named = texts.flatMap((path) =>
      [...read(path).matchAll(/kind=\\?"([a-z-]+)/g)].map(([, kind]) => kind!),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((kind) => !(KINDS as readonly string[]).includes(kind))).toEqual([]);
  });

  it('name the files of their room in the pages of src', () => {
    const files = repositoryFiles();
    const pages = files.filter((path) => /^src\/.*\/README\.md$/.test(path));
    const absent = pages.flatMap((path) =>
      [...read(path).matchAll(/`([\w/-]+\.ts)`/g)]
        .map(([, named]) => named!)
        .filter((named) => ![named, path.replace('README.md', named)].some((file) => files.includes(file)))
        .map((named) => `${path}: ${named}`),
    );
    expect(pages.length).toBeGreaterThan(5);
    expect(absent).toEqual([]);
  });

  it('name metrics that the processes have', () => {
    const metrics = (path: string) => read(path).match(/\b(?:gateway|dns)_[a-z_]+/g) ?? [];
    const known = new Set(metrics('docs/reference/metrics.md'));
    const texts = repositoryFiles().filter((path) => path.endsWith('.md') && !OF_THEIR_DAY.test(path));
    const unknown = texts.flatMap((path) =>
      metrics(path)
        .filter((name) => !known.has(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(known.size).toBeGreaterThan(30);
    expect(unknown).toEqual([]);
  });

  it('begin with a README of at most 100 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  });

  it('have a page for each symptom, in one form, and an index that lists it', () => {
    const folder = 'docs/operations/';
    const pages = repositoryFiles().filter((path) => path.startsWith(`${folder}symptoms/`));
    const index = read(`${folder}README.md`);
    expect(pages.length).toBeGreaterThan(15);
    expect(pages.filter((path) => !index.includes(`](${path.slice(folder.length)})`))).toEqual([]);
    const parts = [
      /^# \w/,
      /^\*\*What you see\.\*\*/m,
      /^\*\*What it means/m,
      /what to do/i,
      /^\*\*How to check\.\*\*/m,
    ];
    expect(pages.filter((path) => parts.some((part) => !part.test(read(path))))).toEqual([]);
  });

  it('link to files, and to headings in them, that are there', () => {
    const files = new Set(repositoryFiles());
    const documents = [...files].filter((path) => path.endsWith('.md'));
    const broken = documents.flatMap((path) =>
      linksOf(path)
        .map(({ target, anchor }) => ({
          file: new URL(target, `file:///${path}`).pathname.slice(1),
          anchor,
        }))
        .filter(({ file, anchor }) => {
          if (!files.has(file)) return anchor !== '' || ![...files].some((each) => each.startsWith(file));
          return anchor !== '' && !anchorsOf(file).includes(anchor);
        })
        .map(({ file, anchor }) => `${path} → ${file}#${anchor}`),
    );
    expect(broken).toEqual([]);
  });
});
