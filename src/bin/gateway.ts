// The gateway process.
import '../config/debug-output.js';
import '../runtime/reload-signal.js';

const { closeOutput } = await import('../runtime/closed-output.js');
const { createLogger } = await import('../runtime/log.js');

const log = createLogger('gateway');
// Before the packages are loaded that may print.
closeOutput(log);

const { readGatewayConfig } = await import('../config/gateway.js');
const { startGateway } = await import('../app/gateway.js');
const { runServerProcess } = await import('../runtime/server-process.js');

await runServerProcess({
  name: 'gateway',
  log,
  async start(stopping) {
    const config = readGatewayConfig();
    const { port, reload, stop } = await startGateway(config, log, { leaving: stopping });
    const listen = { host: config.listen.host, port };
    return { listen, stopDelayMs: config.stopDelayMs, reload, stop };
  },
});
