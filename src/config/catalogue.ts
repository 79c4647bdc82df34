// Where the catalogue and the regions lie, for every process that reads them.
import { fileURLToPath } from 'node:url';
import type { SettingsReader } from './settings.js';

/** The folder with package.json, from the sources as from the build in dist/. */
export const productRoot = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url),
);

/** The VPN locations that usage reports name. */
export const locationsFile = `${productRoot}catalogue/locations.json`;

/** What `catalogue compare` and `catalogue check --live` do not report. */
export const knownDifferencesPath = `${productRoot}catalogue/known-differences.json`;

/** The operations of the product's own frontends. */
export const productOperationsFile = `${productRoot}client/operations.json`;

export function catalogueFiles(read: SettingsReader): { catalogueFile: string; regionsFile: string } {
  return {
    catalogueFile: read.text('CATALOGUE', `${productRoot}catalogue/services.json`),
    regionsFile: read.text('REGIONS', `${productRoot}catalogue/regions.json`),
  };
}
