// Preloaded with `--import`: sends the process SIGHUP while it loads its modules, at each of those that HANG_UP_AT names.
import { registerHooks } from 'node:module';

const places = process.env.HANG_UP_AT.split(',');
registerHooks({
  load(url, context, nextLoad) {
    if (places.some((place) => url.endsWith(place))) process.kill(process.pid, 'SIGHUP');
    return nextLoad(url, context);
  },
});
