import type { Pin, Ticket } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { readPin, roomLink } from './link';

const KEY = 'q0-_'.repeat(10) + 'abA';
const read = (link: string) => readPin(new URLSearchParams(new URL(link).hash.slice(1)));

it.each<[Ticket, Pin, string]>([
  [{ invite: 'a.b' }, { mode: 'none' }, '#i=a.b'],
  [{ token: 'a.b.c' }, { mode: 'none' }, '#t=a.b.c'],
  [{ invite: 'a.b' }, { mode: 'passphrase' }, '#i=a.b&p=1'],
  [{ invite: 'a.b' }, { mode: 'key', key: KEY }, `#i=a.b&k=${KEY}`],
  [{ token: 'a.b.c' }, { mode: 'key', key: KEY, title: 'Ärzte & Co: 50 % #1' }, `#t=a.b.c&k=${KEY}&n=%C3%84rzte%20%26%20Co%3A%2050%20%25%20%231`],
])('%j with %j', (ticket, pin, fragment) => {
  const link = roomLink('https://conclave.example', ticket, pin);
  expect(link).toBe(`https://conclave.example/room${fragment}`);
  expect(read(link)).toEqual(pin);
});

it.each(['', 'short', `${KEY}x`, KEY.slice(1), `${KEY.slice(1)}+`, `${KEY.slice(1)} `])('"%s" is no key', (key) => {
  expect(readPin(new URLSearchParams({ i: 'a', k: key }))).toBeUndefined();
});

it('a link that lost its key does not become a passphrase link', () => {
  expect(readPin(new URLSearchParams('i=a&k=&p=1'))).toBeUndefined();
});

it('a title is one line of a bounded length', () => {
  const pin = readPin(new URLSearchParams({ k: KEY, n: ` a\nb${'c'.repeat(200)}` }));
  expect(pin).toMatchObject({ title: `a b${'c'.repeat(77)}` });
  expect(readPin(new URLSearchParams({ k: KEY, n: ' \n' }))).toEqual({ mode: 'key', key: KEY });
});
