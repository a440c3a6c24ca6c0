import type { Participant } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { chooseVisible } from './visible';

const person = (pid: string, { speaking = false, camera = true } = {}): Participant => ({
  pid,
  name: pid,
  role: 'participant',
  media: { microphone: true, camera, screen: false },
  self: false,
  speaking,
  recording: false,
  trusted: true,
  streams: {},
});
const pids = (list: Participant[]) => list.map(({ pid }) => pid).join('');

it('keeps everybody in place while there is room', () => {
  const people = ['a', 'b', 'c'].map((pid) => person(pid));
  expect(pids(chooseVisible(['b', 'a'], people, 9))).toBe('bac');
});

it('a hidden speaker takes the place of somebody silent, the others stay', () => {
  const people = [person('a'), person('b', { speaking: true }), person('c'), person('d', { speaking: true })];
  expect(pids(chooseVisible(['a', 'b', 'c'], people, 3))).toBe('abd');
});

it('a camera goes before none, and speech before a camera', () => {
  const people = [person('a', { camera: false }), person('b'), person('c')];
  expect(pids(chooseVisible(['a', 'b'], people, 2))).toBe('cb');
});

it('whoever left makes room', () => {
  expect(pids(chooseVisible(['x', 'a'], [person('a'), person('b')], 2))).toBe('ab');
});
