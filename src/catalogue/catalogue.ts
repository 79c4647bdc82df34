// The catalogue: which streaming services are relayed, and through which relays of which regions. It is valid as a whole, or rejected.
import { basename } from 'node:path';
import type { z } from 'zod';
import { readJsonFile } from '../lib/json-file.js';
import { OperatorError } from '../lib/operator-error.js';
import { exampleErrors } from './examples.js';
import type { Portal, Region } from './regions.js';
import { regionsFile, servicesFile } from './schema.js';

export interface Service {
  readonly id: string;
  readonly name: string;
  /** Lower-case A-labels without a trailing dot. Each matches the name itself and every name below it. */
  readonly domains: readonly string[];
}

export interface Catalogue {
  readonly services: readonly Service[];
  readonly regions: readonly Region[];
  /** The id of one of `regions`. */
  readonly defaultRegion: string;
  readonly portal: Portal;
  /** The addresses that people enter in their devices. */
  readonly dnsServers: readonly string[];
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
  /** Replaces the servers in the file of regions, unless it is empty. */
  readonly dnsServers?: readonly string[];
  /** Whether addresses and names that can only be examples are rejected, as in production. */
  readonly refusesExamples?: boolean;
}

/** Reads both files into one catalogue. Rejects with CatalogueError, which has all errors of both. */
export async function loadCatalogue(files: CatalogueFiles): Promise<Catalogue> {
  const [services, regions] = await Promise.all([
    readJsonFile(files.catalogueFile, servicesFile, 'CATALOGUE'),
    readJsonFile(files.regionsFile, regionsFile, 'REGIONS'),
  ]);
  const shapeErrors = [services, regions].flatMap((read) => ('errors' in read ? read.errors : []));
  const inServices = `${basename(files.catalogueFile)}: `;
  const inRegions = `${basename(files.regionsFile)}: `;
  const named = 'value' in services ? services.value.services : [];
  const errors = [
    ...shapeErrors,
    ...serviceErrors(named).map((error) => inServices + error),
    ...('value' in regions
      ? allRegionErrors(regions.value, named, files).map((error) => inRegions + error)
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
  };
}

interface Placed {
  readonly place: string;
  readonly value: string;
}

function serviceErrors(services: readonly Service[]): string[] {
  return [
    ...repeated(services.map(({ id }, index) => ({ place: `services[${index}].id`, value: id }))),
    ...overlapping(placedDomains(services)),
  ];
}

function placedDomains(services: readonly Service[]): Placed[] {
  return services.flatMap(({ domains }, index) =>
    domains.map((value, at) => ({ place: `services[${index}].domains[${at}]`, value })),
  );
}

/** Does not check `dnsServers` of the file when a setting replaces them. */
function allRegionErrors(
  file: z.output<typeof regionsFile>,
  services: readonly Service[],
  { dnsServers = [], refusesExamples = false }: CatalogueFiles,
): string[] {
  const errors = regionErrors(file, services);
  if (!refusesExamples) return errors;
  return [...errors, ...exampleErrors({ ...file, dnsServers: dnsServers.length > 0 ? [] : file.dnsServers })];
}

function regionErrors(file: z.output<typeof regionsFile>, services: readonly Service[]): string[] {
  const { regions, defaultRegion, portal } = file;
  const errors = [
    ...repeated(regions.map(({ id }, index) => ({ place: `regions[${index}].id`, value: id }))),
    ...repeated(placedRelays(regions, 'ipv4')),
    ...repeated(placedRelays(regions, 'ipv6')),
    ...repeated(portal.names.map((value, index) => ({ place: `portal.names[${index}]`, value }))),
  ];
  if (!regions.some(({ id }) => id === defaultRegion)) {
    errors.push(`defaultRegion: "${defaultRegion}" is not the id of a region`);
  }
  for (const [index, { relays }] of regions.entries()) {
    if (!relays.some((relay) => relay.inService)) {
      errors.push(`regions[${index}].relays: must have at least one relay in service`);
    }
  }
  const domains = new Map(placedDomains(services).map(({ place, value }) => [value, place]));
  for (const [index, name] of portal.names.entries()) {
    const above = withParents(name).find((each) => domains.has(each));
    if (above === undefined) continue;
    errors.push(`portal.names[${index}]: "${name}" belongs to a service ("${above}", ${domains.get(above)})`);
  }
  return errors;
}

function placedRelays(regions: readonly Region[], family: 'ipv4' | 'ipv6'): Placed[] {
  return regions.flatMap(({ relays }, index) =>
    relays.flatMap((relay, at) => {
      const value = relay[family];
      return value === null ? [] : [{ place: `regions[${index}].relays[${at}].${family}`, value }];
    }),
  );
}

/** Errors of values that occur earlier in the list. */
function repeated(list: readonly Placed[]): string[] {
  const first = new Map<string, string>();
  return list.flatMap(({ place, value }) => {
    const before = first.get(value);
    if (before === undefined) first.set(value, place);
    return before === undefined ? [] : [`${place}: "${value}" is already at ${before}`];
  });
}

/** Errors of domains that occur twice, or lie below another domain, which matches them already. */
function overlapping(list: readonly Placed[]): string[] {
  const first = new Map<string, string>();
  for (const { place, value } of list) if (!first.has(value)) first.set(value, place);
  return list.flatMap(({ place, value }) => {
    if (first.get(value) !== place) return [`${place}: "${value}" is already at ${first.get(value)}`];
    const above = withParents(value)
      .slice(1)
      .find((parent) => first.has(parent));
    return above === undefined ? [] : [`${place}: "${value}" lies below "${above}" at ${first.get(above)}`];
  });
}

/** The name and each name above it: `a.b.c`, `b.c`, `c`. */
function withParents(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
