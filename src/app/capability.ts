// What a capability adds to the gateway beside its services. Each file of `capabilities/` makes one, from the parts that it names.
import type { Route } from '../http/server.js';
import type { DueLists, WatchingDue } from '../jobs/due-work.js';
import type { BackgroundJob } from '../jobs/jobs.js';
import type { SendableMail } from '../mail/mail.js';
import type { NodeLookup } from '../services/node.js';

/** Starts one background job. */
export type StartJob = (watching: WatchingDue) => BackgroundJob;

export interface Capability<Services extends object> {
  /** What resolvers and endpoints use, and what other capabilities are built from. */
  readonly services: Services;
  /** Started in this order when all capabilities are built, and stopped in the reverse order. */
  readonly jobs?: readonly StartJob[];
  /** Lists of rows that its jobs work through, by the name that the jobs ask for. */
  readonly dueWork?: DueLists;
  readonly routes?: readonly Route[];
  /** Its mails, with the parts that they are loaded with. */
  readonly mails?: readonly SendableMail[];
  /** Objects that the API finds by their ids alone. */
  readonly nodes?: readonly NodeLookup[];
}
