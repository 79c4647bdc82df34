// The profile of a network: all that the edge needs to know of it, as canonical text. Many networks have the same profile.

/** The families by which the devices of a network reach a relay. */
export const FAMILIES = ['4', '6', '46'] as const;
export type Families = (typeof FAMILIES)[number];

/** Where the devices of a network appear to be. */
export interface Preferences {
  /** A region id. Null: the region in which the service is licensed, or else the default region. */
  readonly region: string | null;
  /** Region ids of single services, by the group or else the id of the service. */
  readonly serviceRegions: ReadonlyMap<string, string>;
}

export interface Profile extends Preferences {
  readonly families: Families;
}

export const NO_PREFERENCES: Preferences = { region: null, serviceRegions: new Map() };

const ID = '[a-z0-9]+(?:-[a-z0-9]+)*';
const PREFERENCES = new RegExp(`^(-|${ID})((?:;${ID}=${ID})*)$`);

/**
 * `us;bbc-iplayer=uk;itvx=uk`; `-` stands for no region. Services stand in the order of their ids, so that equal preferences
 * have equal texts. Throws RangeError on what is no id.
 */
export function encodePreferences({ region, serviceRegions }: Preferences): string {
  const sorted = [...serviceRegions].sort(([one], [other]) => (one < other ? -1 : 1));
  const text = [region ?? '-', ...sorted.map(([service, each]) => `${service}=${each}`)].join(';');
  if (!PREFERENCES.test(text)) throw new RangeError('a region or a service is no id');
  return text;
}

/** Null: the text is not in the form of `encodePreferences`. */
export function decodePreferences(text: string): Preferences | null {
  const match = PREFERENCES.exec(text);
  if (match === null) return null;
  const pairs = match[2]!.split(';').slice(1);
  const serviceRegions = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]));
  return { region: match[1] === '-' ? null : match[1]!, serviceRegions };
}

/** The families, and the preferences: `46;us;bbc-iplayer=uk`. */
export function encodeProfile(profile: Profile): string {
  return `${profile.families};${encodePreferences(profile)}`;
}

/** Null: the text is not in the form of `encodeProfile`. */
export function decodeProfile(text: string): Profile | null {
  const end = text.indexOf(';');
  const families = FAMILIES.find((each) => each === text.slice(0, end));
  const preferences = decodePreferences(text.slice(end + 1));
  return families === undefined || preferences === null ? null : { families, ...preferences };
}

/** The profile of a prefix that stands alone: its own family, and one region for all services. */
export function plainProfile({ family }: { readonly family: 4 | 6 }, region: string | null): Profile {
  return { families: family === 4 ? '4' : '6', region, serviceRegions: new Map() };
}

/** A profile that was read from the store. Throws on a malformed one. */
export function storedProfile(text: string): Profile {
  const profile = decodeProfile(text);
  if (profile === null) throw new Error('the store has a malformed profile');
  return profile;
}
