// Feeds a target with packet after packet, and names the first one on which it breaks.
import { Random } from './random.js';

export interface Target {
  readonly name: string;
  make(random: Random): Buffer;
  /** Throws, or rejects, when an invariant does not hold. */
  feed(packet: Buffer, random: Random): void | Promise<void>;
}

export interface Campaign {
  readonly seed: number;
  readonly packets: number;
  readonly onProgress?: (done: number) => void;
}

/** What is needed to see it again: target, seed and index make the packet. */
export class Offence extends Error {
  constructor(
    readonly place: { readonly target: string; readonly seed: number; readonly index: number },
    readonly packet: Buffer,
    cause: unknown,
  ) {
    const { target, seed, index } = place;
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : 'a fault';
    super(`${target}, seed ${seed}, packet ${index}: ${why}\n${packet.toString('hex')}`, { cause });
    this.name = 'Offence';
  }
}

const PROGRESS_EVERY = 100_000;

/** Throws Offence. */
export async function fuzz(target: Target, { seed, packets, onProgress }: Campaign): Promise<void> {
  for (let index = 0; index < packets; index++) {
    const random = Random.of(seed, index);
    const packet = target.make(random);
    try {
      const fed = target.feed(packet, random);
      if (fed !== undefined) await fed;
    } catch (fault) {
      throw new Offence({ target: target.name, seed, index }, packet, fault);
    }
    if ((index + 1) % PROGRESS_EVERY === 0) onProgress?.(index + 1);
  }
}
