import { expect, it } from 'vitest';
import { hueOf, initials } from './initials';

it.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Jean-Luc van der Berg', 'JB'],
  ['  李 明 ', '李明'],
  ['👩‍🚀 Sally', '👩S'],
  ['', ''],
])('%j becomes %j', (name, expected) => {
  expect(initials(name)).toBe(expected);
});

it('a person keeps the same hue', () => {
  expect(hueOf('abc')).toBe(hueOf('abc'));
  expect(hueOf('abc')).toBeLessThan(6);
});
