// The certificate of a running process: replaced whole by a good one, kept when the new one is broken.
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

/** `message` names the setting at fault. */
class CertificateError extends OperatorError {}

export interface LiveCertificate {
  current(): Certificate;
  /** Unix time in seconds at which the current one ends. */
  notAfter(): number;
  /** Reads the files anew. Never rejects: what was wrong is told by a start with the same files. */
  reload(): Promise<void>;
}

interface Loaded {
  readonly certificate: Certificate;
  readonly notAfter: number;
}

/** Throws OperatorError when the first one is broken. `onReload` hears of each one that takes its place. */
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

/** One that has expired is taken: clients refuse it for themselves, and answers over UDP go on. */
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

function parsed<T>(fault: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new CertificateError(fault);
  }
}
