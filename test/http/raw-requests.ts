// Requests as raw bytes, and the error responses that the tests of the HTTP server expect.
import { afterEach, expect } from 'vitest';
import type { TestGateway } from '../support/gateway.js';
import { type RawAnswer, RawConnection } from '../support/http/raw-http.js';

/** A value of requests that no response and no log line may repeat. */
export const SECRET = 'tops3cret';
export const BODY = '{"query":"{ __typename }"}';
export const ANSWER = { data: { __typename: 'Query' } };
export const HEAD = 'POST /graphql HTTP/1.1\r\nhost: gateway.example\r\ncontent-type: application/json\r\n';

/** A whole request. */
export function request(body: string | Buffer = BODY, head = HEAD): Buffer {
  return Buffer.concat([
    Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n`),
    Buffer.from(body),
  ]);
}

/** Expects a coded error in JSON that may not be stored, and that repeats nothing of the request. */
export function expectRefusal(answer: RawAnswer | undefined, status: number, code: string | RegExp): void {
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.text ?? '{}').errors).toEqual([
    { message: expect.any(String), extensions: { code: expect.stringMatching(code) } },
  ]);
  expect(answer?.headers).toMatchObject({
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect(answer?.text).not.toContain(SECRET);
}

const open: RawConnection[] = [];
afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

export async function connection(to: TestGateway): Promise<RawConnection> {
  const opened = await RawConnection.to(to.url);
  open.push(opened);
  return opened;
}

/** The first response to some bytes. */
export async function firstAnswer(to: TestGateway, bytes: string | Buffer): Promise<RawAnswer> {
  const asking = await connection(to);
  asking.send(bytes);
  await expect.poll(() => asking.answers().length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
  return asking.answers()[0]!;
}
