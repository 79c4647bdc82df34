// The dns-node process.
import '../config/debug-output.js';
import '../operations/reload-signal.js';

const { closeOutput } = await import('../operations/closed-output.js');
const { createLogger } = await import('../operations/log.js');

const log = createLogger('dns-node');
// Before the packages are loaded that may print.
closeOutput(log);

const { readDnsNodeConfig } = await import('../config/dns-node.js');
const { startDnsNode } = await import('../dns-node/dns-node.js');
const { runServerProcess } = await import('../operations/server-process.js');

await runServerProcess({
  name: 'dns-node',
  log,
  start: (stopping) => startDnsNode(readDnsNodeConfig(), log, stopping),
});
