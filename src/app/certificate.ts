// The certificate of a running dns-node: a valid new one replaces it as a whole, and a broken one is refused.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Certificate, checkCertificate } from '../dns/transport/tls-front.js';
import { OperatorError } from '../lib/operator-error.js';
import { errorFields, type Logger } from '../runtime/log.js';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** `message` names the setting that is wrong. */
class CertificateError extends OperatorError {}

export interface LiveCertificate {
  current(): Certificate;
  /** Unix time in seconds at which the current one ends. */
  notAfter(): number;
  /** Reads the files again. Never rejects: a start with the same files reports what is wrong. */
  reload(): Promise<void>;
}

interface Loaded {
  readonly certificate: Certificate;
  readonly notAfter: number;
}

/** Rejects with OperatorError when the first certificate is broken. `onReload` is called with each later one. */
export async function openCertificate(
  files: CertificateFiles,
  log: Logger,
  onReload: (certificate: Certificate) => void,
): Promise<LiveCertificate> {
  let loaded = await load(files);
  return {
    current: () => loaded.certificate,
    notAfter: () => loaded.notAfter,
    async reload() {
      try {
        loaded = await load(files);
        onReload(loaded.certificate);
        log.info('certificate.loaded', { part: 'certificate' });
      } catch (error) {
        log.warn('certificate.refused', { part: 'certificate', ...errorFields(error) });
      }
    },
  };
}

/** An expired certificate is accepted: clients refuse it themselves, and UDP goes on. */
async function load({ certFile, keyFile }: CertificateFiles): Promise<Loaded> {
  const [cert, key] = await Promise.all([read('DNS_TLS_CERT', certFile), read('DNS_TLS_KEY', keyFile)]);
  const leaf = parsed('DNS_TLS_CERT holds no certificate in PEM', () => new X509Certificate(cert));
  const privateKey = parsed('DNS_TLS_KEY holds no private key in PEM, or one under a passphrase', () =>
    createPrivateKey(key),
  );
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new CertificateError('DNS_TLS_KEY is not the key of the first certificate in DNS_TLS_CERT');
  }
  const certificate = { cert, key };
  parsed('DNS_TLS_CERT and DNS_TLS_KEY are not accepted by OpenSSL', () => checkCertificate(certificate));
  return { certificate, notAfter: leaf.validToDate.getTime() / 1000 };
}

async function read(setting: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CertificateError(`${setting}: cannot read the file (${errorFields(error).code ?? 'unknown'})`);
  }
}

function parsed<T>(problem: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new CertificateError(problem);
  }
}
