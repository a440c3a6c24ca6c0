import type { ChatEntry } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { dividerOf, goesOn } from './sections';

const entry = (change: Partial<ChatEntry> = {}) =>
  ({ from: 'a', to: null, at: 0, old: false, ...change }) as ChatEntry;
const nameOf = (pid: string) => (pid === 'b' ? 'Bea' : '');

const kept = entry({ old: true });
const told = entry({ old: true, toldBy: 'b' });

it('what is from before is set apart, with who says so', () => {
  const chat = [kept, told, told, entry(), entry()];
  expect(chat.map((each, index) => dividerOf(chat[index - 1], each, nameOf))).toEqual([
    'From before, kept on this device',
    'Before you came, told by Bea',
    null,
    'Since you came',
    null,
  ]);
});

it('a chat of this stay alone has no headings', () => {
  expect(dividerOf(undefined, entry(), nameOf)).toBeNull();
});

it('one goes on with what one said shortly before, to the same', () => {
  expect(goesOn(entry(), entry({ at: 60_000 }))).toBe(true);
  expect(goesOn(entry(), entry({ at: 600_000 }))).toBe(false);
  expect(goesOn(entry(), entry({ to: 'b' }))).toBe(false);
  expect(goesOn(undefined, entry())).toBe(false);
});
