import { expect, it } from 'vitest';
import { HistoryAsking, HistoryTelling, MAX_ASKED } from './sharedHistory.js';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

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
