// Single datagrams: sent from any socket of the process, back along the path of an earlier datagram.
import { UDP_PAYLOAD } from '../wire/wire.js';
import type { Libc } from './libc.js';
import {
  ADDRESS,
  CONTROL,
  CONTROL_LENGTH_WORD,
  IOVEC,
  MMSGHDR,
  NAME_LENGTH_WORD,
} from './message-headers.js';
import type { DatagramSocket } from './shared-port-sockets.js';

const MSG_DONTWAIT = 0x40;

/** The addresses of a datagram as the system has written them. */
export interface DatagramPath {
  /** Its source: a struct sockaddr. */
  readonly from: Uint8Array;
  /** Its destination, as a control message; empty when the socket is bound to one address. */
  readonly control: Uint8Array;
}

// Offsets in the memory of SingleDatagrams, behind the header and the iovec.
const AT_NAME = MMSGHDR + IOVEC;
const AT_CONTROL = AT_NAME + ADDRESS;
const AT_MESSAGE = AT_CONTROL + CONTROL;

/** Sends responses one by one: those of cache misses, whose batch has been sent long ago. */
export class SingleDatagrams {
  private readonly memory = new ArrayBuffer(AT_MESSAGE + UDP_PAYLOAD);
  private readonly bytes = new Uint8Array(this.memory);
  private readonly view = new DataView(this.memory);

  constructor(private readonly libc: Libc) {
    const base = libc.address(this.bytes);
    const point = (at: number, target: number) => this.view.setBigUint64(at, base + BigInt(target), true);
    point(0, AT_NAME);
    point(16, MMSGHDR);
    this.view.setUint32(24, 1, true);
    point(32, AT_CONTROL);
    point(MMSGHDR, AT_MESSAGE);
  }

  /** Sends at most 1232 bytes to the source of a datagram, without waiting. False: the system has rejected them. */
  send({ fd }: DatagramSocket, message: Uint8Array, { from, control }: DatagramPath): boolean {
    this.bytes.set(from, AT_NAME);
    this.bytes.set(control, AT_CONTROL);
    this.bytes.set(message, AT_MESSAGE);
    this.view.setUint32(NAME_LENGTH_WORD * 4, from.length, true);
    this.view.setUint32(CONTROL_LENGTH_WORD * 4, control.length, true);
    this.view.setUint32(MMSGHDR + 8, message.length, true);
    return this.libc.sendmmsg(fd, this.bytes, 1, MSG_DONTWAIT) === 1;
  }
}
