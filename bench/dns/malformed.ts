// A sender of packets that are no valid queries, which dnsperf cannot send, at a steady rate. Arguments: port, packets a
// second, seconds. At its end it writes how many it has sent.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const TICK_MS = 10;

const HEADER = '1234 0100 0001 0000 0000 0000';
const WWW = '03 777777';
const A_IN = '0001 0001';

const PACKETS: readonly Buffer[] = [
  // A header that breaks off.
  '1234 0100 0001',
  // No question, and two of them.
  '1234 0100 0000 0000 0000 0000',
  `1234 0100 0002 0000 0000 0000 ${WWW} 00 ${A_IN} ${WWW} 00 ${A_IN}`,
  // A name that points to itself, one that breaks off, and a label of a kind that there is not.
  `${HEADER} c00c ${A_IN}`,
  `${HEADER} ${WWW} 3f 6162`,
  `${HEADER} 41 61 00 ${A_IN}`,
  // An OPT record that says it is longer than the packet.
  `1234 0100 0001 0000 0000 0001 ${WWW} 00 ${A_IN} 00 0029 04d0 00000000 00ff 000a`,
  // An answer, which no server may answer.
  `1234 8180 0001 0000 0000 0000 ${WWW} 00 ${A_IN}`,
].map((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));

const [port = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
const socket = createSocket('udp4');
socket.connect(port, '127.0.0.1');
await once(socket, 'connect');
// What comes back is let go unread.
socket.on('message', () => {});
socket.on('error', () => {});

const start = performance.now();
let sent = 0;
for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - start) / 1000) {
  const due = Math.floor(elapsed * rate);
  for (; sent < due; sent++) socket.send(PACKETS[sent % PACKETS.length]!);
  await delay(TICK_MS);
}
await new Promise<void>((resolve) => socket.close(resolve));
console.log(sent);
