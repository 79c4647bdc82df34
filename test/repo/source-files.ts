// The repository as the tests about it see it: which files git would take, and what each imports.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Paths from the root of all files that are tracked or new and not ignored. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  return listed.toString().split('\n').filter(Boolean);
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|import\('([^']+)'\)|require\('([^']+)'\)/g;
const TYPE_ONLY = /(?:^|\n)\s*(?:import|export) type [^;]*? from '[^']+';/g;

/**
 * What a file imports: repository paths (`src/lib/calendar.ts`) and package names (`pg`). Imports of types alone are left out
 * unless `types` is set: they are gone when the program runs.
 */
export function importsOf(path: string, { types = false } = {}): string[] {
  const text = types ? read(path) : read(path).replace(TYPE_ONLY, '');
  return [...text.matchAll(IMPORT)].map((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? '';
    if (!target.startsWith('.')) return packageName(target);
    return normalize(join(dirname(path), target)).replace(/\.js$/, '.ts');
  });
}

function packageName(target: string): string {
  const parts = target.split('/');
  return target.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? target);
}

/** Everything that a file reaches by following imports, with one path to each: `a.ts → b.ts → pg`. */
export function reachableFrom(path: string): Map<string, string> {
  const paths = new Map<string, string>();
  const queue = [path];
  paths.set(path, path);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (!next.endsWith('.ts')) continue;
    for (const target of importsOf(next)) {
      if (paths.has(target)) continue;
      paths.set(target, `${paths.get(next)} → ${target}`);
      queue.push(target);
    }
  }
  return paths;
}
