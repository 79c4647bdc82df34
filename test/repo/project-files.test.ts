// The files that tools and people outside of the product read agree with what the product does.
import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

describe('the files for tools and people', () => {
  it('name the same Node.js for version managers as is pinned', () => {
    const { optionalDependencies } = JSON.parse(read('package.json'));
    expect(Object.values(optionalDependencies)).toEqual([read('.nvmrc').trim(), read('.nvmrc').trim()]);
  });

  it('let editors indent and wrap code as the formatter does', () => {
    const { indentStyle, indentWidth, lineWidth } = JSON.parse(read('biome.json')).formatter;
    const [, general = '', code = ''] = read('.editorconfig').split(/^\[.*\]$/m);
    expect(general).toContain(`indent_style = ${indentStyle}\nindent_size = ${indentWidth}\n`);
    expect(code).toContain(`max_line_length = ${lineWidth}\n`);
  });

  it('run .ci/run on Debian 12, with actions that are pinned to a commit', () => {
    const workflow = read('.github/workflows/ci.yml');
    expect(workflow).toMatch(/^ +image: debian:12$/m);
    expect(workflow).toMatch(/^ +- run: bash \.ci\/run$/m);
    const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action!);
    expect(actions.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  it('name owners of paths that exist', () => {
    const files = repositoryFiles();
    const paths = [...read('.github/CODEOWNERS').matchAll(/^\/(\S+) +@/gm)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !files.some((file) => file === path || file.startsWith(path)))).toEqual([]);
  });
});
