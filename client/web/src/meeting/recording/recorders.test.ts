import type { Participant } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { recordersOf } from './recorders';

const person = (name: string, recording: boolean, self = false) => ({ pid: name, name, recording, self }) as Participant;
const me = person('Me', false, true);

it('who records is named, oneself first', () => {
  expect(recordersOf([me, person('Ada', false)], 'off')).toBeNull();
  expect(recordersOf([me, person('Ada', true)], 'off')).toBe('Ada records on their device');
  expect(recordersOf([me, person('Ada', true), person('Bea', true)], 'off')).toBe('Ada and Bea record on their devices');
  expect(recordersOf([me, person('Ada', false)], 'on')).toBe('You record on this device');
  expect(recordersOf([me, person('Ada', true)], 'on')).toBe('You and Ada record on your devices');
});

it('one\'s own recording is on when it runs, whatever the room says of it yet', () => {
  expect(recordersOf([person('Me', true, true)], 'off')).toBeNull();
  expect(recordersOf([me], 'starting')).toBeNull();
});
