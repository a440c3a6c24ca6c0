import { expect, it } from 'vitest';
import { MAX_PAGE_BYTES } from './messages.js';
import {
  entriesOf,
  HistoryAsking,
  HistoryTelling,
  MAX_ASKED,
  MAX_TOLD_BYTES,
  MAX_TOLD_ENTRIES,
  pagesOf,
  type PublicEntry,
} from './sharedHistory.js';

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
  expect(of(1, null, {}, [], ['a'], ['a', 'A', '', 1], ['a', 'A', 'x', '1'], ['a'.repeat(27), 'A', 'x', 1])).toEqual([]);
  expect(entriesOf(json({ a: 1 }), 't', 0)).toBeUndefined();
  expect(entriesOf(new Uint8Array([0xff]), 't', 0)).toBeUndefined();
  expect(entriesOf(new Uint8Array(), 't', 0)).toBeUndefined();
});

function ask(...candidates: string[]) {
  let drawn = 0;
  const asking = new HistoryAsking(candidates, () => `q${drawn++}`);
  const answer = (from: string, q: string, page: number, pages: number, bytes: Uint8Array = json([]), now = 0) =>
    asking.page(from, { asking: q, page, pages, bytes }, now, 1e15);
  return { asking, answer };
}
const body = (...numbers: number[]) => json(numbers.map((n) => ['a', 'Ada', `text ${n}`, n]));

it('believes the first who tells all, once, in whatever order the pages come', () => {
  const { asking, answer } = ask('old', 'new');
  expect(asking.poll(0)).toEqual({ to: 'old', asking: 'q0' });
  expect(asking.poll(1)).toBeUndefined();
  answer('new', 'q0', 0, 1, body(9));
  answer('old', 'q9', 0, 1, body(9));
  answer('old', 'q0', 1, 2, body(2));
  answer('old', 'q0', 1, 2, body(8));
  expect(asking.entries).toBeNull();
  answer('old', 'q0', 0, 2, body(1));
  expect(asking.entries!.map(({ text, toldBy }) => [text, toldBy])).toEqual([['text 1', 'old'], ['text 2', 'old']]);
  answer('old', 'q0', 0, 1, body(9));
  expect(asking.entries).toHaveLength(2);
  expect([asking.isOver, asking.nextAt, asking.poll(1e9)]).toEqual([true, Infinity, undefined]);
});

it('asks the next one after silence, a half answer, a refusal, nonsense, or when one left', () => {
  const { asking, answer } = ask('a', 'b', 'c', 'd', 'e');
  asking.poll(0);
  expect(asking.nextAt).toBe(4_000);
  answer('a', 'q0', 0, 2, body(1), 3_000);
  expect(asking.poll(4_000)).toBeUndefined();
  expect(asking.poll(7_000)).toEqual({ to: 'b', asking: 'q1' });
  answer('a', 'q0', 1, 2, body(2), 7_000);
  asking.none('b', 'q1', 7_100);
  expect(asking.poll(7_100)).toEqual({ to: 'c', asking: 'q2' });
  answer('c', 'q2', 0, 1, json('nonsense'), 7_200);
  expect(asking.poll(7_200)).toEqual({ to: 'd', asking: 'q3' });
  asking.left('d', 7_300);
  // Who was silent may not have heard the question.
  expect(asking.poll(7_300)).toEqual({ to: 'a', asking: 'q4' });
  expect(asking.poll(11_300)).toBeUndefined();
  expect([asking.isOver, asking.entries]).toEqual([true, null]);
  expect(MAX_ASKED).toBe(4);
});

it('takes no endless answer', () => {
  for (const [page, pages] of [[0, 0], [3, 2], [65_535, 65_535]] as const) {
    const { asking, answer } = ask('a', 'b');
    asking.poll(0);
    answer('a', 'q0', page, pages, body(1));
    expect(asking.poll(0)).toMatchObject({ to: 'b' });
  }
  const { asking, answer } = ask('a', 'b');
  asking.poll(0);
  const large = json([['a', 'A', 'x'.repeat(15_000), 1]]);
  for (let page = 0; page < 20; page++) answer('a', 'q0', page, 100, large);
  expect(asking.poll(0)).toMatchObject({ to: 'b' });
});

it('skips who left before being asked; nobody there is the end', () => {
  const { asking } = ask('a', 'b');
  asking.left('a', 0);
  expect(asking.poll(0)).toMatchObject({ to: 'b' });
  const nobody = ask().asking;
  expect(nobody.poll(0)).toBeUndefined();
  expect(nobody.isOver).toBe(true);
});

it('answers each at times, and few at once', () => {
  const telling = new HistoryTelling(2);
  expect(telling.begin('a', 0)).toBe(true);
  expect(telling.begin('b', 0)).toBe(true);
  expect(telling.begin('c', 0)).toBe(false);
  telling.done();
  expect(telling.begin('a', 2_999)).toBe(false);
  expect(telling.begin('c', 2_999)).toBe(true);
  telling.done();
  expect(telling.begin('a', 3_000)).toBe(true);
});
