// The files of the page of live counts: HTML, script and style. They load nothing else, and the script keeps nothing.

export const LIVE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What this network asks</title>
<link rel="stylesheet" href="/live.css">
<script src="/live.js" defer></script>
</head>
<body>
<main>
<h1>What this network asks</h1>
<p>DNS queries that your address has sent to this server since you opened this page. Turn on the device that does not work, and start
something on it.</p>
<p id="state" role="status">Connecting</p>
<noscript><p>This page needs JavaScript. Without it, ask for the TXT record of <code>status.check.</code> and the name of the portal.</p></noscript>
<section><h2>Answers</h2><table><tbody id="kinds"></tbody></table></section>
<section><h2>Services</h2><table><tbody id="services"></tbody></table></section>
<section><h2>Transports</h2><table><tbody id="transports"></tbody></table></section>
<section><h2>Types</h2><table><tbody id="types"></tbody></table></section>
<p><button id="again" type="button" hidden>Count for another minute</button></p>
<p>Everybody behind the same address is counted together. There are no names. The counts end with this page or after a minute, and are
stored nowhere.</p>
</main>
</body>
</html>
`;

export const LIVE_STYLE = `:root { color-scheme: light dark; }
body { margin: 0; padding: 2rem 1.25rem; font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 36rem; margin: 0 auto; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.0625rem; }
table { width: 100%; border-collapse: collapse; }
th { padding: .25rem 0; font-weight: 400; text-align: start; }
td { padding: .25rem 0; text-align: end; font-variant-numeric: tabular-nums; }
section:not(:has(tr)) { display: none; }
#state { font-weight: 600; }
button { min-height: 2.75rem; padding: .5rem 1.5rem; font: inherit; }
`;

export const LIVE_SCRIPT = `'use strict';
const KINDS = {
  relayed: 'Led to a relay',
  refused: 'Refused: this address is not registered',
  cached: 'Answered from memory',
  forwarded: 'Answered by another resolver',
  stale: 'Answered with an older answer, because other resolvers do not respond',
  failed: 'Failed, because other resolvers do not respond',
  'cookie-required': 'Sent to TCP',
  'rate-limited': 'Dropped or failed: too many queries',
  unready: 'Failed: this server has no list of addresses yet',
  portal: 'The portal',
  check: 'Checks of the portal',
  'special-use': 'Names that belong to no public server',
  protocol: 'Answered by the rules of DNS',
  ignored: 'Not DNS queries',
};
const state = document.getElementById('state');
const again = document.getElementById('again');

function show(id, counts, names) {
  const rows = Object.entries(counts).map(([name, count]) => {
    const row = document.createElement('tr');
    const head = document.createElement('th');
    const cell = document.createElement('td');
    head.scope = 'row';
    head.textContent = names[name] ?? name;
    cell.textContent = String(count);
    row.append(head, cell);
    return row;
  });
  document.getElementById(id).replaceChildren(...rows);
}

function stop(text) {
  state.textContent = text;
  again.hidden = false;
}

function watch() {
  again.hidden = true;
  state.textContent = 'Connecting';
  const source = new EventSource('/counts');
  source.addEventListener('counts', ({ data }) => {
    const { kinds, services, transports, types } = JSON.parse(data);
    const isEmpty = Object.keys(kinds).length === 0;
    state.textContent = isEmpty ? 'No query yet' : 'Counting';
    show('kinds', kinds, KINDS);
    show('services', services, {});
    show('transports', transports, { udp: 'UDP', tcp: 'TCP', dot: 'DNS over TLS', doh: 'DNS over HTTPS' });
    show('types', types, { A: 'IPv4 address (A)', AAAA: 'IPv6 address (AAAA)', HTTPS: 'HTTPS', other: 'Other' });
  });
  source.addEventListener('end', () => {
    source.close();
    stop('The minute is over');
  });
  source.addEventListener('error', () => {
    source.close();
    stop('The connection has ended. Too many of these pages may be open: try again in a minute.');
  });
}

again.addEventListener('click', watch);
watch();
`;
