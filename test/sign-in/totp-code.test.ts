import { describe, expect, it } from 'vitest';
import {
  InvalidSecret,
  newTotpSecret,
  totpCode,
  totpStep,
  totpUri,
} from '../../src/services/sign-in/second-factors/totp-code.js';

/** RFC 6238 appendix B: the secret `12345678901234567890`, and the last six of its eight digits. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

describe('codes of authenticator apps', () => {
  it.each(VECTORS)('are those of RFC 6238 at second %i', (second, code) => {
    expect(totpCode(SECRET, second * 1000)).toBe(code);
    expect(totpStep(SECRET, code, second * 1000)).toBe(Math.floor(second / 30));
  });

  it('are good one step before and after their own, and no longer', () => {
    const step = 50_000_000;
    const code = totpCode(SECRET, step * 30_000);
    const at = (seconds: number) => totpStep(SECRET, code, step * 30_000 + seconds * 1000);
    expect([-31, -30, 0, 29, 59, 60].map(at)).toEqual([null, step, step, step, step, null]);
  });

  it('have six digits', () => {
    const now = 59_000;
    for (const code of ['94287082', '28708', '', 'ABCDEF', 'éééééé', '١٢٣٤٥٦', '287082 1']) {
      expect(totpStep(SECRET, code, now)).toBeNull();
    }
    for (const code of [' 287 082', '２８７０８２']) expect(totpStep(SECRET, code, now)).toBe(1);
  });

  it('come of secrets of 160 bits, another one each time', () => {
    const secrets = Array.from({ length: 100 }, newTotpSecret);
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  });

  it.each(['', 'GEZDGNBV', '0189', 'canary!'])('come of no secret that is none: %j', (secret) => {
    expect(() => totpCode(secret)).toThrow(new InvalidSecret());
  });

  it('have an address that holds any e-mail address', () => {
    const uri = totpUri(SECRET, 'anna+vpn&issuer=x@exämple.com');
    const { pathname, searchParams } = new URL(uri);
    expect(decodeURIComponent(pathname)).toBe('/CyberSapceVPN:anna+vpn&issuer=x@exämple.com');
    expect(searchParams.getAll('issuer')).toEqual(['CyberSapceVPN']);
  });
});
