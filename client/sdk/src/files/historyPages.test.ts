import { expect, it } from 'vitest';
import { entriesOf, MAX_TOLD_BYTES, MAX_TOLD_ENTRIES, pagesOf, type PublicEntry } from './historyPages.js';
import { MAX_PAGE_BYTES } from './messages.js';

const entry = (number: number, text = `text ${number}`): PublicEntry => ({ from: 'a', name: 'Ada', text, at: number });
const entries = (count: number, text?: string) => Array.from({ length: count }, (_, i) => entry(i, text));
const read = (pages: Uint8Array[]) => pages.flatMap((page) => entriesOf(page, 'teller', 1e15)!);
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

it('is understood as it was told, and says by whom', () => {
  const pages = pagesOf([entry(1), entry(2, 'ä\n😀')]);
  expect(pages).toHaveLength(1);
  expect(read(pages)).toEqual([
    { ...entry(1), toldBy: 'teller' },
    { ...entry(2, 'ä\n😀'), toldBy: 'teller' },
  ]);
  expect(read(pagesOf([]))).toEqual([]);
});

it('the last of a long conversation is told, in pages that fit', () => {
  const many = read(pagesOf(entries(500)));
  expect(many.map(({ at }) => at)).toEqual(Array.from({ length: MAX_TOLD_ENTRIES }, (_, i) => 300 + i));
  for (const text of ['x'.repeat(2_000), '"'.repeat(2_000), '日'.repeat(2_000)]) {
    const pages = pagesOf(entries(200, text));
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(pages.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(MAX_TOLD_BYTES + pages.length);
    const told = read(pages);
    expect(told.at(-1)!.at).toBe(199);
    expect(told.every((one, at) => one.text === text && one.at === 200 - told.length + at)).toBe(true);
  }
  expect(read(pagesOf([entry(1, 'x'.repeat(20_000)), entry(2)]))).toHaveLength(1);
});

it('takes nothing that nobody could have written', () => {
  const of = (...values: unknown[]) => entriesOf(json(values), 't', 1_000);
  expect(of(['a', 'A', 'x', 5_000], ['a', 'A', 'x', -1])).toMatchObject([{ at: 1_000 }, { at: 0 }]);
  expect(of(['a', 'n\u0007'.repeat(99), `\u0000${'y'.repeat(3_000)}`, 1])).toMatchObject([
    { name: 'n'.repeat(64), text: 'y'.repeat(2_000) },
  ]);
  expect(of(1, null, {}, [], ['a'], ['a', 'A', '', 1], ['a', 'A', 'x', '1'])).toEqual([]);
  expect(of(['a'.repeat(27), 'A', 'x', 1])).toEqual([]);
  expect(entriesOf(json({ a: 1 }), 't', 0)).toBeUndefined();
  expect(entriesOf(new Uint8Array([0xff]), 't', 0)).toBeUndefined();
  expect(entriesOf(new Uint8Array(), 't', 0)).toBeUndefined();
});
