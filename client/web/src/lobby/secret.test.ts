import { expect, it } from 'vitest';
import { readSecret } from './secret';

const KEY = 'K-_4'.repeat(10) + 'abc';

it.each([
  ['  ', { kind: 'nothing' }],
  ['correct horse battery staple', { kind: 'passphrase', passphrase: 'correct horse battery staple' }],
  [' padded by a keyboard ', { kind: 'passphrase', passphrase: 'padded by a keyboard' }],
  [KEY, { kind: 'key', key: KEY }],
  [`\n${KEY} `, { kind: 'key', key: KEY }],
  [`${KEY}x`, { kind: 'passphrase', passphrase: `${KEY}x` }],
  [`https://conclave.example/room#i=a.b&k=${KEY}&n=Board`, { kind: 'key', key: KEY }],
  [`https://conclave.example/room#i=a.b&n=Board&k=${KEY}`, { kind: 'key', key: KEY }],
  ['https://conclave.example/room#i=a.b&p=1', { kind: 'broken_link' }],
  [`https://conclave.example/room#i=a.b&k=${KEY.slice(3)}`, { kind: 'broken_link' }],
  ['/room#i=a.b', { kind: 'broken_link' }],
  ['my room# is 4', { kind: 'passphrase', passphrase: 'my room# is 4' }],
])('%j', (text, given) => {
  expect(readSecret(text)).toEqual(given);
});
