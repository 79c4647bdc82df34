// A region id as the region that it names.
import type { Context } from '../../graphql/context.js';
import type { Region } from '../../schema/media-streamer/media-streamer.js';

/** A region that has left the catalogue since it was chosen is shown by its id. */
export function regionOf(id: string, { services }: Context): Region {
  const region = services.mediaStreamer.catalogue().regions.find((each) => each.id === id);
  return { id, name: region?.name ?? id };
}
