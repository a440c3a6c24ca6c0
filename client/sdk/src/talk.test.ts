import { expect, it } from 'vitest';
import { fitToSend, Talk } from './talk.js';

it('tells who wrote to whom, and what is one\'s own', () => {
  const talk = new Talk((pid) => pid.toUpperCase(), () => 'me');
  talk.add('ada', null, { text: 'hello' });
  talk.add('me', 'ada', { text: 'secret' });
  expect(talk.entries).toMatchObject([
    { from: 'ada', name: 'ADA', to: null, own: false, text: 'hello' },
    { from: 'me', to: 'ada', toName: 'ADA', own: true, text: 'secret' },
  ]);
  expect(new Set(talk.entries.map(({ id }) => id)).size).toBe(2);
});

it('keeps the last of it', () => {
  const talk = new Talk(() => '', () => undefined);
  for (let i = 0; i < 600; i++) talk.add('a', null, { text: `${i}` });
  expect(talk.entries).toHaveLength(500);
  expect(talk.entries.at(-1)?.text).toBe('599');
});

it('what is empty or too long is not sent, counted in characters', () => {
  expect(fitToSend('  ')).toBeUndefined();
  expect(fitToSend(' hi \n')).toBe('hi');
  expect(fitToSend('😀'.repeat(2000))).toBeDefined();
  expect(fitToSend('😀'.repeat(2001))).toBeUndefined();
});

it('what nobody typed is taken out of a pasted text', () => {
  expect(fitToSend('a\r\nb\u0007\tc\u0085')).toBe('a\nb\tc');
  expect(fitToSend('\u0000')).toBeUndefined();
});
