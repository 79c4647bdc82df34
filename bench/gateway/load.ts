// wrk as the load: what it sends, and what it says of it.
import { writeFile } from 'node:fs/promises';
import { ClearFault } from '../../src/clear-fault.js';
import { LOAD_CORE, runOn } from '../process.js';

const CONNECTIONS = 32;

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface LoadOptions {
  readonly wrk: string;
  readonly url: string;
  /** A Lua script of wrk (`writeScript`). */
  readonly script: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/**
 * Requests of many people in turn, each with a header and a body of their own. `body`: JSON in which VERSION stands for the
 * version that a person's profile has by then, when each request so far has raised it by one.
 */
export async function writeScript(
  file: string,
  options: { tokens: readonly string[]; body: string },
): Promise<void> {
  const [before = '', after] = options.body.split('VERSION');
  const body = after === undefined ? `before` : `before .. version .. after`;
  await writeFile(
    file,
    `local tokens = { ${options.tokens.map((token) => JSON.stringify(token)).join(', ')} }
local headers = {}
for index, token in ipairs(tokens) do
  headers[index] = { ["content-type"] = "application/json", authorization = "Bearer " .. token }
end
local before, after = ${luaText(before)}, ${luaText(after ?? '')}
-- wrk asks for one request that it never sends; it is of a person who is asked about no more.
local count = -1
request = function()
  local turn, version = count % (#tokens - 1) + 1, math.floor(count / (#tokens - 1)) + 1
  if count < 0 then turn, version = #tokens, 1 end
  count = count + 1
  return wrk.format("POST", "/graphql", headers[turn], ${body})
end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %f %f %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout))
end
`,
  );
}

/** Rejects with ClearFault when any request failed. */
export async function load({ wrk, url, script, seconds, signal }: LoadOptions): Promise<Load> {
  const options = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', script];
  const output = await runOn(LOAD_CORE, [wrk, ...options, url], signal);
  const [requests, duration, p50, p99, errors] = (/RESULT (.*)/.exec(output)?.[1] ?? '')
    .split(' ')
    .map(Number);
  if (errors !== 0) throw new ClearFault(`${errors} requests failed.`);
  return {
    requests: requests!,
    perSecond: requests! / (duration! / 1e6),
    p50: p50! / 1000,
    p99: p99! / 1000,
  };
}

function luaText(text: string): string {
  return `[==[${text}]==]`;
}
