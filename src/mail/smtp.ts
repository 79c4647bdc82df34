// Hands mails to the mail server, with the fields that the register of processors lists and no others.
import { createTransport } from 'nodemailer';
import { errorFields } from '../runtime/log.js';

/** The mail server's id in the register of processors. */
const PROCESSOR = 'mail-delivery';

const MAX_CONNECTIONS = 4;
const CONNECT_MS = 10_000;
/** How long the server may be silent. RFC 5321 section 4.5.3.2 allows minutes; here the queue makes another attempt. */
const SILENCE_MS = 60_000;

/** The register of processors. `permitted` returns the payload if the register lists each of its fields, and throws otherwise. */
export interface SharingRegister {
  permitted<T extends object>(processor: string, payload: T): T;
}

export interface OutgoingMail {
  /** An e-mail address, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Left of the @ in the Message-ID. The same for each attempt, so that a mail that arrives twice can be recognised. */
  readonly id: string;
  /** Header fields beyond those that every mail has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The mail server did not accept a mail. `message` is a code, such as `550` or `ECONNREFUSED`: replies repeat addresses. */
export class SmtpError extends Error {
  override readonly name = 'SmtpError';

  constructor(
    readonly code: string,
    /** Whether the server has refused the recipient or the message permanently (RFC 5321 section 4.2.1). */
    readonly permanent: boolean,
    /** Whether the cause may be the server rather than this mail. */
    readonly away: boolean,
    /** Whether the cause is certainly the server: it takes no mail from us, or cannot be reached. */
    readonly certain: boolean = false,
  ) {
    super(code);
  }
}

export class SmtpClient {
  private readonly transport;
  private readonly probing;
  private readonly domain: string;

  /** `url`: `smtp:` or `smtps:`. `from`: the From header field. */
  constructor(
    url: string,
    private readonly from: string,
    private readonly register: SharingRegister,
  ) {
    this.domain = domainOf(from);
    // Nobody can eavesdrop within one machine, and no certificate is issued for `localhost`.
    const sameMachine = isLoopback(url);
    const options = {
      url,
      requireTLS: !sameMachine,
      tls: { rejectUnauthorized: !sameMachine },
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      // The name for EHLO: not that of this machine, which the server need not know.
      name: this.domain,
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    this.transport = createTransport({
      ...options,
      pool: true,
      maxConnections: MAX_CONNECTIONS,
      // Once more over another connection when the server has closed an idle one. The queue makes all other attempts.
      maxRequeues: 1,
    });
    this.probing = createTransport({ ...options, socketTimeout: CONNECT_MS });
    // Errors of a connection are reported by the attempts that use it.
    this.transport.on('error', () => {});
  }

  /** Throws SmtpError, or what the register throws. `signal` aborts the attempt. */
  async send(mail: OutgoingMail, signal?: AbortSignal): Promise<void> {
    const { to, subject, text, html, id, headers } = mail;
    const message = this.register.permitted(PROCESSOR, {
      from: this.from,
      to,
      subject,
      text,
      html,
      date: new Date(),
      messageId: `<${id}@${this.domain}>`,
      // RFC 3834 section 5: automatic responders, such as vacation notices, must not answer.
      headers: { 'Auto-Submitted': 'auto-generated', ...headers },
    });
    try {
      // An address in an object is not parsed: it stays one recipient, whatever it contains.
      await this.transport.sendMail({ ...message, to: { name: '', address: to }, xMailer: false, signal });
    } catch (error) {
      throw smtpErrorOf(error);
    }
  }

  /** Connects and signs in, and sends nothing. Throws SmtpError when the server cannot be used. */
  async probe(): Promise<void> {
    try {
      await this.probing.verify();
    } catch (error) {
      throw smtpErrorOf(error);
    }
  }

  /** Aborts the attempts that are under way. */
  close(): void {
    this.transport.close();
  }
}

interface TransportError {
  readonly responseCode?: number;
  readonly command?: string;
  readonly permanent?: boolean;
  readonly syscall?: string;
  readonly timeoutType?: string;
}

function smtpErrorOf(error: unknown): SmtpError {
  const { responseCode, command, permanent = false, syscall, timeoutType = '' } = error as TransportError;
  // RFC 5321 section 4.2.2: 421 may follow any command and is about the server; 452 and 552 are about the mail's size.
  const isLeaving = responseCode === 421;
  const isSize = responseCode === 452 || responseCode === 552;
  const aboutMail = !isLeaving && (command === 'RCPT TO' || command === 'DATA' || isSize);
  const refusesSender = !isSize && command === 'MAIL FROM' && responseCode !== undefined;
  const isUnreachable =
    syscall === 'connect' || ['CONNECT_TIMEOUT', 'GREETING_TIMEOUT'].includes(timeoutType);
  const code = responseCode === undefined ? (errorFields(error).code ?? 'unknown') : String(responseCode);
  // A refused sender or password is a mistake in our settings: the mail waits until it is corrected.
  return new SmtpError(
    code,
    aboutMail && permanent,
    !aboutMail && code !== 'EABORT',
    isLeaving || refusesSender || isUnreachable,
  );
}

/** Of `Name <local@domain>` or `local@domain`. */
function domainOf(from: string): string {
  return from.slice(from.lastIndexOf('@') + 1).replace(/>\s*$/, '');
}

/** Only within this machine may mails be sent unencrypted. */
function isLoopback(url: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname);
}
