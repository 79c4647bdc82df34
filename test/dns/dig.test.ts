import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPackage } from '../support/debian.js';
import { type Row, TABLE } from './support/table.js';
import { startTestEdge, type TestEdge } from './support/test-edge.js';
import { startUpstream, type TestUpstream } from './support/upstream-server.js';

const run = promisify(execFile);

interface Dug {
  readonly status: string;
  readonly flags: readonly string[];
  readonly edns: boolean;
  /** Type and data of each record, and its TTL. */
  readonly answers: readonly string[];
  readonly authority: readonly string[];
  readonly ttls: readonly number[];
}

function parse(output: string): Dug {
  const section = (name: string) => {
    const lines = output.split(`;; ${name} SECTION:\n`)[1]?.split('\n\n')[0] ?? '';
    return lines.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
  };
  const fields = (line: string) => line.split(/\s+/);
  const record = (line: string) => {
    const [name = '', , , type, ...data] = fields(line);
    return type === 'SOA' ? `SOA ${withoutDot(name)} ${data[6]}` : `${type} ${withoutDot(data.join(' '))}`;
  };
  const [answers, authority] = [section('ANSWER'), section('AUTHORITY')];
  return {
    status: /status: (\w+)/.exec(output)?.[1] ?? output,
    flags: (/flags: ([a-z ]*);/.exec(output)?.[1] ?? '').split(' '),
    edns: output.includes('OPT PSEUDOSECTION'),
    answers: answers.map(record),
    authority: authority.map(record),
    ttls: [...answers, ...authority].map((line) => Number(fields(line)[1])),
  };
}

const withoutDot = (text: string) => text.replace(/\.$/, '');

describe('dig, as a real client', () => {
  let dig: string;
  let edge: TestEdge;
  let upstream: TestUpstream;
  beforeAll(async () => {
    dig = await debianPackage('bind9-dnsutils');
    upstream = await startUpstream();
    edge = await startTestEdge({ upstreams: [{ host: '127.0.0.1', port: upstream.port }] });
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  async function ask(row: Row, ...options: string[]): Promise<Dug> {
    const where = ['-b', row.source, '-p', String(edge.port), '@127.0.0.1'];
    const type = row.type === 'MAILB' ? 'TYPE253' : row.type;
    const asked = ['-t', type, '-q', row.name];
    const { stdout } = await run(dig, [...where, ...asked, '+tries=1', '+nocookie', '+noadflag', ...options]);
    return parse(stdout);
  }

  // dig shows a transfer that was refused as "Transfer failed" and nothing else.
  const rows = TABLE.filter(({ type }) => type !== 'AXFR');

  it.each(rows)('from $source: $name $type → $rcode', async (row) => {
    const expected = {
      status: row.rcode,
      flags: [
        'qr',
        ...(row.flags.includes('AA') ? ['aa'] : []),
        'rd',
        ...(row.flags.includes('RA') ? ['ra'] : []),
      ],
      answers: (row.answers ?? []).map((answer) => answer.replace('HINFO RFC8482', 'HINFO "RFC8482" ""')),
      authority: row.soa === undefined ? [] : [`SOA ${row.soa}`],
    };
    for (const transport of ['+notcp', '+tcp']) {
      const answer = await ask(row, transport);
      expect(answer).toMatchObject({ ...expected, edns: true });
      expect(new Set(answer.ttls)).toEqual(new Set(row.ttl === undefined ? [] : [row.ttl]));
    }
    expect(await ask(row, '+notcp', '+noedns')).toMatchObject({ ...expected, edns: false });
  });

  it('gets REFUSED for a zone transfer', async () => {
    const row = TABLE.find(({ type, source }) => type === 'AXFR' && source === '127.0.0.7')!;
    const where = ['-b', row.source, '-p', String(edge.port), '@127.0.0.1'];
    const { stdout } = await run(dig, [...where, row.name, 'AXFR', '+tries=1']);
    expect(stdout).toContain('; Transfer failed.');
  });

  it('understands the response to an unknown EDNS version', async () => {
    const where = ['-b', '127.0.0.7', '-p', String(edge.port), '@127.0.0.1'];
    const { stdout } = await run(dig, [...where, 'www.stream.example', '+edns=1', '+noednsnegotiation']);
    expect(stdout).toContain('status: BADVERS');
  });
});
