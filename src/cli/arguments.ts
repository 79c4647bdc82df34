// Readers of options that several commands have.
import { InvalidArgumentError } from 'commander';

/** A whole number from 1 to `most`. */
export function wholeTo(most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (number < 1 || number > most) throw new InvalidArgumentError(`It must be a number from 1 to ${most}.`);
    return number;
  };
}
