import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../../src/dns/policy/turns.js';

/** A taker that has so many pieces of work and writes each of them down. */
function taker(name: string, pieces: number, done: string[]) {
  let left = pieces;
  return {
    takeTurn: () => {
      done.push(name);
      left -= 1;
      return left > 0;
    },
  };
}

it('a source with much work lets others have their turns, and the event loop continues', async () => {
  const turns = new Turns();
  const done: string[] = [];
  turns.ask('busy', taker('busy', 1000, done));
  expect(done).toHaveLength(8);
  turns.ask('quiet', taker('quiet', 1, done));
  expect(done).toHaveLength(8);
  await setImmediate();
  expect(done).toHaveLength(16);
  expect(done.indexOf('quiet')).toBeLessThan(10);
});

it('a source with many connections gets no more turns than one with a single connection', async () => {
  const turns = new Turns();
  const done: string[] = [];
  for (let connection = 0; connection < 20; connection++) turns.ask('many', taker('many', 100, done));
  turns.ask('one', taker('one', 100, done));
  for (let round = 0; round < 10; round++) await setImmediate();
  const last = done.slice(-40);
  expect(last.filter((name) => name === 'one')).toHaveLength(20);
});

it('the connections of one source take turns, too', async () => {
  const turns = new Turns();
  const done: string[] = [];
  for (const name of ['a', 'b', 'c']) turns.ask('source', taker(name, 100, done));
  await setImmediate();
  expect(done.slice(-6)).toEqual(expect.arrayContaining(['a', 'b', 'c']));
});

it('heavy work gets fewer turns in one round', async () => {
  const turns = new Turns();
  const done: string[] = [];
  for (let index = 0; index < 10; index++) turns.ask(`source ${index}`, taker('handshake', 1, done), 4);
  expect(done).toHaveLength(2);
  await setImmediate();
  expect(done).toHaveLength(4);
});

it('work that asks again while it waits keeps its position, and may ask during its turn', async () => {
  const turns = new Turns();
  const done: string[] = [];
  turns.ask('busy', taker('busy', 8, done));
  const again = taker('again', 1, done);
  for (let times = 0; times < 3; times++) turns.ask('again', again);
  const inTurn = {
    takeTurn() {
      turns.ask('inner', taker('inner', 1, done));
      return false;
    },
  };
  turns.ask('outer', inTurn);
  await setImmediate();
  expect(done.slice(8)).toEqual(['again', 'inner']);
});
