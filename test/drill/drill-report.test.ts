import { expect, it } from 'vitest';
import { FAULTS } from '../../bench/drill/options.js';
import { tableOf } from '../../bench/drill/report.js';

it('the table of a drill has a heading for each of its columns', () => {
  const counted = {
    all: 200,
    failed: 2,
    failures: { SERVICE_UNAVAILABLE: 2 },
    awaySeconds: 1.5,
    longestSeconds: 3,
  };
  const row = {
    name: FAULTS[0]!.name,
    title: FAULTS[0]!.title,
    requests: counted,
    questions: { ...counted, failed: 0, failures: {}, awaySeconds: 0 },
    lost: 0,
    wrong: 0,
    missing: [],
    reported: { 'log dependency.lost redis': 2 },
  };
  const [heading, , cells] = tableOf([row])
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | '));
  expect(Object.fromEntries(heading!.map((name, index) => [name, cells![index]]))).toEqual({
    fault: row.title,
    'requests failed / all': '2 / 200 (2 SERVICE_UNAVAILABLE)',
    away: '1.5 s',
    'longest answer': '3 s',
    'questions failed / all': '0 / 200',
    'DNS away': 'none',
    lost: '0',
    wrong: '0',
    'reported by': 'log dependency.lost redis × 2',
  });
  expect(cells).toHaveLength(heading!.length);
});
