// `catalogue`: checks the files of services and regions before a process reads them.
import type { Command } from 'commander';
import { loadCatalogue } from '../catalogue/catalogue.js';
import { write } from './output.js';
import { readConfig } from './stores.js';

export function addCatalogueCommands(root: Command): void {
  const catalogue = root.command('catalogue').description('Streaming services, regions and their relays.');
  catalogue
    .command('check')
    .description('Check the catalogue and the regions, and list all errors with their places.')
    .argument('[catalogue]', 'file of streaming services (default: CATALOGUE, or the shipped one)')
    .argument('[regions]', 'file of regions and relays (default: REGIONS, or the shipped one)')
    .addHelpText(
      'after',
      `
A running process reads changed files on SIGHUP. When they have errors, it keeps the old ones.

Examples:
  npm run cli -- catalogue check
  npm run cli -- catalogue check new-services.json new-regions.json`,
    )
    .action(check);
}

async function check(catalogueFile?: string, regionsFile?: string): Promise<void> {
  const config = await readConfig();
  const { services, regions } = await loadCatalogue({
    catalogueFile: catalogueFile ?? config.catalogueFile,
    regionsFile: regionsFile ?? config.regionsFile,
    refusesExamples: config.refusesExamples,
  });
  const domains = services.reduce((sum, service) => sum + service.domains.length, 0);
  const relays = regions.reduce((sum, region) => sum + region.relays.length, 0);
  await write(
    `ok: ${services.length} services with ${domains} domains, ${regions.length} regions with ${relays} relays\n`,
  );
}
