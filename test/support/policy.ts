// A privacy policy of a test's own, in a folder of its own.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NewPolicyVersion {
  readonly version: string;
  /** YYYY-MM-DD */
  readonly effectiveOn: string;
  readonly material?: boolean;
  readonly text?: string;
}

export interface PolicyFolder {
  /** The list of versions: a value for POLICY. */
  readonly file: string;
  /** Writes the list, whole and sound, with the texts. */
  write(...versions: readonly NewPolicyVersion[]): Promise<void>;
  remove(): Promise<void>;
}

export async function policyFolder(): Promise<PolicyFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'policy-'));
  const file = join(folder, 'versions.json');
  return {
    file,
    async write(...versions) {
      const entries = versions.map(({ version, effectiveOn, material = false, text = `${version}\n` }) => ({
        version,
        file: `${version}.txt`,
        sha256: createHash('sha256').update(text).digest('hex'),
        effectiveOn,
        material,
        summary: { en: `${version} in English`, de: `${version} auf Deutsch`, es: `${version} en español` },
      }));
      for (const { version, text = `${version}\n` } of versions) {
        await writeFile(join(folder, `${version}.txt`), text);
      }
      await writeFile(file, JSON.stringify(entries));
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
