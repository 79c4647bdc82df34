// Whether the time of a response reveals that an e-mail address has an account: many tries each way over the whole product
// on this machine. Each try comes from another source address, as a patient attacker would do it.
// Options: --rounds N, --quick.
import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import pg from 'pg';
import { createPasswordHasher } from '../../src/services/sign-in/password.js';
import { type BenchProduct, withProduct } from '../product.js';
import { compare } from './compare.js';

const WARM_UP = 50;
const PASSWORD = 'not the password of anybody';
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }';
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }';
const RESET =
  'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { userErrors { code } } }';

async function measure(
  { databaseUrl, graphqlUrl: url }: BenchProduct,
  { rounds }: { readonly rounds: number },
): Promise<void> {
  console.error(`Making ${rounds} accounts …`);
  const known = await people(databaseUrl, rounds);
  const unknown = known.map(() => `${randomBytes(6).toString('hex')}@example.com`);
  let source = 0;
  const elsewhere = () => `127.${100 + (++source >> 16)}.${(source >> 8) & 255}.${source & 255}`;
  const signIn = (email: string, from: string) =>
    ask({ url, from, query: SIGN_IN, input: { email, password: PASSWORD }, refused: true });
  const signUp = (email: string) => {
    const input = { email, password: PASSWORD, country: 'DE', attestedAge: 18 };
    return ask({ url, from: elsewhere(), query: SIGN_UP, input, refused: false });
  };
  const reset = (email: string) =>
    ask({ url, from: elsewhere(), query: RESET, input: { email }, refused: false });
  for (let index = 0; index < Math.min(WARM_UP, rounds); index += 1)
    await signIn('nobody@example.com', elsewhere());

  await compare(
    { name: 'signIn, wrong password', ask: (index) => signIn(known[index]!, elsewhere()) },
    { name: 'unknown address', ask: (index) => signIn(unknown[index]!, elsewhere()) },
    rounds,
  );
  const [one, other] = [elsewhere(), elsewhere()];
  for (let tries = 0; tries < 10; tries += 1) {
    await signIn(known[0]!, one);
    await signIn(unknown[0]!, other);
  }
  await compare(
    { name: 'signIn, throttled, known address', ask: () => signIn(known[0]!, one) },
    { name: 'throttled, unknown address', ask: () => signIn(unknown[0]!, other) },
    rounds,
  );
  await compare(
    { name: 'signUp, known address', ask: (index) => signUp(known[index]!) },
    { name: 'new address', ask: (index) => signUp(unknown[index]!) },
    rounds,
  );
  await compare(
    { name: 'requestPasswordReset, known address', ask: (index) => reset(known[index]!) },
    { name: 'unknown address', ask: (index) => reset(unknown[index]!) },
    rounds,
  );
}

/** The e-mail addresses of so many new accounts. */
async function people(databaseUrl: string, count: number): Promise<string[]> {
  const hash = await (await createPasswordHasher()).hash('a long enough passphrase');
  const emails = Array.from({ length: count }, () => `${randomBytes(6).toString('hex')}@example.com`);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO account (id, email, password_hash, role)
     SELECT id, email, $3, 'user' FROM unnest($1::uuid[], $2::text[]) AS person (id, email)`,
    [emails.map(() => randomUUID()), emails, hash],
  );
  await client.query('ANALYZE account');
  await client.end();
  return emails;
}

const agent = new Agent({ keepAlive: false });

/** Asks once; rejects when the answer is a refusal and should be none, or the other way round. */
function ask(question: {
  url: string;
  from: string;
  query: string;
  input: object;
  refused: boolean;
}): Promise<void> {
  const { url, from, query, input } = question;
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, localAddress: from, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        const { data, errors } = JSON.parse(body) as Answer;
        const refused = Object.values(data ?? {})[0]?.userErrors.length === 1;
        if (errors || refused !== question.refused) reject(new Error('not the expected answer'));
        else resolve();
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query, variables: { input } }));
  });
}

interface Answer {
  readonly data?: Readonly<Record<string, { readonly userErrors: readonly unknown[] }>>;
  readonly errors?: readonly unknown[];
}

await withProduct({ rounds: { full: 1000, quick: 5, most: 10_000 } }, measure);
