import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ToastBoard } from './toastBoard';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const texts = (board: ToastBoard) => board.getState().map(({ text }) => text);

it('each goes by itself, later where there is a button to press', () => {
  const board = new ToastBoard();
  board.show({ text: 'a', action: { label: 'Do', run: () => undefined } });
  board.show({ text: 'b' });
  vi.advanceTimersByTime(4_000);
  expect(texts(board)).toEqual(['a']);
  vi.advanceTimersByTime(6_000);
  expect(texts(board)).toEqual([]);
});

it('a few at a time, and none twice', () => {
  const board = new ToastBoard();
  for (const text of ['a', 'b', 'c', 'b', 'd']) board.show({ text });
  expect(texts(board)).toEqual(['c', 'b', 'd']);
});

it('what is said again stays for its whole time', () => {
  const board = new ToastBoard();
  board.show({ text: 'a' });
  vi.advanceTimersByTime(3_000);
  board.show({ text: 'a' });
  vi.advanceTimersByTime(3_000);
  expect(texts(board)).toEqual(['a']);
});
