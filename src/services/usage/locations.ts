// The VPN locations of the product: places to connect to, not servers.
import { z } from 'zod';
import { readPolicyFile } from '../../lib/policy-file.js';

export interface Location {
  /** As nodes report it, such as `us-new-york`: never with a digit, so that no address can pass for it. */
  readonly id: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly name: string;
}

const shape = z.strictObject({
  locations: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z]{2}(-[a-z]+)+$/, 'must be a country and a place, such as us-new-york'),
        country: z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters (ISO 3166-1 alpha-2)'),
        name: z.string().min(1, 'must not be empty'),
      }),
    )
    .min(1, 'must not be empty'),
});

export class Locations {
  private readonly byId: ReadonlyMap<string, Location>;

  constructor(locations: readonly Location[]) {
    this.byId = new Map(locations.map((location) => [location.id, location]));
  }

  /** In the order of the file. */
  get ids(): readonly string[] {
    return [...this.byId.keys()];
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** A location that is no longer in the list has its id as its name: its usage is still shown. */
  describe(id: string): Location {
    return this.byId.get(id) ?? { id, country: id.slice(0, 2).toUpperCase(), name: id };
  }
}

/** Throws PolicyFileError with all errors of the file. */
export async function loadLocations(path: string): Promise<Locations> {
  const { locations } = await readPolicyFile(path, shape, (file) => [
    ...file.locations.flatMap(({ id }, index) =>
      file.locations.findIndex((other) => other.id === id) === index
        ? []
        : [`locations.${index}: an earlier one has this id`],
    ),
    ...file.locations.flatMap(({ id, country }, index) =>
      id.slice(0, 2).toUpperCase() === country
        ? []
        : [`locations.${index}: the id must begin with the country`],
    ),
  ]);
  return new Locations(locations);
}
