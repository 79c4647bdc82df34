// dnsperf, and what it says of a run.
import { OperatorError } from '../../src/lib/operator-error.js';
import { LOAD_CORE, runOn } from '../process.js';

export interface LoadOptions {
  readonly port: number;
  /** Lines of name and type. */
  readonly queries: string;
  /** For so long, over and over; absent: each line once. */
  readonly seconds?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Where the queries come from. */
  readonly source?: string;
  /** At most so many queries a second. */
  readonly rate?: number;
  /** Sockets. */
  readonly clients?: number;
  /** Queries without an answer at one time. */
  readonly outstanding?: number;
  readonly cores?: string;
}

export interface Load {
  readonly sent: number;
  readonly completed: number;
  readonly lost: number;
  readonly perSecond: number;
  /** How many answers had each rcode, by its mnemonic. */
  readonly rcodes: Readonly<Record<string, number>>;
}

/** The allowed client. */
export const LISTED = '127.0.0.1';
/** One that no server answers. */
export const UNLISTED = '127.66.0.1';

const CLIENTS = 8;
/** Half of what a socket's default receive buffer holds: nothing is lost to a server that asks for no larger one. */
const OUTSTANDING = 100;
const PATIENCE_SECONDS = 1;

export class Dnsperf {
  constructor(
    private readonly program: string,
    private readonly signal: AbortSignal,
  ) {}

  async run(options: LoadOptions): Promise<Load> {
    return summaryOf(await this.output(options, []));
  }

  /** Runs, and returns for each response after how many milliseconds it came. */
  async latencies(options: LoadOptions): Promise<{ load: Load; times: number[] }> {
    const text = await this.output(options, ['-v']);
    const times = [...text.matchAll(/^> \S+ \S+ \S+ (\d+\.\d+)$/gm)].map((match) => Number(match[1]) * 1000);
    return { load: summaryOf(text), times };
  }

  private output(options: LoadOptions, more: readonly string[]): Promise<string> {
    const { port, queries, seconds, transport = 'udp', source = LISTED, rate } = options;
    const { clients = CLIENTS, outstanding = OUTSTANDING, cores = LOAD_CORE } = options;
    const command = [
      this.program,
      ...['-f', 'inet', '-s', '127.0.0.1', '-p', String(port), '-a', source, '-m', transport],
      ...[
        '-d',
        queries,
        '-e',
        '-c',
        String(clients),
        '-q',
        String(outstanding),
        '-t',
        String(PATIENCE_SECONDS),
      ],
      ...(seconds === undefined ? ['-n', '1'] : ['-l', String(seconds)]),
      ...(rate === undefined ? [] : ['-Q', String(rate)]),
      // Those that come to nothing are counted, too; a line for each would only cost time.
      ...['-O', 'suppress=timeout,unexpected'],
      ...more,
    ];
    return runOn(cores, command, this.signal);
  }
}

function summaryOf(text: string): Load {
  const number = (what: string) => {
    const match = new RegExp(`^ *${what}: +([\\d.]+)`, 'm').exec(text);
    if (match === null) throw new OperatorError(`dnsperf did not say: ${what}`);
    return Number(match[1]);
  };
  const codes = /^ *Response codes: +(.+)$/m.exec(text)?.[1] ?? '';
  return {
    sent: number('Queries sent'),
    completed: number('Queries completed'),
    lost: number('Queries lost'),
    perSecond: number('Queries per second'),
    rcodes: Object.fromEntries(
      [...codes.matchAll(/([A-Z]\w*) (\d+)/g)].map(([, rcode, count]) => [rcode!, Number(count)]),
    ),
  };
}
