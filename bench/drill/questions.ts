// Clients that query the dns-nodes during a fault: allowed ones, unlisted ones, and unlisted ones that look for the portal.
// Each asks from an address of its own.
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import dnsPacket from 'dns-packet';
import { MEDIA_NAME, PORTAL_ADDRESS, PORTAL_NAME, RELAY_ADDRESS } from './settings.js';
import { Tally } from './tally.js';

const ANSWER_MS = 1000;
const DEVICES = 100;

/** `wrong`: the opposite of what was acknowledged. `failed`: nothing, or that it could not be answered. */
export type Verdict = 'right' | 'wrong' | 'failed';

type Expected = 'relay' | 'refused' | 'portal';

/** Addresses that are listed all the time. */
export const LISTED = Array.from({ length: DEVICES }, (_, index) => `51.20.${index}.1`);
const STRANGERS = Array.from({ length: DEVICES }, (_, index) => `51.30.${index}.1`);

export class Questions {
  readonly tally = new Tally();
  private readonly sockets = new Map<string, Socket>();
  private wrong = 0;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly nodes: readonly string[],
    private readonly perSecond: number,
  ) {}

  begin(): void {
    this.running = this.ask();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    for (const socket of this.sockets.values()) socket.close();
  }

  /** How many wrong answers there were since the last time. */
  takeWrong(): number {
    const { wrong } = this;
    this.wrong = 0;
    return wrong;
  }

  /** Asks a node as the address whether it is listed. */
  async check(node: string, address: string, listed: boolean): Promise<Verdict> {
    return (await this.exchange(node, address, listed ? 'relay' : 'refused')).verdict;
  }

  private async ask(): Promise<void> {
    const asked = new Set<Promise<void>>();
    for (let number = 0; !this.stopping; number += 1) {
      const node = this.nodes[number % this.nodes.length]!;
      const device = Math.floor(number / this.nodes.length) % DEVICES;
      const question = (async () => {
        const sent = performance.now();
        const kinds: Expected[] = ['relay', 'refused', 'relay', 'portal'];
        const expected = kinds[device % kinds.length]!;
        const source = (expected === 'relay' ? LISTED : STRANGERS)[device]!;
        const { verdict, how } = await this.exchange(node, source, expected);
        if (verdict === 'wrong') this.wrong += 1;
        if (!this.stopping) this.tally.count(verdict === 'right' ? null : how, sent);
      })();
      asked.add(question);
      question.then(() => asked.delete(question));
      await delay(1000 / this.perSecond);
    }
    await Promise.all(asked);
  }

  private async exchange(
    node: string,
    source: string,
    expected: Expected,
  ): Promise<{ readonly verdict: Verdict; readonly how: string }> {
    const socket = await this.socketOf(source);
    const id = randomInt(65_536);
    const name = expected === 'portal' ? PORTAL_NAME : MEDIA_NAME;
    const answered = Promise.withResolvers<Buffer | null>();
    const onMessage = (message: Buffer, { address }: { readonly address: string }) => {
      if (address === node && message.readUInt16BE(0) === id) answered.resolve(message);
    };
    socket.on('message', onMessage);
    const timer = setTimeout(() => answered.resolve(null), ANSWER_MS);
    const query = { type: 'query', id, flags: dnsPacket.RECURSION_DESIRED } as const;
    socket.send(dnsPacket.encode({ ...query, questions: [{ type: 'A', name }] }), 53, node);
    const message = await answered.promise;
    clearTimeout(timer);
    socket.off('message', onMessage);
    return message === null ? { verdict: 'failed', how: 'silence' } : verdictOn(message, expected);
  }

  private async socketOf(source: string): Promise<Socket> {
    const known = this.sockets.get(source);
    if (known !== undefined) return known;
    const socket = createSocket('udp4');
    this.sockets.set(source, socket);
    socket.setMaxListeners(0);
    // A node that has gone is found by its silence.
    socket.on('error', () => {});
    socket.bind(0, source);
    await once(socket, 'listening');
    return socket;
  }
}

function verdictOn(message: Buffer, expected: Expected): { readonly verdict: Verdict; readonly how: string } {
  // The library's typings leave out the rcode that it decodes.
  const packet = dnsPacket.decode(message) as dnsPacket.DecodedPacket & { rcode: string };
  const addresses = (packet.answers ?? []).flatMap((record) => (record.type === 'A' ? [record.data] : []));
  const [right, wrong] =
    expected === 'refused'
      ? [packet.rcode === 'REFUSED', packet.rcode === 'NOERROR']
      : [
          expected === 'relay'
            ? addresses.includes(RELAY_ADDRESS)
            : // An unlisted client gets no response over UDP that is longer than its query: the rest comes over TCP.
              packet.flag_tc || addresses.includes(PORTAL_ADDRESS),
          packet.rcode === 'REFUSED' || packet.rcode === 'NOERROR',
        ];
  return { verdict: right ? 'right' : wrong ? 'wrong' : 'failed', how: packet.rcode };
}
