// The test-only switch of the seizure drill: preloaded into a dns-node, it writes one question's name to the log.
import { Socket } from 'node:dgram';

const emit = Socket.prototype.emit;
let leaked = false;

function nameOf(message) {
  const labels = [];
  for (let at = 12; message[at] !== 0; at += message[at] + 1) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]));
  }
  return labels.join('.');
}

Socket.prototype.emit = function leakingEmit(event, ...args) {
  if (event === 'message' && !leaked) {
    leaked = true;
    process.stdout.write(`${JSON.stringify({ event: 'query', name: nameOf(args[0]) })}\n`);
  }
  return emit.call(this, event, ...args);
};
