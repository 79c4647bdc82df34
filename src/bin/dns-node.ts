// The dns-node process.
import '../config/debug-output.js';
import '../operations/reload-signal.js';

const { readDnsNodeConfig } = await import('../config/dns-node.js');
const { startDnsNode } = await import('../dns-node/dns-node.js');
const { createLogger } = await import('../operations/log.js');
const { runServerProcess } = await import('../operations/server-process.js');

const log = createLogger('dns-node');

await runServerProcess({
  name: 'dns-node',
  log,
  start: (stopping) => startDnsNode(readDnsNodeConfig(), log, stopping),
});
