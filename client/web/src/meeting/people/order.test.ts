import type { Participant } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { inOrder } from './order';

const person = (pid: string, hand?: number): Participant => ({
  pid,
  name: pid,
  role: 'participant',
  media: { microphone: true, camera: true, screen: false },
  self: false,
  speaking: false,
  recording: false,
  trusted: true,
  streams: {},
  ...(hand === undefined ? {} : { hand }),
});

it('raised hands come first, in their own order', () => {
  const listed = inOrder([person('a'), person('b', 9), person('c'), person('d', 4)]);
  expect(listed.map(({ person: { pid }, place }) => `${pid}${place ?? ''}`)).toEqual(['d1', 'b2', 'a', 'c']);
});
