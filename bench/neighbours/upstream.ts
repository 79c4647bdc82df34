// The upstream of the edge that is attacked: answers over UDP, some names late, some cut; over TCP nobody listens. Sends its port;
// ends with its parent.
import { createSocket } from 'node:dgram';

/** Longer than the edge waits for an upstream, as many broken zones of the internet take. */
const SLOW_MS = 2400;

/** One A record; none when it is cut. */
function answerTo(query: Buffer, isCut: boolean): Buffer {
  let end = 12;
  while (query[end] !== 0) end += query[end]! + 1;
  const question = Buffer.from(query.subarray(0, end + 5));
  question.writeUInt16BE(isCut ? 0x8380 : 0x8180, 2);
  question.writeUInt16BE(isCut ? 0 : 1, 6);
  question.writeUInt32BE(0, 8);
  if (isCut) return question;
  return Buffer.concat([question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 53])]);
}

const socket = createSocket('udp4');
socket.on('message', (query, { port, address }) => {
  const text = query.toString('latin1').toLowerCase();
  const send = (isCut: boolean) => socket.send(answerTo(query, isCut), port, address);
  if (text.includes('\x04slow')) setTimeout(send, SLOW_MS, false);
  else send(text.includes('\x09truncated'));
});
socket.bind(0, '127.0.0.1', () => process.send?.(socket.address().port));
process.on('disconnect', () => process.exit());
