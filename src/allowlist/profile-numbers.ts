// The numbers by which the tables of a replica name profiles. Many prefixes share one; the number of a profile that none has
// any more goes to another.
import { FIRST_VALUE, LAST_VALUE } from './prefix-table.js';

/** Shared by the profiles beyond all other numbers, which are answered like networks without a choice. */
export const NUMBER_OF_OTHERS = LAST_VALUE;

/**
 * A number rests until so many others have been freed after it. A thread takes new profiles before it answers its next
 * queries, so none is so many profiles behind that it still reads the old text of a number.
 */
const RESTING = 1024;

export class ProfileNumbers {
  /** The profiles by number. A resting number keeps its text. */
  readonly texts: string[] = new Array(FIRST_VALUE).fill('');
  private readonly numbers = new Map<string, number>();
  /** How many prefixes have each number. */
  private readonly counts: number[] = [];
  /** Numbers that no prefix has, the longest resting first. */
  private readonly resting = new Set<number>();

  /** The profile's number, for one more prefix. `isNew`: the number had another text or none. */
  take(profile: string): { number: number; isNew: boolean } {
    const known = this.numbers.get(profile);
    const number = known ?? this.free();
    if (number === NUMBER_OF_OTHERS) return { number, isNew: false };
    if (known === undefined) {
      this.numbers.delete(this.texts[number] ?? '');
      this.texts[number] = profile;
      this.numbers.set(profile, number);
      this.counts[number] = 0;
    }
    if (this.counts[number] === 0) this.resting.delete(number);
    this.counts[number]! += 1;
    return { number, isNew: known === undefined };
  }

  /** One prefix less has the number. */
  release(number: number): void {
    if (number < FIRST_VALUE || number === NUMBER_OF_OTHERS) return;
    this.counts[number]! -= 1;
    if (this.counts[number] === 0) this.resting.add(number);
  }

  /** The number that has rested longest, once enough others rest: so texts that no prefix has are few. Else one never used. */
  private free(): number {
    const [oldest = NUMBER_OF_OTHERS] = this.resting;
    if (this.resting.size > RESTING) return oldest;
    return Math.min(this.texts.length, NUMBER_OF_OTHERS);
  }
}
