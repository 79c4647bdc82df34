import { describe, expect, it } from 'vitest';
import { repaired } from '../../../src/http/repaired-targets.js';

const packet = (line: string) => Buffer.from(`${line}\r\nhost: a\r\n\r\n`);

describe('a request line that Node refuses', () => {
  it.each([
    ['without a slash', 'GET nic/update?hostname=a HTTP/1.0', '/nic/update?hostname=a'],
    ['without a path', 'GET ?hostname=a HTTP/1.1', '/?hostname=a'],
    ['with another character in front', 'POST @/nic/update?myip= HTTP/1.1', '/@/nic/update?myip='],
    ['with an umlaut', 'GET /nic/update?hostname=küche HTTP/1.1', '/nic/update?hostname=k%C3%BCche'],
  ])('%s is repaired', (_what, line, target) => {
    const request = repaired(packet(line));
    expect(request?.target).toBe(target);
    const [method, , version] = line.split(' ');
    expect(request?.bytes.toString()).toBe(`${method} ${target} ${version}\r\nhost: a\r\n\r\n`);
  });

  it.each([
    ['that is right', 'GET /nic/update?hostname=a HTTP/1.1'],
    ['in absolute form', 'GET http://update.example/nic/update?hostname=a HTTP/1.1'],
    ['in asterisk form', 'GET * HTTP/1.1'],
    ['of another method', 'PUT nic/update?hostname=a HTTP/1.1'],
    ['of another version', 'GET nic/update?hostname=a HTTP/2.0'],
    ['with a space in it', 'GET nic/update?hostname=a b HTTP/1.1'],
    ['that is none', 'hello'],
  ])('%s is left as it is', (_what, line) => {
    expect(repaired(packet(line))).toBeNull();
  });
});
