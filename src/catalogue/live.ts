// The catalogue of a running process: replaced whole by a good one, kept when the new one is broken.

import type { Logger } from '../runtime/log.js';
import { type Catalogue, CatalogueError, type CatalogueFiles, loadCatalogue } from './catalogue.js';

export interface LiveCatalogue {
  current(): Catalogue;
  /** Reads the files anew. Never rejects: what was wrong is counted in the log; `catalogue check` tells it. */
  reload(): Promise<void>;
}

/** Throws CatalogueError when the first catalogue is broken. `onReload` hears of each one that takes its place. */
export async function openCatalogue(
  files: CatalogueFiles,
  log: Logger,
  onReload: (catalogue: Catalogue) => void = () => {},
): Promise<LiveCatalogue> {
  let current = await loadCatalogue(files);
  return {
    current: () => current,
    async reload() {
      try {
        current = await loadCatalogue(files);
        onReload(current);
        log.info('catalogue.loaded', { part: 'catalogue', count: current.services.length });
      } catch (error) {
        const count = error instanceof CatalogueError ? error.faults.length : 1;
        log.warn('catalogue.refused', { part: 'catalogue', count });
      }
    },
  };
}
