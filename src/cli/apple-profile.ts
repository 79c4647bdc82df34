// `apple-profile`: prints the configuration profile for Apple devices, so that an operator can sign it and serve the file.
import { type Command, Option } from 'commander';
import { loadCatalogue } from '../catalogue/catalogue.js';
import { messageOf } from '../lib/error-codes.js';
import { type AppleProtocol, appleProfile } from '../services/media-streamer/apple-profile.js';
import { CommandError, CommandLineError } from './errors.js';
import { note, write } from './output.js';
import { readConfig } from './stores.js';

const HELP = `
The gateway serves the same profile at /media-streamer.mobileconfig, without a signature. Devices show a profile as "Verified"
when the certificate of your site has signed it:

  npm run --silent cli -- apple-profile > media-streamer.mobileconfig
  openssl smime -sign -nodetach -outform der -signer site.crt -inkey site.key -certfile chain.crt \\
    -in media-streamer.mobileconfig -out signed.mobileconfig

Serve the signed file as application/x-apple-aspen-config, and make it again when the catalogue or the DNS servers change.`;

export function addAppleProfileCommand(root: Command): void {
  root
    .command('apple-profile')
    .description('Print the configuration profile for iPhone, iPad, Mac and Vision Pro.')
    .option('--region <id>', 'use the DNS name of this region (default: the name of all regions)')
    .addOption(
      new Option('--protocol <name>', 'DNS over HTTPS or over TLS')
        .choices(['https', 'tls'])
        .default('https'),
    )
    .addHelpText('after', HELP)
    .action(print);
}

async function print({
  region = null,
  protocol,
}: {
  region?: string | null;
  protocol: string;
}): Promise<void> {
  const catalogue = await loadCatalogue(await readConfig());
  if (region !== null && !catalogue.regions.some(({ id }) => id === region)) {
    throw new CommandLineError(messageOf('UNKNOWN_REGION'));
  }
  const profile = appleProfile(catalogue, { region, protocol: protocol.toUpperCase() as AppleProtocol });
  if (profile === null) {
    const place = region === null ? 'dnsNames' : 'dnsNames of this region';
    throw new CommandError(`the file of regions has no name for the DNS servers: add one to ${place}`);
  }
  await write(`${profile}\n`);
  note('This profile is not signed; apple-profile --help shows how to sign it.');
}
