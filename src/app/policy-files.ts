// The files in which the operator declares what the law, the privacy policy and the product mean to this installation. All of
// them are checked when the gateway starts.
import { locationsFile } from '../config/catalogue.js';
import {
  agesFile,
  authoritiesFile,
  channelsFile,
  dataInventoryFile,
  marketingLawFile,
  privacyLawsFile,
  processorsFile,
} from '../config/policy.js';
import { loadAges } from '../services/account/age.js';
import { loadDataInventory } from '../services/data-inventory/data-inventory.js';
import { loadChannels } from '../services/marketing/channel.js';
import { loadOptOutCountries, loadSubjectMarks } from '../services/marketing/marketing-law.js';
import { loadAuthorities } from '../services/policy/authorities.js';
import { loadPrivacyLaws } from '../services/policy/laws.js';
import { loadProcessors } from '../services/policy/processors.js';
import { loadLocations } from '../services/usage/locations.js';

export type PolicyFiles = Awaited<ReturnType<typeof loadPolicyFiles>>;

/** Rejects with PolicyFileError at the first file that is not right. */
export async function loadPolicyFiles() {
  const ages = await loadAges(agesFile);
  const processors = await loadProcessors(processorsFile);
  const optOutCountries = await loadOptOutCountries(marketingLawFile);
  const subjectMarks = await loadSubjectMarks(marketingLawFile);
  const channels = await loadChannels(channelsFile);
  const locations = await loadLocations(locationsFile);
  const authorities = await loadAuthorities(authoritiesFile);
  const laws = await loadPrivacyLaws(privacyLawsFile);
  const kept = await loadDataInventory(dataInventoryFile, laws);
  return { ages, processors, optOutCountries, subjectMarks, channels, locations, authorities, laws, kept };
}
