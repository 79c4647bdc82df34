// The catalogue of a running process: replaced by a valid new one, and kept when the new one has errors.

import type { Logger } from '../runtime/log.js';
import { type Catalogue, CatalogueError, type CatalogueFiles, loadCatalogue } from './catalogue.js';

export interface LiveCatalogue {
  current(): Catalogue;
  /** Reads the files again. Never rejects: errors are counted in the log, and `catalogue check` prints them. */
  reload(): Promise<void>;
}

/** Rejects with CatalogueError when the first catalogue has errors. `onReload` is called with each later one. */
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
        const count = error instanceof CatalogueError ? error.errors.length : 1;
        log.warn('catalogue.refused', { part: 'catalogue', count });
      }
    },
  };
}
