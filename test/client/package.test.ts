import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegisterNetwork } from '../../client/index.js';
import { root } from '../repo/source-files.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const run = promisify(execFile);
const APPS = join(root, 'test/client/apps');
const MODULES = join(root, 'node_modules');
const PACKAGE = 'node_modules/@cyberspacevpn/client';
const FRONTENDS_CLIENT = "declare const client: import('@cyberspacevpn/client').GatewayClient;\n";

describe('the package of the client, installed from its tarball', () => {
  let gateway: TestGateway;
  let folder: string;
  let tarball: string;
  beforeAll(async () => {
    gateway = await startTestGateway({ config: { production: true, openOperations: false } });
    folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
    await run('npm', ['pack', './client', '--silent', '--pack-destination', folder], { cwd: root });
    tarball = join(folder, (await readdir(folder)).find((file) => file.endsWith('.tgz'))!);
  });
  afterAll(async () => {
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A folder with the package and what it declares, and nothing else that it could lean on. */
  async function installed(name: string): Promise<string> {
    const app = join(folder, name);
    await mkdir(join(app, PACKAGE), { recursive: true });
    await run('tar', ['xzf', tarball, '--strip-components=1', '-C', join(app, PACKAGE)]);
    const { dependencies, peerDependencies } = JSON.parse(
      await readFile(join(app, PACKAGE, 'package.json'), 'utf8'),
    );
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
      await cp(join(MODULES, dependency), join(app, 'node_modules', dependency), { recursive: true });
    }
    return app;
  }

  /** Runs the program until it has shown its account and a change of its addresses. */
  async function works(node: string, ...program: string[]): Promise<void> {
    const { token, email } = await gateway.account();
    const child = spawn(node, [join(APPS, 'run.mjs'), ...program], {
      env: { ...process.env, URL: gateway.url, TOKEN: token },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const shown = linesOf(child);
      expect((await shown.next()).value).toBe(email);
      await expect.poll(watching, { timeout: 10_000 }).toBe(true);
      await gateway.client({ token }).request(RegisterNetwork, { input: { name: 'console' } });
      expect((await shown.next()).value).toEqual(['console']);
    } finally {
      child.kill();
    }
    await once(child, 'close');
    await expect.poll(watching).toBe(false);
  }

  async function watching(): Promise<boolean> {
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return metrics.includes('gateway_subscriptions 1');
  }

  it('has what it needs: a build with types, a licence, a README, and the versions that the product has', async () => {
    const app = await installed('content');
    const description = JSON.parse(await readFile(join(app, PACKAGE, 'package.json'), 'utf8'));
    const product = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const files = await readdir(join(app, PACKAGE), { recursive: true });
    const kinds = (pattern: RegExp) => files.filter((file) => pattern.test(file));
    expect(files).toEqual(expect.arrayContaining(['README.md', 'operations.json', 'dist/schema.graphql']));
    expect(kinds(/(?<!\.d)\.ts$/)).toEqual([]);
    expect(kinds(/\.d\.ts$/)).toHaveLength(kinds(/\.js$/).length);
    expect(description).toMatchObject({
      version: product.version,
      license: product.license,
      sideEffects: false,
    });
    const versions: Record<string, string> = { ...product.dependencies, ...product.devDependencies };
    for (const [name, version] of Object.entries(description.dependencies)) {
      expect([name, versions[name]]).toEqual([name, version]);
    }
  });

  it("passes the type checker and builds in Vite's template, and the bundle has the operations that it imports", async () => {
    const app = await installed('vite');
    const template = join(MODULES, 'create-vite/template-vanilla-ts');
    await cp(template, app, { recursive: true });
    await cp(join(APPS, 'main.ts'), join(app, 'src/main.ts'));
    await symlink(join(MODULES, 'vite'), join(app, 'node_modules/vite'));
    await run(join(MODULES, '.bin/tsc'), [], { cwd: app });
    await run(join(MODULES, '.bin/vite'), ['build', '--logLevel', 'error'], { cwd: app });
    const assets = join(app, 'dist/assets');
    const scripts = (await readdir(assets)).filter((file) => file.endsWith('.js'));
    const texts = await Promise.all(scripts.map((file) => readFile(join(assets, file), 'utf8')));
    expect(texts.join('')).toContain('query ViewerAccount');
    expect(texts.join('')).not.toContain('mutation ');
    const entry = scripts.find((file) => file.startsWith('index-'))!;
    await works(process.execPath, join(assets, entry), 'browser');
  });

  it("passes the type checker of Vite's template as the guide and client/README.md use it, with nothing unused", async () => {
    const app = await installed('readme');
    await cp(join(MODULES, 'create-vite/template-vanilla-ts'), app, { recursive: true });
    await rm(join(app, 'src'), { recursive: true });
    await mkdir(join(app, 'src'));
    await symlink(join(MODULES, 'vite'), join(app, 'node_modules/vite'));
    const documents = await Promise.all(
      ['docs/guides/frontends.md', 'client/README.md'].map((path) => readFile(join(root, path), 'utf8')),
    );
    const samples = documents
      .flatMap((document) => [...document.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, sample]) => sample!))
      .filter((sample) => /^import .*'@cyberspacevpn\/client';$/m.test(sample));
    expect(samples).toHaveLength(5);
    for (const [i, sample] of samples.entries()) {
      const client = /const client =/.test(sample) ? '' : FRONTENDS_CLIENT;
      const form = sample.includes('askForPassword')
        ? 'declare function askForPassword(): Promise<string>;\n'
        : '';
      await writeFile(join(app, `src/sample-${i}.ts`), client + form + sample);
    }
    const { stdout } = await run(join(MODULES, '.bin/tsc'), [], { cwd: app }).catch((error) => error);
    expect(stdout).toBe('');
  });

  it("is bundled by React Native's Metro, and watches over WebSocket there", async () => {
    const app = await installed('native');
    await writeFile(join(app, 'package.json'), '{"name":"native","version":"1.0.0"}');
    await plainScript(join(app, 'main.js'));
    const out = join(app, 'main.bundle');
    await run(process.execPath, [join(APPS, 'bundle-native.mjs'), app, 'main.js', out], { cwd: app });
    const bundle = await readFile(`${out}.js`, 'utf8');
    expect(bundle).toContain('graphql-transport-ws');
    // Nothing of graphql-js, which is five times the rest.
    expect(bundle).not.toContain('GraphQLSchema');
    await works(process.execPath, `${out}.js`, 'native');
  });

  it.each([
    ['the Node of this machine, 20 or newer', machinesNode],
    ['the Node of the product', () => process.execPath],
  ])('runs on %s', async (_what, node) => {
    const app = await installed(`node-${_what.length}`);
    await plainScript(join(app, 'main.mjs'));
    await works(node(), join(app, 'main.mjs'));
  });

  /** The program without its types. */
  async function plainScript(path: string): Promise<void> {
    const { stripTypeScriptTypes } = await import('node:module');
    await writeFile(path, stripTypeScriptTypes(await readFile(join(APPS, 'main.ts'), 'utf8')));
  }
});

/** Each line that a program shows, read as JSON. */
async function* linesOf(child: ChildProcess): AsyncGenerator<unknown> {
  for await (const line of createInterface({ input: child.stdout! })) yield JSON.parse(line);
}

/** The first that PATH has outside a folder of packages. */
function machinesNode(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((each) => !each.includes('node_modules'));
  return folders.map((each) => join(each, 'node')).find((each) => existsSync(each))!;
}
