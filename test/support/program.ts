// Programs of other packages that a machine may have: what needs one is skipped without it, and says which package has it.
import { access, constants } from 'node:fs/promises';
import type { TestContext } from 'vitest';

/** The path of the program; skips the test when it is not there. */
export async function programOrSkip(
  context: TestContext,
  program: string,
  debianPackage: string,
): Promise<string> {
  for (const folder of ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']) {
    const path = `${folder}/${program}`;
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return context.skip(`${program} is missing; on Debian it is in the package ${debianPackage}`);
}
