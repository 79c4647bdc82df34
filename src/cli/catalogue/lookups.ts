// DNS lookups and TLS handshakes of `catalogue check --live`.
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:tls';
import { errorFields } from '../../runtime/log.js';

/** What a lookup has found. `no-name`: NXDOMAIN. `failed`: nothing could be learned, with the resolver's code. */
export type Lookup =
  | { readonly records: readonly string[] }
  | { readonly missing: 'no-name' | 'no-records' }
  | { readonly failed: string };

export class Lookups {
  private readonly resolver: Resolver;
  /** Ends each handshake under way. */
  private readonly handshakes = new Set<() => void>();

  /** `server`: `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:5353`; null: those of this machine. */
  constructor(
    server: string | null,
    private readonly timeoutMs: number,
  ) {
    this.resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (server !== null) this.resolver.setServers([server]);
  }

  /** Ends the lookups and handshakes under way; lookups fail, and handshakes show no certificate. */
  cancel(): void {
    this.resolver.cancel();
    for (const end of this.handshakes) end();
  }

  /** The addresses of both families. */
  async addresses(name: string): Promise<Lookup> {
    const [v4, v6] = await Promise.all([
      outcome(this.resolver.resolve4(name)),
      outcome(this.resolver.resolve6(name)),
    ]);
    const records = [v4, v6].flatMap((each) => ('records' in each ? each.records : []));
    if (records.length > 0) return { records };
    return 'failed' in v4 ? v4 : v6;
  }

  /** The name servers of a zone; none when it has only a SOA record, as below a private suffix. */
  async nameServers(zone: string): Promise<Lookup> {
    const servers = await outcome(this.resolver.resolveNs(zone));
    if (!('missing' in servers) || servers.missing === 'no-name') return servers;
    const soa = await outcome(this.resolver.resolveSoa(zone).then(({ nsname }) => [nsname]));
    return 'records' in soa ? { records: [] } : soa;
  }

  /** The names in the certificate at an address, or null when there is none. Its validity does not matter. */
  async certificateNames(address: string, port: number, name: string): Promise<string[] | null> {
    return new Promise((resolve) => {
      const socket = connect({ host: address, port, servername: name, rejectUnauthorized: false });
      const end = (names: string[] | null) => {
        clearTimeout(late);
        this.handshakes.delete(cancelled);
        resolve(names);
        socket.destroy();
      };
      const cancelled = () => end(null);
      // Of the whole handshake: a server can send a byte of it now and then for ever.
      const late = setTimeout(cancelled, this.timeoutMs);
      this.handshakes.add(cancelled);
      socket.on('secureConnect', () => end(subjectNames(socket.getPeerCertificate().subjectaltname)));
      socket.on('error', cancelled);
      socket.on('close', cancelled);
    });
  }
}

/** `DNS:a.example, IP Address:192.0.2.1` */
function subjectNames(text = ''): string[] {
  return text.split(', ').flatMap((each) => (each.startsWith('DNS:') ? [each.slice(4).toLowerCase()] : []));
}

async function outcome(lookup: Promise<readonly string[]>): Promise<Lookup> {
  try {
    return { records: await lookup };
  } catch (error) {
    const { code = 'unknown' } = errorFields(error);
    if (code === 'ENOTFOUND') return { missing: 'no-name' };
    return code === 'ENODATA' ? { missing: 'no-records' } : { failed: code };
  }
}
