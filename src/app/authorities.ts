// The certificate authorities that are trusted for upstreams over TLS: a PEM file of the operator, checked at start.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { OperatorError } from '../lib/operator-error.js';
import { errorFields } from '../runtime/log.js';

/** `message` names the setting that is wrong. */
class AuthoritiesError extends OperatorError {}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of the file, in PEM. Rejects with OperatorError when it cannot be read, has none, or has a broken one. */
export async function readAuthorities(file: string): Promise<string[]> {
  const text = await readFile(file, 'latin1').catch((error) => {
    throw new AuthoritiesError(
      `DNS_UPSTREAM_CA: cannot read the file (${errorFields(error).code ?? 'unknown'})`,
    );
  });
  const certificates: string[] = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new AuthoritiesError('DNS_UPSTREAM_CA holds no certificate in PEM');
  for (const [index, pem] of certificates.entries()) {
    try {
      new X509Certificate(pem);
    } catch {
      throw new AuthoritiesError(`DNS_UPSTREAM_CA: certificate ${index + 1} cannot be read`);
    }
  }
  return certificates;
}
