// Reads settings from an environment and collects all errors, which never repeat a value.
import ipaddr from 'ipaddr.js';
import { OperatorError } from '../lib/operator-error.js';
import { unknownSettings } from './known-settings.js';

/** All errors of an environment; `message` has one per line, without values. */
export class ConfigError extends OperatorError {
  constructor(readonly errors: readonly string[]) {
    super(errors.join('\n'));
  }
}

export interface Endpoint {
  readonly host: string;
  /** 1–65535; 0 asks the system for a free port. */
  readonly port: number;
}

/** Reads one environment. Read every setting first, then call `finish`, which throws if any was invalid. */
export class SettingsReader {
  private readonly errors: string[] = [];

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {
    // Node.js reads it before our code runs, and would print requests with their tokens.
    if (env.NODE_DEBUG)
      this.reject('NODE_DEBUG', 'must not be set: Node.js would print the content of requests');
  }

  /** The setting's text, or the fallback when it is absent or empty. */
  text(name: string, fallback: string): string {
    return this.env[name]?.trim() || fallback;
  }

  /** Where a process listens: an IP address or a host name (RFC 1123 section 2.1). */
  host(name: string, fallback: string): string {
    const text = this.text(name, fallback);
    this.checkHost(name, text);
    return text;
  }

  /** As `host`, but several, separated by commas. */
  hosts(name: string, fallback: string): readonly [string, ...string[]] {
    const [first = '', ...more] = this.text(name, fallback)
      .split(',')
      .map((item) => item.trim());
    for (const text of [first, ...more]) this.checkHost(name, text);
    return [first, ...more];
  }

  private checkHost(name: string, text: string): void {
    const label = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
    const isName = text.length <= 253 && text.split('.').every((part) => label.test(part));
    const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
    if (!isAddress && (!isName || /^[\d.]+$/.test(text))) {
      this.reject(name, 'must be an IP address or a host name, without scheme and port');
    }
  }

  port(name: string, fallback: number): number {
    const text = this.text(name, String(fallback));
    const port = parsePort(text);
    if (port === null) this.reject(name, 'must be a port number from 0 to 65535');
    return port ?? fallback;
  }

  /** As `port`, but null when it is absent or empty. */
  optionalPort(name: string): number | null {
    return this.text(name, '') === '' ? null : this.port(name, 0);
  }

  /** A whole number between two others. */
  whole(name: string, fallback: number, least: number, most: number): number {
    const text = this.text(name, String(fallback));
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.reject(name, `must be a whole number from ${least} to ${most}`);
    return fallback;
  }

  /** One of a few words. */
  oneOf<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const text = this.text(name, words[0]);
    const word = words.find((each) => each === text);
    if (word === undefined) this.reject(name, `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
    return word ?? words[0];
  }

  boolean(name: string, fallback: boolean): boolean {
    const text = this.text(name, String(fallback)).toLowerCase();
    if (text !== 'true' && text !== 'false') this.reject(name, 'must be true or false');
    return text === 'true';
  }

  /** A URL with one of the given schemes, e.g. `['postgres:', 'postgresql:']`. Required. */
  url(name: string, schemes: readonly string[]): string {
    const text = this.text(name, '');
    const shape = `must be a URL that starts with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`;
    const isRight = URL.canParse(text) && schemes.some((scheme) => text.startsWith(`${scheme}//`));
    if (text === '') this.reject(name, `is missing; it ${shape}`);
    else if (schemes.some((scheme) => text.startsWith(scheme)) && hasBareCharacter(text)) {
      this.reject(
        name,
        'has a user or password in which # / ? @ or % must be written as %23 %2F %3F %40 or %25',
      );
    } else if (!isRight) this.reject(name, shape);
    return text;
  }

  /** As `url`, of a server: it names a host. */
  server(name: string, schemes: readonly string[]): string {
    const text = this.url(name, schemes);
    const hasScheme = schemes.some((scheme) => text.startsWith(`${scheme}//`));
    if (hasScheme && URL.canParse(text) && new URL(text).hostname === '')
      this.reject(name, 'must name a host');
    return text;
  }

  /** The From field of a mail: an address, alone or as `Name <address>`. `isPublic`: one that others can answer to. */
  sender(name: string, what: string, isPublic: boolean): string {
    const text = this.line(name, what);
    if (text === '' || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return text;
    const address = /^[^<>]*<([^<>]+)>$/.exec(text)?.[1] ?? text;
    const domain = /^[^\s@<>]+@([^\s@<>]+)$/.exec(address)?.[1];
    if (domain === undefined) this.reject(name, 'must be an e-mail address, or a name and <an address>');
    else if (isPublic && !/[^.]\.[^.]/.test(domain)) this.reject(name, 'must be an address of a domain');
    return text;
  }

  /** A URL of web pages, without a user and without a slash at the end; over TLS when it is `secured`. */
  pages(name: string, fallback: string | null, secured: boolean): string {
    const schemes = secured ? ['https:'] : ['http:', 'https:'];
    const text = fallback === null ? this.url(name, schemes) : this.optionalUrl(name, schemes, fallback);
    // A fallback is another setting, which has been checked under its own name.
    if (
      text !== fallback &&
      URL.canParse(text) &&
      (new URL(text).username !== '' || new URL(text).password !== '')
    ) {
      this.reject(name, 'must be a URL without user and password');
    }
    return text.replace(/\/+$/, '');
  }

  /** As `url`, but with a fallback when it is absent or empty. */
  optionalUrl(name: string, schemes: readonly string[], fallback: string): string {
    return this.text(name, '') === '' ? fallback : this.url(name, schemes);
  }

  /** Text without a default; `what` names it in the error. */
  required(name: string, what: string): string {
    const text = this.text(name, '');
    if (text === '') this.reject(name, `is missing; it is ${what}`);
    return text;
  }

  /** One line of so many characters; null when it is absent or empty. */
  optionalLine(name: string, least: number, most: number): string | null {
    const text = this.text(name, '');
    if (text === '') return null;
    const characters = [...text].length;
    const isFaulty = characters < least || characters > most || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
    if (isFaulty) this.reject(name, `must be one line of ${least} to ${most} characters`);
    return text;
  }

  /** As `required`, on one line. */
  line(name: string, what: string): string {
    const text = this.required(name, what);
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) this.reject(name, 'must be one line');
    return text;
  }

  /** As `required`, but only when it is `needed`. */
  requiredIf(name: string, needed: boolean, what: string): string {
    return needed ? this.required(name, what) : this.text(name, '');
  }

  /** An e-mail address; `what` names it in the error. Required. */
  email(name: string, what: string): string {
    const text = this.text(name, '');
    if (text === '') this.reject(name, `is missing; it is ${what}`);
    else if (!/^[^\s@]+@[^\s@]+$/.test(text)) this.reject(name, 'must be an e-mail address');
    return text;
  }

  /** So many bytes in base64 or base64url. Required. */
  secret(name: string, bytes: number): Buffer {
    const text = this.text(name, '');
    const value = Buffer.from(text, 'base64url');
    const shape = `must be ${bytes} random bytes in base64 (openssl rand -base64 ${bytes})`;
    if (text === '') this.reject(name, `is missing; it ${shape}`);
    else if (value.length !== bytes) this.reject(name, shape);
    return value;
  }

  /** A comma-separated list; `parse` returns null for an item that is not `shape`. Empty text is the empty list. */
  list<T>(name: string, fallback: string, shape: string, parse: (item: string) => T | null): T[] {
    const items = this.text(name, fallback)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return items.flatMap((item, index) => {
      const value = parse(item);
      if (value === null) {
        this.reject(name, `item ${index + 1} must be ${shape}`);
        return [];
      }
      return [value];
    });
  }

  /** Reports names that look like settings and are none. */
  noUnknown(): void {
    this.errors.push(...unknownSettings(this.env));
  }

  /** Adds an error of this setting: `<name> <text>`. */
  reject(name: string, text: string): void {
    const error = `${name} ${text}`;
    if (!this.errors.includes(error)) this.errors.push(error);
  }

  /** Returns the settings. Throws ConfigError when there are errors. */
  finish<T>(settings: T): T {
    if (this.errors.length > 0) throw new ConfigError(this.errors);
    return settings;
  }
}

/**
 * Whether the user or password has a character that ends the authority of the URL too early, such as `#`, or an invalid
 * percent-encoding. The URL would then name another host.
 */
function hasBareCharacter(text: string): boolean {
  const [, authority = '', rest = ''] = /^[a-z]+:\/\/([^/?#]*)(.*)$/s.exec(text) ?? [];
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  const [path = '', query = ''] = rest.split('?', 2);
  const isCut = path.includes('@') || (query.includes('@') && !authority.includes('@'));
  return isCut || rest.includes('#') || user.includes('@') || /%(?![0-9a-f]{2})/i.test(user);
}

/** 0–65535, or null. */
export function parsePort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65535 ? port : null;
}

/** `127.0.0.1:4000`, `[::1]:4000` */
export function endpointText({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where a client on this machine reaches the endpoint: a wildcard address is reached over loopback. */
export function localEndpoint({ host, port }: Endpoint): Endpoint {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return { host: host === '::' ? '::1' : host, port };
}
