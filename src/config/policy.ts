// Where the product's data about its privacy policy lies.
import { productRoot } from './catalogue.js';
import type { SettingsReader } from './settings.js';

const folder = `${productRoot}policy/`;

/** Countries and their age of majority. */
export const agesFile = `${folder}ages.json`;
/** Who gets which data, and why. */
export const processorsFile = `${folder}processors.json`;
/** Where marketing needs no consent. */
export const marketingLawFile = `${folder}marketing-law.json`;
/** What is kept, about whom, why and for how long. */
export const dataInventoryFile = `${folder}what-we-keep.json`;
/** To whom people complain, by country. */
export const authoritiesFile = `${folder}authorities.json`;
/** Which law a rights request is answered under. */
export const privacyLawsFile = `${folder}privacy-laws.json`;
/** Marketing channels and platforms that are distinguished. */
export const channelsFile = `${folder}channels.json`;

/** The list of the policy's versions; the texts lie beside it. */
export function policyFile(read: SettingsReader): string {
  return read.text('POLICY', `${folder}versions.json`);
}
