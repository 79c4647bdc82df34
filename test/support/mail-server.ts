// A mail server on this machine that keeps what it is sent, and answers as a test wants: accepts, refuses, is slow, is gone.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail extends ParsedMail {
  /** All bytes of the message, as they were sent. */
  readonly raw: string;
  /** What the client called itself in its greeting. */
  readonly clientName: string;
}

/** A delivery that waits for its answer. */
export interface HeldMail {
  /** The whole message has been sent, and its sender waits. */
  readonly arrived: Promise<void>;
  /** Accepts it. */
  release(): void;
}

export interface MailServer {
  /** For SMTP_URL. */
  readonly url: string;
  /** The oldest mail to this address that no earlier call has given; waits until there is one. */
  next(to: string): Promise<ReceivedMail>;
  /** All mails that were accepted, with their recipients. */
  readonly accepted: readonly { readonly to: string; readonly mail: ReceivedMail }[];
  /** The next delivery to this address is refused: its recipient, or its message. Resolves when it was. */
  refuse(to: string, code: number, at?: 'recipient' | 'message'): Promise<void>;
  /** The next delivery to this address is answered when the test says so. */
  hold(to: string): HeldMail;
  /** From now on each delivery to this address breaks its connection in place of an answer. */
  drop(to: string): void;
  /** Breaks all connections, and takes no new one. */
  goAway(): Promise<void>;
  /** Breaks all connections, and answers each new one with 421. `turned` resolves when it has done so `times` more times. */
  turnAway(): Promise<{ turned(times: number): Promise<void> }>;
  /** At the same address. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

interface Refusal {
  readonly code: number;
  readonly at: 'recipient' | 'message';
  readonly done: () => void;
}

interface Hold {
  readonly arrived: () => void;
  readonly released: Promise<void>;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const accepted: { to: string; mail: ReceivedMail }[] = [];
  const unread: { to: string; mail: ReceivedMail }[] = [];
  const readers: { to: string; read: (mail: ReceivedMail) => void }[] = [];
  const refusals = new Map<string, Refusal[]>();
  const holds = new Map<string, Hold[]>();
  const dropped = new Set<string>();
  const sockets = new Set<Socket>();

  function accept(to: string, mail: ReceivedMail): void {
    accepted.push({ to, mail });
    const index = readers.findIndex((reader) => reader.to === to);
    if (index === -1) unread.push({ to, mail });
    else readers.splice(index, 1)[0]!.read(mail);
  }

  function refusal(to: string, at: Refusal['at']): Error | null {
    const waiting = refusals.get(to) ?? [];
    if (waiting[0]?.at !== at) return null;
    const { code, done } = waiting.shift()!;
    // As a real server does, it repeats the address.
    const error = Object.assign(new Error(`<${to}> refused by a test`), { responseCode: code });
    done();
    return error;
  }

  function hangUp(remotePort: number): void {
    for (const socket of sockets) if (socket.remotePort === remotePort) socket.destroy();
  }

  const make = () =>
    new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      authOptional: true,
      disableReverseLookup: true,
      ...options,
      onRcptTo({ address }, _session, callback) {
        callback(refusal(address, 'recipient'));
      },
      async onData(stream, session, callback) {
        const bytes = Buffer.concat(await stream.toArray());
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        const refused = recipients.map((to) => refusal(to, 'message')).find((error) => error !== null);
        if (refused !== undefined) return callback(refused);
        if (recipients.some((to) => dropped.has(to))) return hangUp(session.remotePort);
        for (const to of recipients) {
          const hold = holds.get(to)?.shift();
          hold?.arrived();
          await hold?.released;
        }
        const parsed = await simpleParser(bytes);
        const mail = { ...parsed, raw: bytes.toString(), clientName: session.hostNameAppearsAs };
        for (const to of recipients) accept(to, mail);
        callback();
      },
    });

  let running: { close(): Promise<void> } | null = null;
  async function listen(port: number): Promise<number> {
    const server = make();
    // A client that goes away in the middle is what some tests are about.
    server.on('error', () => {});
    server.server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
    running = {
      async close() {
        const closed = new Promise<void>((resolve) => server.close(resolve));
        for (const socket of sockets) socket.destroy();
        await closed;
      },
    };
    return (server.server.address() as AddressInfo).port;
  }
  async function goAway(): Promise<void> {
    const server = running;
    running = null;
    await server?.close();
  }

  async function turnAway() {
    await goAway();
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('421 4.3.2 not now\r\n');
      server.emit('turned');
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    running = { close: () => new Promise((resolve) => void server.close(() => resolve())) };
    return {
      async turned(times: number) {
        for (let left = times; left > 0; left -= 1) await once(server, 'turned');
      },
    };
  }

  const port = await listen(0);
  return {
    url: `${options.secure === true ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    accepted,
    next(to) {
      const index = unread.findIndex((each) => each.to === to);
      if (index !== -1) return Promise.resolve(unread.splice(index, 1)[0]!.mail);
      return new Promise((read) => readers.push({ to, read }));
    },
    refuse: (to, code, at = 'recipient') =>
      new Promise((done) => refusals.set(to, [...(refusals.get(to) ?? []), { code, at, done }])),
    hold(to) {
      const { promise: arrived, resolve } = Promise.withResolvers<void>();
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      holds.set(to, [...(holds.get(to) ?? []), { arrived: resolve, released }]);
      return { arrived, release };
    },
    drop: (to) => void dropped.add(to),
    goAway,
    turnAway,
    async comeBack() {
      await goAway();
      await listen(port);
    },
    stop: goAway,
  };
}

/** The token that stands on a line of its own in the mail's text. */
export function tokenIn(mail: ParsedMail): string {
  const token = /^[\w-]{40,}$/m.exec(mail.text ?? '')?.[0];
  if (token === undefined) throw new Error('the mail has no token');
  return token;
}
