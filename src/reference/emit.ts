// Writes the generated pages of docs/reference: `npm run reference`.
import 'reflect-metadata';
import { readFile, writeFile } from 'node:fs/promises';
import { productRoot } from '../config/catalogue.js';
import { referencePages } from './pages.js';

for (const [name, text] of Object.entries(await referencePages())) {
  const file = `${productRoot}docs/reference/${name}`;
  if (text !== (await readFile(file, 'utf8').catch(() => ''))) await writeFile(file, text);
}
