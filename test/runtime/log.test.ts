import { describe, expect, it } from 'vitest';
import { createLogger, errorFields, type LogFields } from '../../src/runtime/log.js';

function logged(fields: LogFields): Record<string, unknown> {
  const lines: string[] = [];
  createLogger('gateway', (line) => lines.push(line)).warn('request.failed', fields);
  return JSON.parse(lines.join(''));
}

describe('a log line', () => {
  it('has only fields of the list, whatever it is given', () => {
    const more = { code: '23505', email: 'anna@example.com', address: '192.0.2.1' } as LogFields;
    expect(Object.keys(logged(more))).toEqual(['time', 'level', 'process', 'event', 'code']);
  });

  it('is one line of JSON', () => {
    const lines: string[] = [];
    createLogger('dns-node', (line) => lines.push(line)).info('process.started', { listen: '127.0.0.1:53' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
  });
});

describe('what is logged of an error', () => {
  it('is its class and its code', () => {
    const error = Object.assign(new TypeError('the e-mail anna@example.com is taken'), { code: '23505' });
    expect(errorFields(error)).toEqual({ error: 'TypeError', code: '23505' });
  });

  it('leaves out what does not look like a code', () => {
    const error = Object.assign(new Error('x'), { code: 'anna@example.com' });
    expect(errorFields(error)).toEqual({ error: 'Error' });
    expect(errorFields('anna@example.com')).toEqual({ error: 'unknown' });
  });
});
