// The data export of a person, as the data inventory describes it: streamed row by row, and on the
// same day of the same data the same bytes.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DataSource, EntityManager } from 'typeorm';
import { ZipFile } from 'yazl';
import { type Clock, type Day, today } from '../../../lib/calendar.js';
import { localeOf } from '../../../lib/locale.js';
import type { Authorities } from '../../policy/authorities.js';
import type { PrivacyLaws } from '../../policy/laws.js';
import type { ProcessorRegister } from '../../policy/processors.js';
import { csvOf, inBlocks, jsonOf, once, schemaOf } from './export-files.js';
import { type Controller, type Section, writePage } from './export-page.js';
import { factsOf, type PersonFacts, recipientsOf } from './export-recipients.js';
import { ExportSheets, type SheetParts } from './export-sheets.js';

/** Called with the number of rows written so far, and of all rows. */
type Progress = (written: number, all: number) => void;

export class DataExportBuilder {
  private readonly sheets: ExportSheets;

  constructor(
    private readonly parts: SheetParts & {
      readonly database: DataSource;
      readonly processors: ProcessorRegister;
      readonly authorities: Authorities;
      readonly laws: PrivacyLaws;
      readonly controller: Controller;
      readonly clock: Clock;
    },
  ) {
    this.sheets = new ExportSheets(parts);
  }

  /** The bytes of a ZIP file. */
  async *build(accountId: string, progress: Progress = () => {}): AsyncGenerator<Buffer> {
    const runner = this.parts.database.createQueryRunner();
    try {
      // One state of the database, however long it takes.
      await runner.startTransaction('REPEATABLE READ');
      await runner.query('SET TRANSACTION READ ONLY');
      yield* this.zip(runner.manager, accountId, progress);
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      await runner.release();
    }
  }

  private async *zip(manager: EntityManager, accountId: string, progress: Progress): AsyncGenerator<Buffer> {
    const facts = await factsOf(manager, accountId);
    // Erased meanwhile.
    if (facts === null) return;
    const sheets = await this.sheets.of(manager, accountId);
    // Each row is written twice: as JSON, and as CSV.
    const all = 2 * (await this.sheets.count(manager, accountId));
    let written = 0;
    const count = (rows: number) => {
      written += rows;
      progress(written, Math.max(all, written));
    };

    const day = today(this.parts.clock());
    const zip = new ZipFile();
    const sums: { path: string; bytes: number; sha256: string }[] = [];
    const add = (path: string, content: () => AsyncIterable<string>) => {
      const hash = createHash('sha256');
      async function* bytes() {
        let length = 0;
        for await (const block of inBlocks(content())) {
          hash.update(block);
          length += block.length;
          yield block;
        }
        sums.push({ path, bytes: length, sha256: hash.digest('hex') });
      }
      const stream = Readable.from(bytes(), { objectMode: false });
      stream.on('error', (error) => zip.emit('error', error));
      zip.addReadStream(stream, path, { mtime: noonOf(day), forceDosTimestamp: true });
    };

    const topics = [...new Set(sheets.map(({ topic }) => topic))];
    for (const topic of topics) {
      const ofTopic = sheets.filter((sheet) => sheet.topic === topic);
      add(`schemas/${topic}.schema.json`, () => once(schemaOf(topic, ofTopic)));
      add(`data/${topic}.json`, () => jsonOf(ofTopic, count));
    }
    for (const sheet of sheets) add(`tables/${sheet.name}.csv`, () => csvOf(sheet, count));
    const sections = sheets.map(({ section }) => section);
    add('index.html', () => once(this.page(day, sections, facts)));
    add('manifest.json', () => once(`${JSON.stringify({ madeOn: day, files: [...sums] }, null, 2)}\n`));
    zip.end();
    const output = zip.outputStream as Readable;
    zip.on('error', (error: Error) => output.destroy(error));
    for await (const chunk of output) yield chunk as Buffer;
  }

  /** When all sections have been read. */
  private page(day: Day, sections: readonly Section[], facts: PersonFacts): string {
    const { kept, processors, authorities, laws, controller } = this.parts;
    const locale = localeOf(facts.locale);
    const { page: texts } = kept;
    const hasNetwork = sections.some(({ name, count }) => name === 'networks' && count > 0);
    const recipients = recipientsOf(processors, facts, hasNetwork, locale);
    const authority = authorities.of(facts.country);
    const { values } = texts;
    return writePage({
      locale,
      day,
      sections,
      texts,
      values,
      laws,
      processors,
      recipients,
      authority,
      controller,
    });
  }
}

/**
 * Times in a ZIP file have no time zone, and the library writes local times. It gets noon, which stays on the same day in every zone
 * out when its clocks change.
 */
function noonOf(day: Day): Date {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return new Date(year, month - 1, date, 12);
}
