// Stand-ins for the pages of the portal under `npm start`. Each page that a mail leads to has a button for its operation, and a
// line for a terminal. Only `npm start` serves them, and only on this machine.
import { escaped } from '../lib/html.js';

interface Action {
  /** The mutation, and the field of its payload that says something, if there is one. */
  readonly mutation: string;
  readonly input: string;
  readonly answer: string;
  /** Inputs that the person enters; all else is the link's token. */
  readonly fields: readonly {
    readonly name: string;
    readonly label: string;
    readonly type: 'password' | 'text';
  }[];
}

interface PortalPage {
  readonly title: string;
  readonly text: string;
  readonly action?: Action;
  /** What a page without a button leads on to. */
  readonly query?: string;
}

const password = (name: string, label: string) => ({ name, label, type: 'password' as const });

export const PORTAL_PAGES: Readonly<Record<string, PortalPage>> = {
  '/confirm-sign-up': {
    title: 'Confirm the sign-up',
    text: 'Creates the account and signs in, with the password that was chosen when signing up.',
    action: {
      mutation: 'confirmSignUp',
      input: 'ConfirmSignUpInput',
      answer: 'session { account { email } }',
      fields: [password('password', 'Password')],
    },
  },
  '/reset-password': {
    title: 'Choose another password',
    text: 'Replaces the password. All sessions of the account end.',
    action: {
      mutation: 'resetPassword',
      input: 'ResetPasswordInput',
      answer: '',
      fields: [password('newPassword', 'New password')],
    },
  },
  '/confirm-email-change': {
    title: 'Confirm the change of the e-mail address',
    text: 'Both the old and the new address get such a link. The address changes when both have confirmed.',
    action: {
      mutation: 'confirmEmailChange',
      input: 'ConfirmEmailChangeInput',
      answer: 'emailChanged',
      fields: [],
    },
  },
  '/confirm-privacy-request': {
    title: 'Confirm the privacy request',
    text: 'Shows that the request comes from the owner of the address.',
    action: {
      mutation: 'confirmRightsRequest',
      input: 'ConfirmRightsRequestInput',
      answer: 'rightsRequest { id kind status dueOn }',
      fields: [],
    },
  },
  '/confirm-agent': {
    title: 'Confirm the agent’s address',
    text: 'An agent that asks for somebody else shows here that the address is its own.',
    action: {
      mutation: 'confirmRightsAgent',
      input: 'ConfirmRightsAgentInput',
      answer: '',
      fields: [],
    },
  },
  '/privacy-requests': {
    title: 'Privacy requests',
    text: 'A customer who is signed in sees here how far their requests are.',
    query: '{ viewer { rightsRequests { id kind status dueOn } } }',
  },
  '/case-queue': {
    title: 'Case queue',
    text: 'The data protection officer decides requests here.',
    query: '{ rightsRequests(first: 20) { totalCount edges { node { id kind status dueOn } } } }',
  },
  '/privacy-policy': {
    title: 'The privacy policy',
    text: 'The policy that is in force.',
    query: '{ policy { version effectiveOn text } }',
  },
};

/** The inside of one of PORTAL_PAGES. `graphqlPort`: where the gateway is, on this machine. */
export function portalBody(path: string, graphqlPort: number): string {
  const { title, text, action, query } = PORTAL_PAGES[path]!;
  const operation = action === undefined ? query! : mutationText(action);
  const fields = (action?.fields ?? []).map(
    ({ name, label, type }) =>
      `<p><label>${escaped(label)} <input name="${name}" type="${type}" required autocomplete="off"></label></p>`,
  );
  const label = action === undefined ? 'Show' : 'Do it';
  return `<p><a href="/">All mails</a></p>
    <h1>${escaped(title)}</h1>
    <p>${escaped(text)} The portal has a page here; under <code>npm start</code> this one stands in for it.</p>
    <form data-port="${graphqlPort}" data-query="${escaped(operation)}" data-token="${action === undefined ? 'no' : 'yes'}">
    ${fields.join('\n')}
    <p><button>${label}</button></p>
    </form>
    <h2>In a terminal</h2>
    <pre id="line">This page needs JavaScript to show the line with the link’s token.</pre>
    <h2>Answer</h2>
    <pre id="answer"></pre>
    <script src="/portal.js"></script>`;
}

function mutationText({ mutation, input, answer }: Action): string {
  return `mutation ($input: ${input}!) { ${mutation}(input: $input) { ${answer} userErrors { message } } }`;
}

/**
 * The token is read out of the fragment, which goes to no server but the gateway. The gateway is asked under the page's own
 * host name, because a session's cookie counts for one host name: localhost, or 127.0.0.1.
 */
export const PORTAL_SCRIPT = `
const form = document.querySelector('form');
const show = (id, text) => { document.getElementById(id).textContent = text; };
const { port, query, token: wantsToken } = form.dataset;
const url = 'http://' + location.hostname + ':' + port + '/graphql';
const token = location.hash.slice(1);
function body(entered) {
  if (wantsToken === 'no') return { query };
  return { query, variables: { input: { token, ...entered } } };
}
function line() {
  const names = [...form.elements].filter(({ name }) => name !== '').map(({ name }) => [name, '…']);
  const text = JSON.stringify(body(Object.fromEntries(names)));
  const session = wantsToken === 'no' ? " -H \\"authorization: Bearer $TOKEN\\"" : '';
  return 'curl -s ' + url + " -H 'content-type: application/json'" + session + " -d '" + text + "'";
}
if (wantsToken === 'yes' && token === '') {
  show('line', 'There is no token in the address of this page: open the link of the mail as it is.');
  form.querySelector('button').disabled = true;
} else show('line', line());
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  show('answer', '…');
  try {
    const answer = await fetch(url, {
      method: 'POST',
      credentials: 'include',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body(Object.fromEntries(new FormData(form)))),
    });
    show('answer', JSON.stringify(await answer.json(), null, 2));
  } catch {
    show('answer', 'The gateway does not answer at ' + url);
  }
});
`;
