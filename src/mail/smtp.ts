// Hands mails to the mail server, with the fields that the register of processors lists and no others.
import { createTransport } from 'nodemailer';
import { errorFields } from '../runtime/log.js';

/** The mail server in the register of processors. */
const PROCESSOR = 'mail-delivery';

const MAX_CONNECTIONS = 4;
const CONNECT_MS = 10_000;
/** How long the server may be silent: RFC 5321 section 4.5.3.2 gives it minutes, the queue gives it another try. */
const SILENCE_MS = 60_000;

/** The register of processors: returns the payload when it lists each of its fields, and else throws. */
export interface SharingRegister {
  permitted<T extends object>(processor: string, payload: T): T;
}

export interface OutgoingMail {
  /** An e-mail address, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Left of the @ in the Message-ID; the same for each try, so that a mail that came twice can be told. */
  readonly id: string;
  /** Header fields beyond those that every mail has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A mail was not handed over. `message` is a code, such as `550` or `ECONNREFUSED`: replies repeat addresses. */
export class MailFault extends Error {
  override readonly name = 'MailFault';

  constructor(
    readonly code: string,
    /** Whether the server has refused the recipient or the message for good (RFC 5321 section 4.2.1). */
    readonly permanent: boolean,
    /** Whether it was the server that could not be used, rather than this mail. */
    readonly away: boolean,
    /** Whether it can only be the server: it said that it takes no mail from us, or no connection came about. */
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
    // Nobody listens between programs of one machine, and no certificate is for `localhost`.
    const sameMachine = isLoopback(url);
    const options = {
      url,
      requireTLS: !sameMachine,
      tls: { rejectUnauthorized: !sameMachine },
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      // Not this machine's name, which is nobody's business.
      name: this.domain,
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    this.transport = createTransport({
      ...options,
      pool: true,
      maxConnections: MAX_CONNECTIONS,
      // Over another connection, when the server ended an idle one; all other tries are the queue's.
      maxRequeues: 1,
    });
    this.probing = createTransport({ ...options, socketTimeout: CONNECT_MS });
    // Each mail's own try tells what was wrong with a connection.
    this.transport.on('error', () => {});
  }

  /** Throws MailFault, or what the register throws. `signal` gives up. */
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
      // RFC 3834 section 5: nobody's holiday notice is to answer.
      headers: { 'Auto-Submitted': 'auto-generated', ...headers },
    });
    try {
      // As an object the address is not parsed: it stays one recipient, whatever it holds.
      await this.transport.sendMail({ ...message, to: { name: '', address: to }, xMailer: false, signal });
    } catch (error) {
      throw faultOf(error);
    }
  }

  /** Connects and signs in, and sends nothing. Throws MailFault when the server cannot be used. */
  async probe(): Promise<void> {
    try {
      await this.probing.verify();
    } catch (error) {
      throw faultOf(error);
    }
  }

  /** Mails that are being sent are given up. */
  close(): void {
    this.transport.close();
  }
}

interface SmtpError {
  readonly responseCode?: number;
  readonly command?: string;
  readonly permanent?: boolean;
  readonly syscall?: string;
  readonly timeoutType?: string;
}

function faultOf(error: unknown): MailFault {
  const { responseCode, command, permanent = false, syscall, timeoutType = '' } = error as SmtpError;
  // RFC 5321 section 4.2.2: 421 may answer any command, and is about the server; 452 and 552 are about the mail's size.
  const isLeaving = responseCode === 421;
  const isSize = responseCode === 452 || responseCode === 552;
  const aboutMail = !isLeaving && (command === 'RCPT TO' || command === 'DATA' || isSize);
  const refusesSender = !isSize && command === 'MAIL FROM' && responseCode !== undefined;
  const isUnreachable =
    syscall === 'connect' || ['CONNECT_TIMEOUT', 'GREETING_TIMEOUT'].includes(timeoutType);
  const code = responseCode === undefined ? (errorFields(error).code ?? 'unknown') : String(responseCode);
  // A sender or a password that is refused is ours to put right, and the mail is not lost meanwhile.
  return new MailFault(
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

/** Only on this machine may a mail travel unencrypted. */
function isLoopback(url: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname);
}
