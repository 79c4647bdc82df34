import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { mediaTypeOf } from '../../src/services/rights/documents.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import { RawConnection } from '../support/http/raw-http.js';
import { tokenIn } from '../support/mail-server.js';

const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 2, 0xff, 0xd9]);

describe('the type of a document', () => {
  it('is what its content shows, and only when that is whole', () => {
    expect([PDF, PNG, JPEG].map(mediaTypeOf)).toEqual(['application/pdf', 'image/png', 'image/jpeg']);
    const cut = [PDF, PNG, JPEG].map((bytes) => bytes.subarray(0, -7));
    const strange = [Buffer.alloc(0), Buffer.from('<html>%PDF-%%EOF'), Buffer.from('GIF89a')];
    expect([...cut, ...strange].map(mediaTypeOf)).toEqual(Array(6).fill(null));
  });
});

describe('documents of a request', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url } }));

  const put = (kind: string, reference: string, body: Buffer, type = 'application/pdf') =>
    fetch(new URL(`/rights-requests/${kind}`, gateway.url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${reference}`, 'content-type': type },
      body: new Uint8Array(body),
    });
  /** An upload of which the last byte never comes; resolves when the gateway has begun to read it, or answered. */
  async function held(reference: string): Promise<RawConnection> {
    const connection = await RawConnection.to(gateway.url);
    connection.send(
      `PUT /rights-requests/permission HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${reference}\r\n` +
        'content-type: application/pdf\r\ncontent-length: 10000\r\nexpect: 100-continue\r\n\r\n',
    );
    await once(connection.socket, 'data');
    return connection;
  }

  async function byAgent(): Promise<{ rightsRequest: { id: string; status: string }; reference: string }> {
    const agent = 'agent: { name: "Data Helpers", email: "desk@agents.example" }';
    const input = `kind: ACCESS, email: "anna@example.com", ${agent}`;
    const query = `mutation { submitRightsRequest(input: { ${input} }) { reference rightsRequest { id status } } }`;
    return (await gateway.call({ query })).data.submitRightsRequest;
  }
  const status = async (reference: string) => {
    const query = `{ rightsRequest(reference: "${reference}") { status } }`;
    return (await gateway.call({ query })).data.rightsRequest.status;
  };

  it('begin the identification when the permission comes, and are sealed until the decision', async () => {
    const { rightsRequest: request, reference } = await byAgent();
    expect(request.status).toBe('SUBMITTED');
    expect((await put('permission', reference, PDF)).status).toBe(204);
    expect(await status(reference)).toBe('SUBMITTED');
    const token = tokenIn(await mails.next('desk@agents.example'));
    const confirm = `mutation { confirmRightsAgent(input: { token: "${token}" }) { userErrors { code } } }`;
    const confirmed = async () => (await gateway.call({ query: confirm })).data.confirmRightsAgent.userErrors;
    expect(await confirmed()).toEqual([]);
    expect(await confirmed()).toEqual([{ code: 'LINK_INVALID' }]);
    expect(await status(reference)).toBe('IDENTITY_REQUIRED');
    const [row] = await gateway.query('SELECT * FROM rights_request_document');
    expect(row).toMatchObject({ kind: 'permission', media_type: 'application/pdf', bytes: PDF.length });
    expect(JSON.stringify(row)).not.toContain(PDF.toString('base64url').slice(0, 20));

    const document = new URL(`/rights-requests/documents/${row!.id}`, gateway.url);
    const read = async (token: string) => fetch(document, { headers: { authorization: `Bearer ${token}` } });
    const officer = await gateway.dpo();
    expect((await read(await gateway.admin())).status).toBe(403);
    const shown = await read(officer);
    expect(Buffer.from(await shown.arrayBuffer()).equals(PDF)).toBe(true);
    expect(shown.headers.get('content-disposition')).toMatch(/^attachment/);
    const queue = '{ rightsRequests { edges { agentName documents { id kind mediaType bytes } } } }';
    expect((await gateway.call({ query: queue, token: officer })).data.rightsRequests.edges).toEqual([
      {
        agentName: 'Data Helpers',
        documents: [{ id: row!.id, kind: 'permission', mediaType: 'application/pdf', bytes: PDF.length }],
      },
    ]);

    for (const operation of [
      'takeRightsRequest(input: { id: "ID" })',
      'denyRightsRequest(input: { id: "ID", reason: PERMISSION_UNSIGNED })',
    ]) {
      const query = `mutation { ${operation.replace('ID', request.id)} { userErrors { code } } }`;
      const { data } = await gateway.call({ query, token: officer });
      expect(Object.values(data)).toEqual([{ userErrors: [] }]);
    }
    expect(await gateway.query('SELECT FROM rights_request_document')).toEqual([]);
    expect((await read(officer)).status).toBe(404);
    expect((await put('permission', reference, PDF)).status).toBe(409);
  });

  it('are refused without a reference, of another type than they say, and when they are too large', async () => {
    const { reference } = await byAgent();
    expect((await put('permission', 'x', PDF)).status).toBe(401);
    expect((await put('permission', reference, Buffer.from('<html>'), 'application/pdf')).status).toBe(415);
    const large = Buffer.concat([PNG.subarray(0, 8), Buffer.alloc(10 * 1024 * 1024), PNG.subarray(-8)]);
    expect((await put('permission', reference, large, 'image/png')).status).toBe(413);
    expect(await status(reference)).toBe('SUBMITTED');
    const whole = Buffer.concat([PNG.subarray(0, 8), Buffer.alloc(9 * 1024 * 1024), PNG.subarray(-8)]);
    expect((await put('permission', reference, whole, 'image/png')).status).toBe(204);
    expect((await put('evidence', reference, JPEG, 'image/jpeg')).status).toBe(204);
    const stored = await gateway.query('SELECT kind, bytes FROM rights_request_document ORDER BY kind');
    expect(stored).toEqual([
      { kind: 'evidence', bytes: JPEG.length },
      { kind: 'permission', bytes: whole.length },
    ]);
  });

  it('are two at once from a source at most, and others have room again when one has ended', async () => {
    const { reference } = await byAgent();
    const first = await held(reference);
    const second = await held(reference);
    const third = await put('permission', reference, PDF);
    expect(third.status).toBe(503);
    expect(third.headers.get('retry-after')).toBe('60');
    expect(await third.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    first.close();
    await expect.poll(async () => (await put('permission', reference, PDF)).status).toBe(204);
    second.close();
  });

  it('are counted before anything of them is read', async () => {
    const { reference } = await byAgent();
    // Those of the tests before count, too.
    let status = 0;
    for (let index = 0; index <= 30 && status !== 429; index += 1) {
      status = (await put('evidence', reference, Buffer.from('no document'))).status;
    }
    expect(status).toBe(429);
    const connection = await RawConnection.to(gateway.url);
    connection.send(
      `PUT /rights-requests/evidence HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${reference}\r\n` +
        'content-type: application/pdf\r\ncontent-length: 10000000\r\n\r\n',
    );
    await expect.poll(() => connection.answers()[0]?.status).toBe(429);
    connection.close();
  });
});

describe('documents of strangers', () => {
  const gateway = useGateway();

  it('fill a limit of their own, and never keep out those of people who are identified', async () => {
    const ask =
      'mutation { submitRightsRequest(input: { kind: ACCESS, email: "anna@example.com" }) { reference } }';
    const stranger: string = (await gateway.call({ query: ask })).data.submitRightsRequest.reference;
    const put = async (kind: string, reference: string) => {
      const answer = await fetch(new URL(`/rights-requests/${kind}`, gateway.url), {
        method: 'PUT',
        headers: { authorization: `Bearer ${reference}`, 'content-type': 'application/pdf' },
        body: new Uint8Array(PDF),
      });
      return answer.status;
    };
    const owner = await gateway.account({ country: 'DE' });
    const query =
      'mutation { submitRightsRequest(input: { kind: COMPLAINT, statement: "x" }) { reference } }';
    const { data } = await gateway.call({ query, token: owner.token, headers: owner.fresh });
    const own: string = data.submitRightsRequest.reference;
    // 10 GiB in the register, and a few bytes on the disk.
    await gateway.query(
      `WITH request AS (
         INSERT INTO rights_request (id, kind, status, law, received_on)
         SELECT gen_random_uuid(), 'access', 'identity-required', 'gdpr', current_date FROM generate_series(1, 1024)
         RETURNING id
       ), subject AS (
         INSERT INTO rights_request_subject (request_id, sealed_email, email_digest, links_sent, expires_on)
         SELECT id, 'x', repeat('x', 43), 0, current_date + 7 FROM request
       )
       INSERT INTO rights_request_document (id, request_id, kind, media_type, bytes, sealed_content)
       SELECT gen_random_uuid(), id, 'evidence', 'application/pdf', 10485760, 'x' FROM request`,
    );
    expect(await put('evidence', stranger)).toBe(503);
    expect(await put('evidence', own)).toBe(204);
  });
});
