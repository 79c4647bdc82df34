// The catalogue: which streaming services are relayed, and through which relays of which regions. It is valid as a whole, or rejected.
import { basename } from 'node:path';
import type { z } from 'zod';
import { readJsonFile } from '../lib/json-file.js';
import { OperatorError } from '../lib/operator-error.js';
import { Coverage } from './coverage.js';
import { exampleErrors } from './examples.js';
import { regionErrors } from './region-errors.js';
import type { Portal, Region } from './regions.js';
import { regionsFile, servicesFile } from './schema.js';
import { serviceErrors } from './service-errors.js';
import type { Service } from './services.js';

export interface Catalogue {
  readonly services: readonly Service[];
  readonly regions: readonly Region[];
  /** The id of one of `regions`. */
  readonly defaultRegion: string;
  readonly portal: Portal;
  /** The addresses that people enter in their devices. */
  readonly dnsServers: readonly string[];
  /** The names of these servers for DoT and DoH. */
  readonly dnsNames: readonly string[];
}

/** `message` has one error per line: file, place in the file, and what is wrong. */
export class CatalogueError extends OperatorError {
  constructor(readonly errors: readonly string[]) {
    super(errors.join('\n'));
  }
}

export interface CatalogueFiles {
  readonly catalogueFile: string;
  readonly regionsFile: string;
  /** Which of them a person has named, and no setting. */
  readonly given?: { readonly catalogue: boolean; readonly regions: boolean };
  /** Replaces the servers in the file of regions, unless it is empty. */
  readonly dnsServers?: readonly string[];
  /** Whether addresses and names that can only be examples are rejected, as in production. */
  readonly refusesExamples?: boolean;
}

/** Reads both files into one catalogue. Rejects with CatalogueError, which has all errors of both. */
export async function loadCatalogue(files: CatalogueFiles): Promise<Catalogue> {
  const [services, regions] = await Promise.all([
    readJsonFile(files.catalogueFile, servicesFile, files.given?.catalogue ? undefined : 'CATALOGUE'),
    readJsonFile(files.regionsFile, regionsFile, files.given?.regions ? undefined : 'REGIONS'),
  ]);
  const shapeErrors = [services, regions].flatMap((read) => ('errors' in read ? read.errors : []));
  const inServices = `${basename(files.catalogueFile)}: `;
  const inRegions = `${basename(files.regionsFile)}: `;
  const named = 'value' in services ? services.value.services : [];
  const coverage = new Coverage(named);
  const errors = [
    ...shapeErrors,
    ...serviceErrors(named, coverage).map((error) => inServices + error),
    ...('value' in regions
      ? allRegionErrors(regions.value, coverage, files).map((error) => inRegions + error)
      : []),
  ];
  if (errors.length > 0 || 'errors' in services || 'errors' in regions) throw new CatalogueError(errors);
  const { portal, defaultRegion } = regions.value;
  const { dnsServers = [] } = files;
  return {
    services: named,
    regions: regions.value.regions,
    defaultRegion,
    portal,
    dnsServers: dnsServers.length > 0 ? dnsServers : regions.value.dnsServers,
    dnsNames: regions.value.dnsNames,
  };
}

/** Does not check `dnsServers` of the file when a setting replaces them. */
function allRegionErrors(
  file: z.output<typeof regionsFile>,
  coverage: Coverage,
  { dnsServers = [], refusesExamples = false }: CatalogueFiles,
): string[] {
  const errors = regionErrors(file, coverage, dnsServers);
  if (!refusesExamples) return errors;
  return [...errors, ...exampleErrors({ ...file, dnsServers: dnsServers.length > 0 ? [] : file.dnsServers })];
}
