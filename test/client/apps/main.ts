// What the tests have each bundler build and each runtime run: a request, and the first result of a subscription.
import { GatewayClient, NetworksChanged, ViewerAccount } from '@cyberspacevpn/client';

declare const given: { url: string; token: string; show(seen: unknown): void };

async function main() {
  const client = new GatewayClient({ url: given.url, token: given.token });
  const { viewer } = await client.request(ViewerAccount);
  given.show(viewer.account.email);
  for await (const { networksChanged } of client.subscribe(NetworksChanged)) {
    given.show(networksChanged.map(({ name }) => name));
    break;
  }
}

void main();
