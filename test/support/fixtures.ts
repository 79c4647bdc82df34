// What all tests of a file or a `describe` block share: started before the first of them, stopped after the last.
import { afterAll, beforeAll } from 'vitest';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.js';
import { type MailServer, startMailServer } from './mail-server.js';

interface Stoppable {
  stop(): Promise<void>;
}

/** Stands for what `start` makes, whose parts are there as soon as the hooks have run, in the order of their calls. */
function sharedByTests<Fixture extends Stoppable>(name: string, start: () => Promise<Fixture>): Fixture {
  let started: Fixture | undefined;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(() => started?.stop());
  return new Proxy({} as Fixture, {
    get(_, part) {
      if (started === undefined) throw new Error(`${name} is there in hooks and tests only`);
      return Reflect.get(started, part);
    },
  });
}

/** A gateway on stores of its own. A function gives options that name what an earlier hook has started. */
export function useGateway(options: TestGatewayOptions | (() => TestGatewayOptions) = {}): TestGateway {
  return sharedByTests('the gateway', () =>
    startTestGateway(typeof options === 'function' ? options() : options),
  );
}

export function useMailServer(): MailServer {
  return sharedByTests('the mail server', () => startMailServer());
}
