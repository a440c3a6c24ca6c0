import { expect, it } from 'vitest';
import { readRoute, withToken } from './route';

const KEY = 'K'.repeat(43);
const NONE = { mode: 'none' };
const read = (address: string) => readRoute(new URL(address, 'https://conclave.example'));

it.each([
  ['/', { page: 'start' }],
  ['/room#i=abc', { page: 'room', ticket: { invite: 'abc' }, pin: NONE }],
  ['/room#t=a.b.c', { page: 'room', ticket: { token: 'a.b.c' }, pin: NONE }],
  ['/?access_token=a.b.c', { page: 'room', ticket: { token: 'a.b.c' }, pin: NONE }],
  ['/#t=a.b.c', { page: 'room', ticket: { token: 'a.b.c' }, pin: NONE }],
  [`/room#i=abc&k=${KEY}`, { page: 'room', ticket: { invite: 'abc' }, pin: { mode: 'key', key: KEY } }],
  [
    `/?access_token=a.b.c#k=${KEY}&n=Board%20of%20all`,
    { page: 'room', ticket: { token: 'a.b.c' }, pin: { mode: 'key', key: KEY, title: 'Board of all' } },
  ],
  ['/room#t=a.b.c&p=1', { page: 'room', ticket: { token: 'a.b.c' }, pin: { mode: 'passphrase' } }],
  ['/room#t=a.b.c&p=', { page: 'room', ticket: { token: 'a.b.c' }, pin: { mode: 'passphrase' } }],
  ['/room', { page: 'incomplete', lacks: 'ticket' }],
  ['/room#i=', { page: 'incomplete', lacks: 'ticket' }],
  [`/room#k=${KEY}`, { page: 'incomplete', lacks: 'ticket' }],
  ['/room#i=abc&k=', { page: 'incomplete', lacks: 'key' }],
  [`/room#i=abc&k=${KEY}K`, { page: 'incomplete', lacks: 'key' }],
  [`/?access_token=a.b.c#k=${KEY.slice(1)}`, { page: 'incomplete', lacks: 'key' }],
])('%s is %j', (address, route) => {
  expect(read(address)).toEqual(route);
});

it('a token that moves into the fragment leaves there what the link pins', () => {
  expect(withToken(`#k=${KEY}&n=Board%20of%20all`, 'a.b.c')).toBe(`k=${KEY}&n=Board+of+all&t=a.b.c`);
  expect(read(`/room#${withToken('#i=abc&p=1', 'a.b.c')}`)).toEqual(read('/room#t=a.b.c&p=1'));
});
