import { expect, it } from 'vitest';
import { framed, unframed } from './relayPipe.js';

const PID = 'abcdefghijklmnopqrstuvwxyz';

it.each(['ask', 'data'] as const)('%s: what is framed is read again', (kind) => {
  const body = new Uint8Array([1, 2, 3]);
  expect(unframed(framed(PID, kind, body).buffer)).toEqual({ from: PID, kind, body });
});

it('what is none of the node\'s messages is dropped', () => {
  for (const bytes of [[], Array(26).fill(97), [...Array(26).fill(97), 2, 1], [...Array(26).fill(97), 255]]) {
    expect(unframed(Uint8Array.from(bytes).buffer)).toBeUndefined();
  }
});
