import { expect, it } from 'vitest';
import { CHUNK_BYTES } from './fileOffer.js';
import { MAX_WINDOW } from './pull.js';
import { MAX_SERVED, MAX_SERVED_TO_ONE, Serving } from './serving.js';

const SIZE = 200 * CHUNK_BYTES;

function serving(...files: string[]): Serving {
  const all = new Serving();
  for (const file of files) all.offer(file, SIZE, null);
  return all;
}
const all = { from: 0, count: MAX_WINDOW };

it('sends what was asked for, in order, each once, and nothing that is not there', () => {
  const s = serving('f');
  expect(s.want('a', 'f', { from: 197, count: 60_000 }, 0)).toBe('served');
  expect(s.want('a', 'f', { from: 196, count: 3 }, 0)).toBe('served');
  expect(s.want('a', 'f', { from: 4_000_000_000, count: 3 }, 0)).toBe('served');
  const sent = Array.from({ length: 5 }, () => s.next(0)?.index);
  expect(sent).toEqual([197, 198, 199, 196, undefined]);
});

it('a private file is served to that person only; for others there is none', () => {
  const s = serving();
  s.offer('f', SIZE, 'a');
  expect(s.want('b', 'f', all, 0)).toBe('gone');
  expect(s.want('b', 'g', all, 0)).toBe('gone');
  expect(s.next(0)).toBeUndefined();
  expect(s.want('a', 'f', all, 0)).toBe('served');
});

it('serves everybody in turn', () => {
  const s = serving('f', 'g');
  s.want('a', 'f', all, 0);
  s.want('b', 'f', all, 0);
  s.want('b', 'g', all, 0);
  const turns = Array.from({ length: 6 }, () => s.next(0)!).map(({ to, file }) => to + file);
  expect(turns).toEqual(['af', 'bf', 'bg', 'af', 'bf', 'bg']);
});

it('serves few at once, of these few to one; a place is free when nothing is asked for a while', () => {
  const files = ['1', '2', '3', '4'];
  const s = serving(...files);
  const asked = files.map((file) => s.want('a', file, { from: 0, count: 1 }, 0));
  expect(asked.filter((answer) => answer === 'served')).toHaveLength(MAX_SERVED_TO_ONE);
  expect(asked.at(-1)).toBe('busy');
  const answers = Array.from({ length: MAX_SERVED }, (_, i) => s.want(`p${i}`, '1', { from: 0, count: 1 }, 0));
  expect(answers.filter((answer) => answer === 'served')).toHaveLength(MAX_SERVED - MAX_SERVED_TO_ONE);
  while (s.next(0));
  expect(s.want('z', '1', all, 2_999)).toBe('busy');
  expect(s.want('z', '1', all, 3_000)).toBe('served');
});

it('the place of a file that was sent to its end is free at once', () => {
  const files = ['1', '2', '3', '4'];
  const s = serving(...files);
  for (const file of files.slice(0, 3)) s.want('a', file, { from: 198, count: 2 }, 0);
  expect(s.want('a', '4', all, 0)).toBe('busy');
  while (s.next(0));
  expect(s.want('a', '4', all, 0)).toBe('served');
});

it('no question makes more wait than a window', () => {
  const s = serving('f');
  for (let from = 0; from < 200; from++) s.want('a', 'f', { from, count: 60_000 }, 0);
  let sent = 0;
  while (s.next(0)) sent++;
  expect(sent).toBe(MAX_WINDOW);
});

it('what could not be sent comes again first; who left and what was withdrawn do not', () => {
  const s = serving('f', 'g');
  s.want('a', 'f', all, 0);
  const piece = s.next(0)!;
  s.again(piece);
  expect(s.next(0)).toEqual(piece);
  s.left('a');
  s.again(piece);
  expect(s.next(0)).toBeUndefined();
  s.want('a', 'f', all, 0);
  s.withdraw('f');
  expect(s.next(0)).toBeUndefined();
  expect(s.want('a', 'f', all, 0)).toBe('gone');
});
