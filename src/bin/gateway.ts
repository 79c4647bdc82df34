// The gateway process.
import '../config/debug-output.js';
import { readGatewayConfig } from '../config/gateway.js';
import { startGateway } from '../http/gateway.js';
import { createLogger } from '../operations/log.js';
import { runServerProcess } from '../operations/server-process.js';

const log = createLogger('gateway');

await runServerProcess({
  name: 'gateway',
  log,
  async start() {
    const config = readGatewayConfig();
    const { port, reload, stop } = await startGateway(config, log);
    return { listen: { host: config.listen.host, port }, reload, stop };
  },
});
