// The soak itself: mixed traffic at a steady rate, Postgres restarted in its middle, and a stop under load at its end. Only
// responses that are known to be right count as right, and every other one is reported by its code.
import { setTimeout as delay } from 'node:timers/promises';
import { type Quantiles, quantiles } from '../quantiles.js';
import { unlessAborted } from '../run.js';
import { type Answer, Connection, Dropped, Refused } from './connection.js';
import { makePeople, type People, type Person } from './people.js';
import { type Memory, type SoakProduct, startSoakProduct } from './product.js';
import { type Act, type Asked, type Data, type Others, someAct } from './traffic.js';
import { Watchers } from './watchers.js';

export interface Plan {
  readonly seconds: number;
  /** Requests per second, of all users together. */
  readonly rate: number;
  /** How many act at once, each on a connection. */
  readonly users: number;
  /** Accounts that they act for. */
  readonly people: number;
  /** How many of these watch their networks all the time. */
  readonly watchers: number;
  /** Between the end of Postgres and its new start, in the middle. */
  readonly restartSeconds: number;
  readonly sampleSeconds: number;
  readonly gatewayScript: string;
  /** Aborted: everything is stopped, and the soak rejects. */
  readonly interrupted?: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Report {
  readonly requests: number;
  readonly perSecond: number;
  readonly connections: number;
  readonly ms: Quantiles;
  /** Changes that subscribers received. */
  readonly updates: number;
  readonly memory: readonly Memory[];
  /** Requests that failed with SERVICE_UNAVAILABLE because Postgres was away. */
  readonly unavailable: number;
  /** From the order to stop it until it accepted connections again. */
  readonly awaySeconds: number;
  /** From then to the last answer that said otherwise. */
  readonly recoverySeconds: number;
  /** `exitCode` null: a signal ended it. `answered`: after the signal. */
  readonly stop: {
    readonly exitCode: number | null;
    readonly seconds: number;
    readonly answered: number;
    readonly drops: number;
  };
  /** How often what went wrong: `act status codes`, or a line of the log. Empty when all is well. */
  readonly failures: Readonly<Record<string, number>>;
}

/** A connection ends after at most so many requests. */
const REQUESTS_PER_CONNECTION = 100;
const PROGRESS_SECONDS = 30;
/** Connections to Postgres are searched again within this time. */
const MAY_RECOVER_MS = 15_000;

/** A right answer in the wrong moment: Postgres is away. */
class Unavailable extends Error {}

/** An answer that is never right. */
class Wrong extends Error {}

export async function soak(plan: Plan): Promise<Report> {
  const failures = new Map<string, number>();
  const fail = (what: string) => failures.set(what, (failures.get(what) ?? 0) + 1);
  const product = await startSoakProduct({ gatewayScript: plan.gatewayScript, onError: fail });
  try {
    const work = async () => {
      const people = await makePeople(product, plan.people);
      const watchers = await Watchers.open(product, people.customers.slice(0, plan.watchers), fail);
      return new Drill(plan, product, { ...people, watchers }, fail, failures).run();
    };
    return await (plan.interrupted ? unlessAborted(plan.interrupted, work()) : work());
  } finally {
    await product.stop();
  }
}

class Drill {
  private readonly start = performance.now();
  private readonly times: number[] = [];
  private readonly memory: Memory[] = [];
  private readonly idle: Person[];
  private asked = 0;
  private connections = 0;
  private unavailable = 0;
  private drops = 0;
  private stopping = false;
  /** On the clock of `performance`; infinite while Postgres is there. */
  private awayFrom = Number.POSITIVE_INFINITY;
  private backAt = Number.POSITIVE_INFINITY;
  private lastUnavailable = 0;

  constructor(
    private readonly plan: Plan,
    private readonly product: SoakProduct,
    private readonly people: People & Others,
    private readonly fail: (what: string) => void,
    private readonly failures: ReadonlyMap<string, number>,
  ) {
    this.idle = [...people.customers];
  }

  async run(): Promise<Report> {
    const { plan } = this;
    const users = Promise.all(Array.from({ length: plan.users }, () => this.user()));
    const timers = [
      setInterval(() => this.sample(), plan.sampleSeconds * 1000),
      setInterval(() => this.reportProgress(), PROGRESS_SECONDS * 1000),
    ];
    try {
      await this.wait((plan.seconds * 1000) / 2);
      await this.restartPostgres();
      await this.wait(this.start + plan.seconds * 1000 - performance.now());
    } finally {
      this.stopping = true;
      for (const timer of timers) clearInterval(timer);
    }

    const perSecond = this.times.length / ((performance.now() - this.start) / 1000);
    const answered = this.times.length;
    const { watchers } = this.people;
    const watched = watchers.end();
    const terminated = performance.now();
    const exitCode = await this.product.terminate();
    const seconds = (performance.now() - terminated) / 1000;
    await watched;
    await users;
    const recovery = Math.max(0, this.lastUnavailable - this.backAt) / 1000;
    return {
      requests: this.times.length,
      perSecond: Math.round(perSecond),
      connections: this.connections,
      ms: quantiles(this.times),
      updates: watchers.results,
      memory: this.memory,
      unavailable: this.unavailable,
      awaySeconds: rounded((this.backAt - this.awayFrom) / 1000),
      recoverySeconds: rounded(recovery),
      stop: {
        exitCode,
        seconds: rounded(seconds),
        answered: this.times.length - answered,
        drops: this.drops,
      },
      failures: Object.fromEntries(this.failures),
    };
  }

  private async wait(milliseconds: number): Promise<void> {
    const { interrupted } = this.plan;
    await delay(Math.max(0, milliseconds), undefined, interrupted && { signal: interrupted });
  }

  private async restartPostgres(): Promise<void> {
    this.awayFrom = performance.now();
    await this.product.stopPostgres();
    await this.wait(this.plan.restartSeconds * 1000);
    await this.product.startPostgres();
    this.backAt = performance.now();
  }

  /** Acts until the gateway takes no connection any more. */
  private async user(): Promise<void> {
    const line = new Line(this.product.port, () => {
      this.connections += 1;
    });
    for (;;) {
      const person = this.idle.splice(Math.floor(Math.random() * this.idle.length), 1)[0]!;
      const act = someAct();
      try {
        await act.run((asked) => this.ask(line, act, person, asked), person, this.people);
      } catch (error) {
        if (error instanceof Refused && this.stopping) break;
        this.judge(act, error);
      } finally {
        this.idle.push(person);
      }
    }
    line.close();
  }

  /** What it means that an act has ended early. */
  private judge({ name }: Act, error: unknown): void {
    if (error instanceof Unavailable) return;
    if (error instanceof Dropped) this.drops += 1;
    if (error instanceof Wrong) this.fail(`${name} ${error.message}`);
    else this.fail(`${name} ${error instanceof Error ? error.constructor.name : 'unknown'}`);
  }

  private async ask(line: Line, act: Act, { source }: Person, asked: Asked): Promise<Data> {
    await this.turn();
    const connection = await line.connection();
    const { method, type, body } = asked.raw ?? {
      method: 'POST',
      type: 'application/json',
      body: JSON.stringify({ query: asked.query, variables: asked.variables }),
    };
    const headers = {
      'content-type': type,
      'x-forwarded-for': source,
      ...(asked.token !== undefined && { authorization: `Bearer ${asked.token}` }),
      ...(asked.freshFactor !== undefined && { 'step-up-token': asked.freshFactor }),
    };
    const sent = performance.now();
    const answer = await connection.ask(method, '/graphql', headers, body);
    this.times.push(performance.now() - sent);
    return this.dataOf(answer, act, asked, sent);
  }

  /** Waits so that all users together keep the rate. */
  private async turn(): Promise<void> {
    const due = this.start + (this.asked / this.plan.rate) * 1000;
    this.asked += 1;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    // What could not be asked in time is left out, rather than asked all at once.
    else
      this.asked = Math.max(
        this.asked,
        Math.floor(((performance.now() - this.start) / 1000) * this.plan.rate),
      );
  }

  private dataOf({ status, body }: Answer, act: Act, asked: Asked, sent: number): Data {
    const { data, errors = [] } = parsed(body);
    const codes = errors.map(({ extensions }) => extensions?.code ?? 'none').join();
    if (status === (asked.status ?? 200) && codes === (asked.code ?? '')) {
      const codes = Object.values(data ?? {}).flatMap((payload) => userErrorsOf(payload));
      const wrong = codes.filter((code) => !(asked.userErrors ?? []).includes(code));
      if (wrong.length > 0) throw new Wrong(`user errors ${wrong.join()}`);
      return data;
    }
    if (codes === 'SERVICE_UNAVAILABLE' && act.needsPostgres && this.mayBeAway(sent)) {
      this.unavailable += 1;
      this.lastUnavailable = performance.now();
      throw new Unavailable();
    }
    throw new Wrong(`${status} ${codes}`);
  }

  /** Whether a request that was sent then may have met a Postgres that was away. */
  private mayBeAway(sent: number): boolean {
    return performance.now() >= this.awayFrom && sent < this.backAt + MAY_RECOVER_MS;
  }

  private async sample(): Promise<void> {
    this.memory.push(await this.product.memory());
  }

  private reportProgress(): void {
    const { p50, p99 } = quantiles(this.times.slice(-this.plan.rate * PROGRESS_SECONDS));
    const { rss, heap } = this.memory.at(-1) ?? { rss: 0, heap: 0 };
    const seconds = Math.round((performance.now() - this.start) / 1000);
    const failed = [...this.failures].map(([what, count]) => `${count} × ${what}`);
    this.plan.say(
      `${seconds} s  ${this.times.length} requests  p50 ${p50} ms  p99 ${p99} ms  RSS ${megabytes(rss)} MB  ` +
        `heap ${megabytes(heap)} MB  updates ${this.people.watchers.results}  unavailable ${this.unavailable}  failed ${failed.join(', ') || 'none'}`,
    );
  }
}

/** The one connection that a user has at a time: a new one after many requests, or when the server ends it. */
class Line {
  private current: Connection | null = null;
  private left = 0;

  constructor(
    private readonly port: number,
    private readonly opened: () => void,
  ) {}

  async connection(): Promise<Connection> {
    if (this.current === null || this.current.isOver || this.left === 0) {
      this.current?.close();
      this.current = await Connection.open(this.port);
      this.opened();
      this.left = Math.ceil(Math.random() * REQUESTS_PER_CONNECTION);
    }
    this.left -= 1;
    return this.current;
  }

  close(): void {
    this.current?.close();
  }
}

interface GraphqlBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

function parsed(body: string): GraphqlBody {
  try {
    return JSON.parse(body);
  } catch {
    throw new Wrong('no JSON');
  }
}

function userErrorsOf(payload: unknown): string[] {
  const { userErrors = [] } = (payload ?? {}) as { userErrors?: readonly { code: string }[] };
  return userErrors.map(({ code }) => code);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
