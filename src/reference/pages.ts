// The pages of docs/reference that are generated, each from what the code goes by.
import { commandLinePage } from './command-line.js';
import { errorsPage } from './errors.js';
import { mailsPage } from './mails.js';
import { metricsPage } from './metrics.js';
import { permissionsPage } from './permissions.js';
import { settingsPage } from './settings.js';

const GENERATED =
  '<!-- Generated from the code by `npm run reference`. Change the code, not this file. -->\n\n';

/** Texts by file name in docs/reference. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const pages = {
    'settings.md': settingsPage(),
    'command-line.md': await commandLinePage(),
    'metrics.md': metricsPage(),
    'errors.md': errorsPage(),
    'permissions.md': permissionsPage(),
    'mails.md': mailsPage(),
  };
  return Object.fromEntries(Object.entries(pages).map(([name, text]) => [name, GENERATED + text]));
}
