// Runs wrk: an operation sent over 32 connections as fast as the responses come, and the figures that wrk reports.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../src/lib/operator-error.js';
import { LOAD_CORE, runOn } from '../process.js';
import { SOME_VERSION } from './operations.js';
import type { Server } from './servers.js';

const CONNECTIONS = 32;

/** A body, and the header field that authenticates the client. */
export interface Message {
  readonly credential: readonly [name: string, value: string];
  readonly body: string;
}

export interface LoadOptions {
  readonly server: Pick<Server, 'name' | 'url'>;
  readonly seconds: number;
  /** The size of each correct response body, in bytes. */
  readonly answerSize: number;
  /** Sent in turn. */
  readonly messages: readonly Message[];
  /** Replaces SOME_VERSION in the bodies of the first turn, and rises by one with each turn. */
  readonly version: number;
}

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export class Wrk {
  constructor(
    private readonly program: string,
    /** The file that its script is written to. */
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Throws OperatorError when a request fails, or when a response does not have the expected size. */
  async run(options: LoadOptions): Promise<Load> {
    const { server, seconds } = options;
    const script = join(this.folder, 'load.lua');
    await writeFile(script, scriptOf(options));
    const said = await runOn(
      LOAD_CORE,
      [
        this.program,
        ...['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '--latency', '-s', script, server.url],
      ],
      this.signal,
    );
    const result = JSON.parse(said.trim().split('\n').at(-1)!) as {
      requests: number;
      microseconds: number;
      failed: number;
      wrong: number;
      p50: number;
      p99: number;
    };
    const { requests, microseconds, failed, wrong } = result;
    if (requests === 0 || failed > 0 || wrong > 0) {
      throw new OperatorError(
        `${server.name}: of ${requests} requests ${failed} failed and ${wrong} got another answer`,
      );
    }
    const [p50, p99] = [result.p50 / 1000, result.p99 / 1000];
    return { requests, perSecond: requests / (microseconds / 1e6), p50, p99 };
  }
}

/**
 * wrk calls `request` once before it sends anything; that call counts as before the first turn. `done` can read the counts of
 * the thread only through the thread's table.
 */
function scriptOf({ server, answerSize, messages, version }: LoadOptions): string {
  const parts = messages.map((message) => {
    const [head, tail = ''] = textOf(server.url, message).split(String(SOME_VERSION));
    return `  { ${quoted(head!)}, ${quoted(tail)} },`;
  });
  const versioned = messages[0]!.body.includes(String(SOME_VERSION));
  return `
local messages = {
${parts.join('\n')}
}
local sent = -1
local threads = {}
wrong = 0

function setup(thread)
  table.insert(threads, thread)
end

function request()
  local message = messages[sent % #messages + 1]
  local turn = math.floor(sent / #messages)
  sent = sent + 1
  return ${versioned ? `message[1] .. (${version} + turn) .. message[2]` : 'message[1]'}
end

function response(status, headers, body)
  if status ~= 200 or #body ~= ${answerSize} then wrong = wrong + 1 end
end

function done(summary, latency)
  local errors = summary.errors
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get('wrong') end
  print(string.format(
    '{"requests":%d,"microseconds":%d,"failed":%d,"wrong":%d,"p50":%d,"p99":%d}',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, wrong,
    latency:percentile(50), latency:percentile(99)))
end
`;
}

/** HTTP/1.1, as wrk sends it. */
function textOf(url: string, { credential, body }: Message): string {
  const { host, pathname } = new URL(url);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    credential.join(': '),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A string literal of Lua. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
