// The dns-node process.
import '../config/debug-output.js';
import '../runtime/reload-signal.js';

const { closeOutput } = await import('../runtime/closed-output.js');
const { createLogger } = await import('../runtime/log.js');

const log = createLogger('dns-node');
// Before the packages are loaded that may print.
closeOutput(log);

const { readDnsNodeConfig } = await import('../config/dns-node.js');
const { startDnsNode } = await import('../app/dns-node.js');
const { runServerProcess } = await import('../runtime/server-process.js');

await runServerProcess({
  name: 'dns-node',
  log,
  start: (stopping) => startDnsNode(readDnsNodeConfig(), log, stopping),
});
