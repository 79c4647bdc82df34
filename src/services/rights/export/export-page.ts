// The page that a data export opens with: everything in it for the eye, in the person's language, and what Article 15(1) and (2)
// of the GDPR asks for. It needs nothing from anywhere, and runs nothing.

import type { Day } from '../../../lib/calendar.js';
import { escaped, htmlPage } from '../../../lib/html.js';
import { dateText, numberText } from '../../../lib/locale.js';
import type { PageTexts, Topic } from '../../data-inventory/inventory-page.js';
import type { Authority } from '../../policy/authorities.js';
import type { PolicyContacts } from '../../policy/policy.js';
import type { Recipient } from './export-recipients.js';
import { countryText, shown, type ValueWords } from './export-values.js';
import { EXPORT_WORDS, type ExportWords } from './export-words.js';

export interface Section {
  /** Of the table. */
  readonly name: string;
  readonly topic: Topic;
  readonly columns: readonly string[];
  /** Of all rows. */
  count: number;
  /** The first of them. */
  rows: Readonly<Record<string, unknown>>[];
}

export interface Controller extends PolicyContacts {
  /** In one line; null where the operator has named none. */
  readonly postalAddress: string | null;
}

export interface Page extends Omit<ValueWords, 'yes' | 'no'> {
  readonly day: Day;
  readonly sections: readonly Section[];
  readonly texts: PageTexts;
  readonly recipients: readonly Recipient[];
  readonly authority: Authority;
  readonly controller: Controller;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}h3{font-size:1rem;margin-bottom:.25rem}a{color:#0b57b0}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem}th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:#f3f3f6}dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.25rem 1rem;margin:.5rem 0}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
dl.about,ul.about{color:#55555f;font-size:.875rem}
@media (prefers-color-scheme:dark){body{color:#e6e6ea;background:#16161a}a{color:#8ab8ff}th{background:#26262c}th,td,h2{border-color:#44444c}dl.about,ul.about{color:#a5a5ae}}`;

export function writePage(page: Page): string {
  const { locale, day, texts, sections } = page;
  const words = EXPORT_WORDS[locale];
  const topics = [...new Set(sections.map(({ topic }) => topic))];
  const parts = [
    ...topics.map((topic) => ({
      id: topic,
      title: texts.topics[topic][locale],
      body: sections
        .filter((section) => section.topic === topic)
        .map((section) => sectionText(section, page, words))
        .join(''),
    })),
    ...article15(page, words),
  ];
  const links = parts.map(({ id, title }) => `<li><a href="#${id}">${escaped(title)}</a></li>`);
  const body = parts.map(
    ({ id, title, body: inner }) =>
      `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>\n${inner}</section>\n`,
  );
  return htmlPage({
    lang: locale,
    title: words.title,
    head: `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    style: STYLE,
    body: `<header>
<h1>${escaped(words.title)}</h1>
${paragraph(words.intro(dateText(locale, day)))}${paragraph(words.files)}${paragraph(words.formulas)}</header>
<nav aria-label="${escaped(words.contents)}"><ul>${links.join('')}</ul></nav>
<main>
${body.join('')}</main>`,
  });
}

/** What the law wants beside the data, in its order. */
function article15(page: Page, words: ExportWords): { id: string; title: string; body: string }[] {
  const { recipients, authority, controller, locale } = page;
  const given = recipients.map(
    ({ name, owner, purpose }) => `<li><b>${escaped(name)}</b> (${escaped(owner)}): ${escaped(purpose)}</li>`,
  );
  const { postalAddress, contact, dataProtectionSpecialist } = controller;
  const text = (id: string, title: string, ...paragraphs: string[]) => ({
    id,
    title,
    body: paragraphs.map(paragraph).join(''),
  });
  return [
    {
      id: 'recipients',
      title: words.recipients,
      body: `${paragraph(words.recipientsIntro)}<ul>${given.join('')}</ul>\n`,
    },
    text('transfers', words.transfers, ...transfers(recipients, locale, words)),
    text('rights', words.rights, words.rightsText, words.complaint(authority.name, authority.url)),
    text('origin', words.origin, words.originText),
    text('machines', words.machines, words.machinesText),
    text(
      'controller',
      words.controller,
      words.controllerText(postalAddress, contact, dataProtectionSpecialist),
    ),
    {
      id: 'not-here',
      title: words.notHere,
      body: `<ul>${words.notHereText.map((each) => `<li>${escaped(each)}</li>`).join('')}</ul>\n`,
    },
  ];
}

function transfers(recipients: readonly Recipient[], locale: Page['locale'], words: ExportWords): string[] {
  const countries = [...new Set(recipients.flatMap(({ outside }) => (outside === null ? [] : [outside])))];
  if (countries.length === 0) return [words.noTransfers];
  return countries.map((country) => {
    const names = recipients.filter(({ outside }) => outside === country).map(({ name }) => name);
    return words.transfer(names.join(', '), countryText(locale, country));
  });
}

function sectionText(section: Section, page: Page, words: ExportWords): string {
  const { locale, texts } = page;
  const { title, purpose, period, withheld } = texts.tables[section.name]!;
  const about = [
    [words.why, purpose[locale]],
    [words.howLong, period[locale]],
  ];
  const facts = about.map(([name = '', value = '']) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`);
  const without = Object.values(withheld).map(
    (each) => `<li>${escaped(words.leftOut)}: ${escaped(each[locale])}</li>`,
  );
  const left = without.length === 0 ? '' : `<ul class="about">${without.join('')}</ul>`;
  const id = `t-${section.name}`;
  return `<h3 id="${id}">${escaped(title[locale])}</h3>
${dataText(section, page, words)}<dl class="about">${facts.join('')}</dl>${left}\n`;
}

function dataText(section: Section, page: Page, words: ExportWords): string {
  const { count, rows, name } = section;
  const { locale, texts } = page;
  if (count === 0) return paragraph(words.nothing);
  const columns = section.columns.flatMap((column) => {
    const label = texts.tables[name]?.columns[column] ?? null;
    return label === null ? [] : [{ column, label: label[locale], list: label.values ?? null }];
  });
  if (columns.length === 0) return paragraph(words.number(numberText(locale, count)));
  const cell = (row: Section['rows'][number], { column, list }: (typeof columns)[number]) =>
    escaped(shown(row[column], list, { ...page, yes: words.yes, no: words.no }));
  const [only] = rows;
  if (count === 1 && only !== undefined) {
    const facts = columns.map((each) => `<dt>${escaped(each.label)}</dt><dd>${cell(only, each)}</dd>`);
    return `<dl>${facts.join('')}</dl>\n`;
  }
  const head = columns.map(({ label }) => `<th scope="col">${escaped(label)}</th>`);
  const lines = rows.map(
    (row) => `<tr>${columns.map((each) => `<td>${cell(row, each)}</td>`).join('')}</tr>`,
  );
  const more = words.firstOf(
    numberText(locale, rows.length),
    numberText(locale, count),
    `tables/${name}.csv`,
  );
  // Anyone who has no mouse scrolls it when it has the focus.
  return `<div class="scroll" role="region" tabindex="0" aria-labelledby="t-${name}"><table><thead><tr>${head.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>
${count > rows.length ? paragraph(more) : ''}`;
}

function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>\n`;
}
