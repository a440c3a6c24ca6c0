import { expect, it } from 'vitest';
import { inviteLink, readRoute } from './route';

const read = (address: string) => readRoute(new URL(address, 'https://conclave.example'));

it.each([
  ['/', { page: 'start' }],
  ['/room#i=abc', { page: 'room', ticket: { invite: 'abc' } }],
  ['/room#t=a.b.c', { page: 'room', ticket: { token: 'a.b.c' } }],
  ['/?access_token=a.b.c', { page: 'room', ticket: { token: 'a.b.c' } }],
  ['/#t=a.b.c', { page: 'room', ticket: { token: 'a.b.c' } }],
  ['/room', { page: 'incomplete' }],
  ['/room#i=', { page: 'incomplete' }],
])('%s is %j', (address, route) => {
  expect(read(address)).toEqual(route);
});

it('a link that is made is read back', () => {
  expect(read(inviteLink('', 'a-b_c.d'))).toEqual({ page: 'room', ticket: { invite: 'a-b_c.d' } });
});
