// All services of the gateway, with what they depend on put in.
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import type { AllowlistWriter } from '../allowlist/writer.js';
import { Account } from '../entities/account.js';
import type { Keyring } from '../secrets/keyring.js';
import { AccountService } from './account.js';
import type { AgeService } from './age.js';
import { AllowlistService } from './allowlist.js';
import type { ListingRules } from './listing.js';
import { MediaStreamerService } from './media-streamer.js';
import { createPasswordHasher } from './password.js';
import type { ProcessorRegister } from './processors.js';
import { SessionService } from './session.js';
import { StepUpService } from './step-up.js';

export interface Services {
  readonly account: AccountService;
  readonly session: SessionService;
  readonly stepUp: StepUpService;
  readonly mediaStreamer: MediaStreamerService;
  readonly allowlist: AllowlistService;
  readonly age: AgeService;
  readonly processors: ProcessorRegister;
}

export async function createServices(options: {
  database: DataSource;
  redis: Redis;
  writer: AllowlistWriter;
  rules: ListingRules;
  keyring: Keyring;
  age: AgeService;
  processors: ProcessorRegister;
}): Promise<Services> {
  const { database, redis, writer, rules, keyring, age, processors } = options;
  return {
    account: new AccountService(database.getRepository(Account), await createPasswordHasher()),
    session: new SessionService(redis),
    stepUp: new StepUpService(keyring),
    mediaStreamer: new MediaStreamerService(writer, rules),
    allowlist: new AllowlistService(writer, rules),
    age,
    processors,
  };
}
