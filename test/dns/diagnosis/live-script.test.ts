// The script of the page of live counts, with a document and an event source of the test's own.
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/dns/tally.js';
import { LIVE_PAGE, LIVE_SCRIPT } from '../../../src/dns/transport/live-page-files.js';

class FakeElement {
  textContent = '';
  hidden = false;
  scope = '';
  children: FakeElement[] = [];
  private readonly listeners = new Map<string, () => void>();

  append(...children: FakeElement[]): void {
    this.children.push(...children);
  }
  replaceChildren(...children: FakeElement[]): void {
    this.children = children;
  }
  addEventListener(name: string, listener: () => void): void {
    this.listeners.set(name, listener);
  }
  click(): void {
    this.listeners.get('click')!();
  }
  /** The text of each cell of each row. */
  get rows(): string[][] {
    return this.children.map((row) => row.children.map((cell) => cell.textContent));
  }
}

class FakeSource {
  isClosed = false;
  private readonly listeners = new Map<string, (event: { data?: string }) => void>();

  constructor(readonly url: string) {}
  addEventListener(name: string, listener: (event: { data?: string }) => void): void {
    this.listeners.set(name, listener);
  }
  close(): void {
    this.isClosed = true;
  }
  emit(name: string, data?: object): void {
    this.listeners.get(name)!({ ...(data && { data: JSON.stringify(data) }) });
  }
}

function open() {
  const ids = [...LIVE_PAGE.matchAll(/id="(\w+)"/g)].map(([, id]) => id!);
  const elements = new Map(ids.map((id) => [id, new FakeElement()]));
  const sources: FakeSource[] = [];
  const context = {
    document: {
      getElementById: (id: string) => elements.get(id) ?? null,
      createElement: () => new FakeElement(),
    },
    EventSource: class extends FakeSource {
      constructor(url: string) {
        super(url);
        sources.push(this);
      }
    },
  };
  runInNewContext(LIVE_SCRIPT, context);
  return { element: (id: string) => elements.get(id)!, sources };
}

const NOTHING = { transports: {}, types: {}, kinds: {}, services: {} };

describe('the page of live counts', () => {
  it('shows the counts as they come', () => {
    const { element, sources } = open();
    expect(sources.map(({ url }) => url)).toEqual(['/counts']);
    sources[0]!.emit('counts', NOTHING);
    expect(element('state').textContent).toBe('No query yet');
    sources[0]!.emit('counts', {
      transports: { udp: 2, doh: 1 },
      types: { A: 2, HTTPS: 1 },
      kinds: { relayed: 2, refused: 1 },
      services: { netflix: 2 },
    });
    expect(element('state').textContent).toBe('Counting');
    expect(element('kinds').rows).toEqual([
      ['Led to a relay', '2'],
      ['Refused: this address is not registered', '1'],
    ]);
    expect(element('services').rows).toEqual([['netflix', '2']]);
    expect(element('transports').rows).toEqual([
      ['UDP', '2'],
      ['DNS over HTTPS', '1'],
    ]);
    expect(element('types').rows).toEqual([
      ['IPv4 address (A)', '2'],
      ['HTTPS', '1'],
    ]);
  });

  it('has words for every kind of answer', () => {
    const { element, sources } = open();
    sources[0]!.emit('counts', { ...NOTHING, kinds: Object.fromEntries(KINDS.map((kind) => [kind, 1])) });
    const shown = element('kinds').rows.map(([name]) => name!);
    expect(shown).toHaveLength(KINDS.length);
    expect(shown.filter((name) => (KINDS as readonly string[]).includes(name))).toEqual([]);
  });

  it.each(['end', 'error'])(
    'does not connect again by itself after %s, and does when it is asked to',
    (event) => {
      const { element, sources } = open();
      expect(element('again').hidden).toBe(true);
      sources[0]!.emit(event, event === 'end' ? {} : undefined);
      expect(sources[0]!.isClosed).toBe(true);
      expect(element('again').hidden).toBe(false);
      expect(sources).toHaveLength(1);
      element('again').click();
      expect(element('again').hidden).toBe(true);
      expect(sources).toHaveLength(2);
    },
  );
});
