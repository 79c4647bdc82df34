// Every bench and drill runs to its end in small, and leaves nothing behind when it is interrupted.
import { describe, expect, it } from 'vitest';
import { interruptProgram, runScript, SCRIPTS } from './scripts.js';

/** What stands in the last line of its output, and what it says as soon as something is running. */
const BENCHES = {
  'bench:allowlist': { last: /"change_ms":\{"p50":/, running: /holds 0 entries/ },
  'bench:loads': { last: /"all_loaded_s":/, running: /holds 0 entries/ },
  'bench:refusal': { last: /"to_refusal_ms":\{"p50":/, running: /Starting the gateway/ },
  'bench:update': { last: /"nochg_per_core":\d+,"to_answer_ms":\{"p50":/, running: /Starting the gateway/ },
  'bench:dns': { last: /"cold_ms":\{"udp":/, running: /Filling the allowlist/ },
  'bench:gateway': { last: /"mutation":\{"vs_mercurius":/, running: /Starting Postgres/ },
  'bench:usage': { last: /"summary_vs_sql":/, running: /Making \d+ accounts/ },
  'bench:oracle': { last: /z = -?\d/, running: /Making \d+ accounts/ },
  'bench:neighbours': { last: /"p99_ratio":/, running: /Starting the edge/ },
  soak: { last: /"failures":\{\}/, running: /Starting/ },
  fuzz: { last: /all sound/, running: /packets for each parser/ },
} as const;

type Bench = keyof typeof BENCHES;

describe('every bench', { timeout: 180_000 }, () => {
  it('is listed in this test', () => {
    const benches = Object.keys(SCRIPTS).filter((name) => /^(?:bench:|soak$|fuzz$)/.test(name));
    expect(benches.sort()).toEqual(Object.keys(BENCHES).sort());
  });

  it.each(Object.keys(BENCHES) as Bench[])('%s runs to its end with --quick', async (name) => {
    const { code, stdout, stderr, left } = await runScript(name, ['--quick']);
    expect({ code, left }, stderr).toEqual({ code: 0, left: [] });
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(BENCHES[name].last);
  });

  it.each(
    (Object.keys(BENCHES) as Bench[]).map((name, index) => ({
      name,
      signal: index % 2 === 0 ? ('SIGINT' as const) : ('SIGTERM' as const),
    })),
  )('$name leaves nothing behind after $signal', async ({ name, signal }) => {
    const { code, stderr, left } = await interruptProgram(name, { signal, at: BENCHES[name].running });
    expect(left).toEqual([]);
    // The fuzzer holds nothing, and dies of the signal.
    expect(code, stderr).toBe(name === 'fuzz' ? null : 130);
  });

  it('names its options when it is given another', async () => {
    const { code, stderr, left } = await runScript('bench:oracle', ['--sideways']);
    expect({ code, left }).toEqual({ code: 1, left: [] });
    expect(stderr).toBe('options: --quick --rounds N (1 to 10000)\n');
  });
});
