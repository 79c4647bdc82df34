// Passwords that are known from breaches, asked offline: a built-in list, and a file of any size that an operator has.
import { dictionary } from '@zxcvbn-ts/language-common';
import type { BreachedFile } from './breached-file.js';

/** In lower case. */
const COMMON = new Set(dictionary['passwords-common']);

export class BreachedPasswords {
  /** `file`: what an operator adds to the built-in list. */
  constructor(private readonly file: BreachedFile | null = null) {}

  /** Whether a list contains the password: as it was typed, in compatibility form (NFKC), or in lower case. */
  async has(password: string): Promise<boolean> {
    const compatible = password.normalize('NFKC');
    const lower = compatible.toLowerCase();
    if (COMMON.has(lower)) return true;
    if (this.file === null) return false;
    for (const variant of new Set([password, compatible, lower])) {
      if (await this.file.has(variant)) return true;
    }
    return false;
  }
}
