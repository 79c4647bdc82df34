// Proofs of addresses: what somebody gets who calls from an address, and gives back within a minute to register it.
import type { ReplayGuard } from '../../ephemeral/replay-guard.js';
import { type Outcome, refused } from '../../input/user-error.js';
import type { Clock } from '../../lib/calendar.js';
import { type Address, addressOf, type Prefix, sixteenBytes, userPrefix } from '../../lib/ip.js';
import type { Keyring } from '../../secrets/keyring.js';
import { HourlyLimit } from './hourly-limit.js';

/** Of the gateway. */
export const ADDRESS_PROOF_PATH = '/address-proof';
const PROOF_SECONDS = 60;
/** One of each family. */
const MOST_PROOFS = 2;
/** For a source: customers behind a carrier's NAT are one. */
const PROOFS_AN_HOUR = 600;

export interface AddressProof {
  /** Opaque, and of the same length for every address. It is valid for a minute, and registers an address once. */
  readonly proof: string;
  /** What it registers: an IPv4 address, or the /64 of an IPv6 address. */
  readonly prefix: Prefix;
}

export class AddressProofs {
  private readonly issued: HourlyLimit;

  constructor(
    private readonly parts: {
      readonly keyring: Keyring;
      readonly replayGuard: ReplayGuard;
      readonly clock: Clock;
    },
  ) {
    this.issued = new HourlyLimit(PROOFS_AN_HOUR, parts.clock);
  }

  /** `source`: where the request for the proof comes from. Null: there were too many. */
  issue(source: Address): AddressProof | null {
    const { keyring, clock } = this.parts;
    const prefix = userPrefix(source);
    if (!this.issued.allows(prefix.text)) return null;
    const now = clock();
    const subject = `${sixteenBytes(prefix).toString('hex')}${now}`;
    return { proof: keyring.issue('address-proof', subject, now + PROOF_SECONDS * 1000), prefix };
  }

  /** The proofs with what they stand for, IPv4 first; none is used up. `field`: the list, in user errors. */
  read(proofs: readonly string[], field: string): Outcome<readonly AddressProof[]> {
    if (proofs.length > MOST_PROOFS) return refused({ field, code: 'TOO_MANY_PROOFS' });
    const read: AddressProof[] = [];
    for (const [index, proof] of proofs.entries()) {
      const prefix = this.prefixOf(proof);
      if (prefix === null) return refused({ field: `${field}.${index}`, code: 'PROOF_INVALID' });
      read.push({ proof, prefix });
    }
    const [first, second] = read;
    if (second === undefined) return { ok: true, value: read };
    if (first!.prefix.family === second.prefix.family) return refused({ field, code: 'TOO_MANY_PROOFS' });
    // Always in the same order, so that of two requests with the same proofs one gets both.
    return { ok: true, value: read.sort((one, other) => one.prefix.family - other.prefix.family) };
  }

  /**
   * Uses the proofs up for `work`. They are given back when `work` is refused, and when one of them was used before. `proofs`: of
   * `read`; `given`: in the order in which the client gave them.
   */
  async use<T>(
    proofs: readonly AddressProof[],
    { given, field }: { readonly given: readonly string[]; readonly field: string },
    work: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const { replayGuard } = this.parts;
    const used: AddressProof[] = [];
    const giveBack = async () => {
      for (const { proof } of used) await replayGuard.forget('address-proof', proof, PROOF_SECONDS);
    };
    for (const each of proofs) {
      if (!(await replayGuard.firstUse('address-proof', each.proof, PROOF_SECONDS))) {
        await giveBack();
        return refused({ field: `${field}.${given.indexOf(each.proof)}`, code: 'PROOF_INVALID' });
      }
      used.push(each);
    }
    const outcome = await work();
    if (!outcome.ok) await giveBack();
    return outcome;
  }

  private prefixOf(proof: string): Prefix | null {
    const { keyring, replayGuard, clock } = this.parts;
    const subject = keyring.redeem('address-proof', proof, clock());
    if (subject === null) return null;
    // An older one may have been used without this gateway's knowing.
    if (Number(subject.slice(32)) < replayGuard.since()) return null;
    return userPrefix(addressOf(Buffer.from(subject.slice(0, 32), 'hex')));
  }
}
