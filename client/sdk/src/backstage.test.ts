import { expect, it } from 'vitest';
import { BackstageBoard } from './backstage.js';

const told = (version: number, pids: string[], epoch = 1) => ({
  epoch,
  version,
  waiting: pids.map((pid) => ({ pid, name: pid.toUpperCase() })),
  hidden: [],
});
const names = (waiting: readonly { name: string }[]) => waiting.map(({ name }) => name).join('');

it('tells of everybody who waits once', () => {
  const board = new BackstageBoard();
  expect(names(board.take(told(1, ['a', 'b'])))).toBe('AB');
  expect(names(board.take(told(1, ['a', 'b'])))).toBe('');
  expect(names(board.take(told(2, ['b', 'c'])))).toBe('C');
  expect(names(board.behind.waiting)).toBe('BC');
});

it('what is older changes nothing, and another owner counts anew', () => {
  const board = new BackstageBoard();
  board.take(told(5, ['a']));
  board.take(told(4, []));
  board.take(told(9, [], 0));
  expect(names(board.behind.waiting)).toBe('A');
  board.take(told(1, ['b'], 2));
  expect(names(board.behind.waiting)).toBe('B');
});

it('is empty for who does not moderate any more, and full again afterwards', () => {
  const board = new BackstageBoard();
  board.take(told(5, ['a']));
  board.clear();
  expect(board.behind).toEqual({ waiting: [], hidden: [] });
  expect(names(board.take(told(5, ['a'])))).toBe('A');
});
