import type { ChatEntry } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { countUnread } from './unread';

const entry = (id: string, own = false, old = false): ChatEntry => ({
  id,
  from: 'a',
  name: 'Ada',
  to: null,
  toName: null,
  text: id,
  at: 0,
  own,
  old,
  unreadable: false,
});

it('counts what others wrote after the last that was seen', () => {
  const chat = [entry('1'), entry('2'), entry('3', true), entry('4')];
  expect(countUnread(chat, '1')).toBe(2);
  expect(countUnread(chat, '4')).toBe(0);
  expect(countUnread(chat, undefined)).toBe(3);
});

it('what was written before is no news', () => {
  expect(countUnread([entry('k1', false, true), entry('k2', false, true), entry('1')], undefined)).toBe(1);
});

it('counts all that is left where the last that was seen is forgotten', () => {
  expect(countUnread([entry('700'), entry('701')], '3')).toBe(2);
});
