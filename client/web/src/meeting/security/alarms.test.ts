import type { Alarm, Participant, Security } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { strings } from '../../strings';
import { alarmsOf, warningsOf } from './alarms';
import { isOddOneOut, marked } from './people';

const ALARMS: readonly Alarm[] = ['foreign', 'wrong_sender', 'replayed', 'tampered', 'codec', 'stale'];

const people = (...pids: string[]) => pids.map((pid) => ({ pid, self: pid === 'me' })) as Participant[];
const sealed = (change: Partial<Extract<Security, { mode: 'e2ee' }>> = {}): Security => ({
  mode: 'e2ee',
  by: 'key',
  unlocked: true,
  strangers: [],
  alarms: [],
  ...change,
});

it('every alarm has a sentence of its own, and an explanation', () => {
  const warnings = warningsOf(sealed({ alarms: ALARMS }), people('me', 'a'));
  expect(warnings.map(({ id }) => id).toSorted()).toEqual(ALARMS.toSorted());
  expect(new Set(warnings.map(({ sentence }) => sentence)).size).toBe(ALARMS.length);
  for (const alarm of ALARMS) expect(strings.security.alarms.long[alarm]).toMatch(/\.$/);
});

it('what weighs most comes first, whatever came first', () => {
  expect(alarmsOf(sealed({ alarms: ['codec', 'foreign', 'wrong_sender'] }))).toEqual(['wrong_sender', 'foreign', 'codec']);
});

it('a room without end-to-end encryption has nothing to warn of', () => {
  for (const security of [{ mode: 'off' }, { mode: 'unknown' }] as const) {
    expect(warningsOf(security, people('me', 'a'))).toEqual([]);
  }
});

it('who has the wrong key is told so instead of suspecting everybody', () => {
  const security = sealed({ strangers: ['a', 'b'], alarms: ['foreign', 'replayed'] });
  expect(warningsOf(security, people('me', 'a', 'b')).map(({ id }) => id)).toEqual(['alone', 'replayed']);
  expect(warningsOf(security, people('me', 'a', 'b', 'c')).map(({ id }) => id)).toEqual(['foreign', 'replayed']);
});

it('nobody is the odd one out of a room alone', () => {
  expect(isOddOneOut(sealed(), people('me'))).toBe(false);
  expect(isOddOneOut(sealed({ strangers: ['gone'] }), people('me'))).toBe(false);
});

it('a mark is set and taken away', () => {
  const one = marked(new Set(), 'a', true);
  expect([...marked(one, 'b', true)]).toEqual(['a', 'b']);
  expect([...marked(one, 'a', true)]).toEqual(['a']);
  expect([...marked(one, 'a', false)]).toEqual([]);
});
