// A region id as the region that it names.
import type { Context } from '../../graphql/context.js';
import type { Region } from '../../schema/media-streamer/media-streamer.js';

/** Null: the default region. A region that has left the catalogue since it was chosen is shown by its id. */
export function regionOf(chosen: string | null, { services }: Context): Region {
  const id = chosen ?? services.mediaStreamer.catalogue().defaultRegion;
  const region = services.mediaStreamer.catalogue().regions.find((each) => each.id === id);
  return { id, name: region?.name ?? id };
}
