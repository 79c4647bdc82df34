import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { CONNECTIVITY_CHECKS } from '../../src/lib/connectivity-checks.js';
import { useGateway } from '../support/fixtures.js';
import { firstAnswer, SECRET } from './raw-requests.js';

const PORTAL = 'https://portal.cyberspacevpn.example/';

describe('a device that looks for the internet and gets the gateway', () => {
  const gateway = useGateway({ config: { portalUrl: PORTAL } });

  const ask = (host: string, { method = 'GET', path = '/', fields = '', version = '1.1' } = {}) =>
    firstAnswer(gateway, `${method} ${path} HTTP/${version}\r\nhost: ${host}\r\n${fields}\r\n`);

  const CHECKS: readonly (readonly [string, string])[] = [
    ['captive.apple.com', '/hotspot-detect.html'],
    ['connectivitycheck.gstatic.com', '/generate_204'],
    ['www.msftconnecttest.com', '/connecttest.txt'],
    ['conntest.nintendowifi.net', '/'],
    ['detectportal.firefox.com', '/success.txt?ipv4'],
  ];

  it.each(CHECKS)('shows that its address has changed: %s%s', async (host, path) => {
    const answer = await ask(host, { path });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-[^']+'; /),
    });
    expect(answer.text).toContain('Your address has changed');
    expect(answer.text).toContain(`<a href="${PORTAL}">`);
    expect(answer.text).not.toContain('<script');
    // What Apple, Android, Windows and Firefox take for the internet.
    expect(answer.text).not.toMatch(/Success|Microsoft Connect Test|^success$/m);
  });

  it('covers every name that a dns-node leads here', () => {
    expect(CHECKS.map(([host]) => host)).toEqual(CONNECTIVITY_CHECKS);
  });

  it.each([
    ['de-AT,de;q=0.9,en;q=0.5', 'de', 'Ihre Adresse hat sich geändert'],
    ['es-MX', 'es', 'Su dirección ha cambiado'],
    ['fr', 'en', 'Your address has changed'],
    [`${SECRET};q=zz,,;;`, 'en', 'Your address has changed'],
  ])('in the language that it prefers: %s', async (languages, lang, title) => {
    const answer = await ask('captive.apple.com', { fields: `accept-language: ${languages}\r\n` });
    const text = Buffer.from(answer.text, 'latin1').toString();
    expect(text).toContain(`<html lang="${lang}">`);
    expect(text).toContain(`<h1>${title}</h1>`);
    expect(text).not.toContain(SECRET);
  });

  it.each([
    ['a port and capitals', { host: 'Captive.Apple.COM:80' }],
    ['HTTP/1.0', { host: 'captive.apple.com', version: '1.0' }],
  ])('with %s in the request', async (_, { host, ...more }) => {
    expect((await ask(host, more)).text).toContain('Your address has changed');
  });

  it('gets the fields of the page alone for HEAD, and no page for another method', async () => {
    const sent = httpRequest(gateway.url, { method: 'HEAD', headers: { host: 'captive.apple.com' } }).end();
    const [head] = (await once(sent, 'response')) as [IncomingMessage];
    expect(head).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    head.resume();
    const post = await ask('captive.apple.com', { method: 'POST', fields: 'content-length: 0\r\n' });
    expect(post).toMatchObject({ status: 405, text: '', headers: { allow: 'GET, HEAD' } });
  });

  it.each(['gateway.example', 'www.apple.com', 'x.captive.apple.com', 'captive.apple.com.evil.example'])(
    'is the only one that gets the page: not %s',
    async (host) => {
      const answer = await ask(host, { path: '/hotspot-detect.html' });
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain('address has changed');
    },
  );
});
