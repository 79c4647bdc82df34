// A device of a benchmark, which asks a dns-node over UDP and measures when it gets an answer.
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import dnsPacket from 'dns-packet';

const LOST_AFTER_MS = 20;
const GIVE_UP_MS = 10_000;

/** RFC 1035 section 4.1.1. */
export const NOERROR = 0;
export const REFUSED = 5;

/** A device at one address that asks for one name, again as soon as it has an answer. */
export class Device {
  private constructor(
    private readonly socket: Socket,
    private readonly query: Buffer,
  ) {}

  static async at(source: string, port: number, name: string): Promise<Device> {
    const socket = createSocket('udp4');
    socket.bind(0, source);
    await once(socket, 'listening');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const questions = [{ type: 'A' as const, name }];
    return new Device(
      socket,
      dnsPacket.encode({ type: 'query', flags: dnsPacket.RECURSION_DESIRED, questions }),
    );
  }

  /** When the first answer with the rcode came, on the clock of `performance`. */
  askUntil(rcode: number): Promise<number> {
    const deadline = performance.now() + GIVE_UP_MS;
    return new Promise((resolve, reject) => {
      let lost: NodeJS.Timeout | undefined;
      const ask = () => {
        clearTimeout(lost);
        if (performance.now() > deadline) return end(() => reject(new Error(`no rcode ${rcode} in time`)));
        this.query.writeUInt16BE(randomInt(65536), 0);
        this.socket.send(this.query);
        lost = setTimeout(ask, LOST_AFTER_MS);
      };
      const read = (answer: Buffer) => {
        if (answer.readUInt16BE(0) !== this.query.readUInt16BE(0)) return;
        if ((answer[3]! & 15) !== rcode) return ask();
        end(() => resolve(performance.now()));
      };
      const end = (settle: () => void) => {
        clearTimeout(lost);
        this.socket.off('message', read);
        settle();
      };
      this.socket.on('message', read);
      ask();
    });
  }

  /** The rcode of one answer; null when none comes in time. */
  async ask(): Promise<number | null> {
    this.query.writeUInt16BE(randomInt(65536), 0);
    this.socket.send(this.query);
    const late = AbortSignal.timeout(GIVE_UP_MS);
    const [answer] = await once(this.socket, 'message', { signal: late }).catch(() => [null]);
    return answer === null ? null : answer[3] & 15;
  }

  close(): void {
    this.socket.close();
  }
}
