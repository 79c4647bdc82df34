// Every hostile source at once, in a process of its own, paced so that the edge and not the machine is what is tried: two cores
// hold the edge, its upstream, who attacks and who asks. Argument: `Ports` as JSON. Says "attacking" when all have begun;
// ends with its parent.
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ask, framed, HOSTILE_CUSTOMERS, type Ports, RELAYED } from './sources.js';

const ports = JSON.parse(process.argv[2] ?? '') as Ports;
const HOST = '127.0.0.1';
const PACE_MS = 20;
let number = 0;

/** A connection that is made again when it has closed, after a pause. */
function keep(localAddress: string, port: number, begin: (socket: Socket) => void): void {
  const socket = connect({ host: HOST, port, localAddress });
  socket.on('error', () => {});
  socket.on('connect', () => begin(socket));
  socket.resume();
  socket.on('close', () => setTimeout(() => keep(localAddress, port, begin), 5 * PACE_MS));
}

function each(ms: number, work: () => void): void {
  work();
  setInterval(work, ms);
}

function datagrams(source: string, perPace: number, name: (number: number) => string): void {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.bind(0, source, () =>
    each(PACE_MS, () => {
      for (let count = 0; count < perPace; count++) {
        number += 1;
        socket.send(ask(name(number), number & 0xffff), ports.plain, HOST);
      }
    }),
  );
}

/** Pipelined questions of one unlisted, and of one customer, over five connections each. */
function floods(): void {
  const burst = Buffer.concat(Array.from({ length: 40 }, (_, id) => framed(ask(RELAYED, id))));
  for (const source of ['127.0.3.1', HOSTILE_CUSTOMERS.pipelined]) {
    for (let count = 0; count < 5; count++) {
      keep(source, ports.plain, (socket) => {
        const timer = setInterval(() => socket.writableNeedDrain || socket.write(burst), PACE_MS);
        socket.on('close', () => clearInterval(timer));
      });
    }
  }
}

/** 25 unlisted clients with 20 idle connections each. */
function idleConnections(): void {
  for (let index = 0; index < 500; index++) {
    setTimeout(() => keep(`127.0.4.${1 + (index % 25)}`, ports.plain, () => {}), index * 2);
  }
}

/** WINDOW_UPDATE frames without an end. */
function windowUpdates(): void {
  const update = Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  const many = Buffer.concat(Array.from({ length: 2000 }, () => update));
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
  keep('127.0.5.1', ports.doh, (socket) => {
    const secure = connectTls({ socket, ALPNProtocols: ['h2'], rejectUnauthorized: false });
    secure.on('error', () => {});
    secure.resume();
    secure.write(preface);
    const timer = setInterval(() => secure.writableNeedDrain || secure.write(many), PACE_MS);
    socket.on('close', () => clearInterval(timer));
  });
}

floods();
idleConnections();
windowUpdates();
datagrams(HOSTILE_CUSTOMERS.cold, 100, (index) => `c${index}.cold.example.net`);
datagrams(HOSTILE_CUSTOMERS.slow, 1, (index) => `s${index}.slow.example.net`);
datagrams(HOSTILE_CUSTOMERS.truncated, 1, (index) => `t${index}.truncated.example.net`);
// As many as may be forged from one network, and from the newcomer's own.
for (const source of ['127.0.14.1', '127.0.14.2', '127.0.6.9']) datagrams(source, 15, () => RELAYED);
process.on('disconnect', () => process.exit());
setTimeout(() => process.send?.('attacking'), 1500);
