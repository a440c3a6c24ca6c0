import { expect, it } from 'vitest';
import { History } from './history.js';
import type { KeptEntry } from './keptEntry.js';
import { MemoryShelf, type SealedRecord } from './shelf.js';
import { Vault } from './vault.js';

const DAY = 24 * 3_600_000;
const BEGIN = 1_800_000_000_000;

async function setting(most?: number) {
  const time = { now: BEGIN };
  const now = () => time.now;
  const shelf = new MemoryShelf();
  const vault = new Vault(shelf, now);
  /** As after a reload, or in another tab. */
  const load = () => History.load(new Vault(shelf, now), now, most);
  return { time, shelf, vault, load, history: await History.load(vault, now, most) };
}

function entry(id: string, more: Partial<KeptEntry> = {}): KeptEntry {
  return { id, from: 'a', name: 'Ada', to: null, toName: null, text: `text ${id}`, at: BEGIN, own: false, ...more };
}

/** Everything that lies on the device. */
async function everything(shelf: MemoryShelf): Promise<SealedRecord[]> {
  return (await Promise.all(['history', 'preferences', 'roots'].map((store) => shelf.list(store, '')))).flat();
}

const idsOf = (entries: readonly KeptEntry[]) => entries.map(({ id }) => id);

it('keeps nothing unless the person chooses: after a meeting nothing is on the device', async () => {
  const { shelf, history, load } = await setting();
  expect(history.keep).toBe('never');
  for (let i = 0; i < 20; i++) expect(await history.append('room', entry(`${i}`))).toBe(false);
  expect(await history.read('room')).toEqual([]);
  expect(await everything(shelf)).toEqual([]);
  expect(await (await load()).read('room')).toEqual([]);
});

it('choosing never leaves nothing of any room, not even the choice', async () => {
  const { shelf, history } = await setting();
  await history.set('week');
  await history.append('room', entry('1'));
  await history.append('other', entry('1'));
  const late = history.append('room', entry('2'));
  await history.set('never');
  await late;
  expect(await history.append('room', entry('3'))).toBe(false);
  expect(await everything(shelf)).toEqual([]);
});

it('reads what was written in order, each once, per room and person, and after a reload', async () => {
  const { history, load } = await setting();
  await history.set('week');
  const file = { id: 'f', name: 'a.pdf', size: 3, type: 'application/pdf' };
  for (const id of ['3', '1', '2']) await history.append('room', entry(id, id === '1' ? { file } : {}));
  expect(await history.append('room', entry('1'))).toBe(false);
  await history.append('other', entry('9'));
  const reloaded = await load();
  expect(reloaded.keep).toBe('week');
  expect(await reloaded.append('room', entry('3'))).toBe(false);
  expect(await reloaded.append('room', entry('4', { to: 'b', toName: 'Bob' }))).toBe(true);
  const kept = await history.read('room');
  expect(idsOf(kept)).toEqual(['3', '1', '2', '4']);
  expect(kept[1]).toEqual(entry('1', { file }));
  expect(idsOf(await reloaded.read('other'))).toEqual(['9']);
});

it('neither room nor text nor the time to the minute stands in clear', async () => {
  const { shelf, history } = await setting();
  await history.set('day');
  await history.append('the room', entry('1', { text: 'secret', at: BEGIN - 1234 }));
  const [record] = await shelf.list('history', '');
  const clear = JSON.stringify(record) + new TextDecoder('latin1').decode(record!.sealed);
  expect(clear).not.toMatch(/the room|secret|Ada/);
  expect(record!.expires! % 3_600_000).toBe(0);
});

it('deletes what is older than the choice, at the start and when it shrinks', async () => {
  const { time, shelf, history, load } = await setting();
  await history.set('month');
  for (const days of [29, 8, 6, 2, 0]) await history.append('room', entry(`${days}`, { at: BEGIN - days * DAY }));
  expect(await history.append('room', entry('31', { at: BEGIN - 31 * DAY }))).toBe(false);
  expect(idsOf(await history.read('room'))).toEqual(['29', '8', '6', '2', '0']);
  await history.set('week');
  expect(idsOf(await history.read('room'))).toEqual(['6', '2', '0']);
  expect(await shelf.list('history', '')).toHaveLength(3);
  time.now += 3 * DAY;
  await load();
  expect(await shelf.list('history', '')).toHaveLength(2);
  await history.set('day');
  expect(await shelf.list('history', '')).toEqual([]);
});

it('keeps no longer by being written again after it went, and takes no time from the future', async () => {
  const { time, history } = await setting();
  await history.set('day');
  await history.append('room', entry('1', { at: BEGIN + 100 * DAY }));
  expect(idsOf(await history.read('room'))).toEqual(['1']);
  time.now += DAY;
  expect(await history.read('room')).toEqual([]);
});

it('keeps the last of a long conversation, and nothing too large', async () => {
  const { shelf, history, load } = await setting(20);
  await history.set('week');
  expect(await history.append('room', entry('large', { text: 'x'.repeat(17_000) }))).toBe(false);
  for (let i = 0; i < 25; i++) await history.append('room', entry(`${i}`));
  const kept = idsOf(await (await load()).read('room'));
  expect(kept).toHaveLength(20);
  expect([kept[0], kept.at(-1)]).toEqual(['5', '24']);
  expect(await shelf.list('history', '')).toHaveLength(20);
});

it('does not let a flood wait without bound', async () => {
  const { history } = await setting();
  await history.set('week');
  const kept = await Promise.all(Array.from({ length: 1_000 }, (_, i) => history.append('room', entry(`${i}`))));
  expect(kept.filter(Boolean)).toHaveLength(256);
});

it('forgets one room, or all, and keeps the choice', async () => {
  const { shelf, history } = await setting();
  await history.set('week');
  for (const room of ['one', 'other']) await history.append(room, entry('1'));
  await history.forget('one');
  expect(await history.read('one')).toEqual([]);
  expect(await history.read('other')).toHaveLength(1);
  expect(await history.append('one', entry('1'))).toBe(true);
  await history.clearAll();
  expect(await shelf.list('history', '')).toEqual([]);
  expect(history.keep).toBe('week');
});

it('follows the choice that another tab made', async () => {
  const { history, load } = await setting();
  await history.set('week');
  const other = await load();
  await history.set('never');
  expect(await other.append('room', entry('1'))).toBe(false);
  expect(other.keep).toBe('never');
});

it('clearing all data ends the keeping, and tells who watches', async () => {
  const { vault, shelf, history } = await setting();
  await history.set('week');
  await history.append('room', entry('1'));
  let told = 0;
  history.subscribe(() => told++);
  await vault.clearAll();
  expect([history.keep, told]).toEqual(['never', 1]);
  expect(await history.append('room', entry('2'))).toBe(false);
  expect(await everything(shelf)).toEqual([]);
});

it('passes over what a former version left', async () => {
  const { vault, history } = await setting();
  await history.set('week');
  await history.append('room', entry('1'));
  const [kept] = await vault.list('history');
  await vault.put('history', `${kept!.id}x`, { id: 1 }, { expires: BEGIN + 30 * DAY });
  expect(idsOf(await history.read('room'))).toEqual(['1']);
});
